"""The command line as a user of it sees it: files, one-line errors, exit codes. The engine is the fake one."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

from sdstudio import cli, settings
from sdstudio.formats.openraster import read_document
from sdstudio.worker import process
from tests.helpers.engines import double, is_running, wait_until
from tests.helpers.safetensors_files import write


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch) -> Path:
    """Neither this computer's settings nor its models have a say."""
    monkeypatch.setenv("SDSTUDIO_HOME", str(tmp_path / "home"))
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def sdstudio(capsys):
    """A function that runs the command line: exit code, standard output, standard error."""

    def run(*arguments: object) -> tuple[int, str, str]:
        try:
            code = cli.main([str(argument) for argument in arguments])
        except SystemExit as stop:
            code = stop.code
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


@pytest.fixture
def generate(sdstudio):
    return lambda *arguments: sdstudio("generate", *arguments, "--engine", "fake")


def picture(name: str, width: int = 64, height: int = 48, *, seed: int = 1) -> np.ndarray:
    """Write a noisy opaque picture; returns its pixels."""
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    Image.fromarray(pixels).save(name)
    return pixels


def half_mask(name: str, width: int = 64, height: int = 48) -> np.ndarray:
    """Write a mask whose right half may change."""
    mask = np.zeros((height, width), np.uint8)
    mask[:, width // 2 :] = 255
    Image.fromarray(mask).save(name)
    return mask


def pixels_of(name: str | Path) -> np.ndarray:
    return np.asarray(Image.open(name).convert("RGB"))


def complaint(err: str) -> str:
    """The last line, which must be the only complaint."""
    lines = [line for line in err.splitlines() if line.startswith("sdstudio: ")]
    assert len(lines) == 1, err
    assert "Traceback" not in err
    return lines[0]


def test_a_picture_is_written_with_its_parameters(generate):
    code, out, err = generate("a red apple", "-o", "apple.png", "--seed", 7, "--steps", 5, "--size", "96x80")
    assert (code, out) == (0, "")
    assert "Step 5 of 5" in err
    assert "seed 7" in err.splitlines()[-1]
    image = Image.open("apple.png")
    assert image.size == (96, 80)
    assert image.text["parameters"].startswith("a red apple\nSteps: 5,")


def test_json_is_one_object_and_makes_the_same_picture_again(generate):
    code, out, _ = generate("a red apple", "-o", "one.png", "--json")
    made = json.loads(out)
    assert code == 0
    assert made["file"] == "one.png"
    assert made["size"] == list(Image.open("one.png").size)
    assert made["steps_run"] == made["request"]["steps"]
    assert made["request"]["prompt"] == "a red apple"
    generate("a red apple", "-o", "two.png", "--seed", made["seed"])
    assert np.array_equal(pixels_of("one.png"), pixels_of("two.png"))
    generate("a red apple", "-o", "three.png", "--seed", made["seed"] + 1)
    assert not np.array_equal(pixels_of("one.png"), pixels_of("three.png"))


def test_several_pictures_have_the_seeds_that_follow(generate):
    code, out, _ = generate("a cat", "-o", "out.png", "--count", "3", "--seed", "7", "--json")
    assert code == 0
    assert json.loads(out)["others"] == ["out-2.png", "out-3.png"]
    code, _, _ = generate("a cat", "-o", "third.png", "--seed", "9")
    assert code == 0
    assert np.array_equal(pixels_of("out-3.png"), pixels_of("third.png"))
    assert not np.array_equal(pixels_of("out.png"), pixels_of("out-2.png"))


def test_a_branch_begins_at_a_step_of_another_picture(generate):
    options = ["--steps", "10", "--seed", "3", "--branch-from", "a red cat", "--branch-step", "4", "--json"]
    code, out, _ = generate("a blue cat", "-o", "branch.png", *options)
    request = json.loads(out)["request"]
    assert code == 0
    assert (request["prompt"], request["branch"]["parent"]["prompt"]) == ("a blue cat", "a red cat")
    assert request["branch"]["step"] == 4
    assert int(10 * request["strength"]) == 6
    code, _, err = generate("a", "-o", "branch.png", *options[:-2], "99")
    assert code == 2
    assert "no step 99" in complaint(err)


def test_a_grid_is_one_labelled_sheet_and_layers(generate):
    axes = ["--x", "steps=4,8", "--y", "prompt=red,dark blue", "--z", "cfg=1..2"]
    code, out, _ = generate("a red cat", "-o", "sheet.png", "--size", "64x64", "--layers", "cells.ora", "--json", *axes)
    assert code == 0
    assert json.loads(out)["steps_run"] == 4 * (4 + 8)
    width, height = Image.open("sheet.png").size
    assert (width > 2 * 64, height > 4 * 64) == (True, True)
    names = {layer.name for layer in read_document(Path("cells.ora")).walk()}
    assert {"Steps 4, red, CFG scale 1", "Steps 8, dark blue, CFG scale 2"} <= names


@pytest.mark.parametrize(
    ("axis", "word"),
    [
        ("steps=ten", "“ten”"),
        ("size=1", "“size”"),
        ("steps", "axis"),
        ("prompt=pear,plum", "pear"),
        ("steps=0", "1000"),
        ("native_size=1", "size"),
    ],
)
def test_a_grid_that_cannot_be_is_one_line(generate, axis, word):
    code, _, err = generate("a cat", "-o", "sheet.png", "--x", axis)
    assert code == 2
    assert word in complaint(err)


def test_the_finer_values_reach_the_request(generate):
    options = ["--sampler", "euler_a", "--eta", "0.5", "--s-noise", "1.1", "--cfg-rescale", "0.7"]
    options += ["--cfg-interval", "0.1:0.8", "--clip-skip", "2", "--betas", "linear", "--exact-strength", "--compel"]
    options += ["--speed", "faster", "--prediction", "epsilon"]
    code, out, _ = generate("a {big++|big++} cat", "-o", "out.png", "--json", *options)
    assert code == 0
    request = json.loads(out)["request"]
    wanted = {"eta": 0.5, "s_noise": 1.1, "cfg_rescale": 0.7, "cfg_start": 0.1, "cfg_end": 0.8, "clip_skip": 2}
    wanted |= {"betas": "linear", "exact_strength": True, "speed": "faster", "prompt": "a (big:1.21) cat"}
    wanted |= {"prediction": "epsilon"}
    assert {name: request[name] for name in wanted} == wanted


def test_what_a_file_does_not_tell_of_its_model_is_told(generate):
    code, out, _ = generate("a cat", "-o", "out.png", "--json", "--trained", "lightning", "--work-size", "128")
    assert code == 0
    request = json.loads(out)["request"]
    assert (request["steps"], request["cfg_scale"], request["sampler"]) == (6, 1.0, "euler")
    assert request["extent"] == {"width": 128, "height": 128}


@pytest.mark.parametrize("name", ["a.jpg", "a.jpeg", "a.webp", "A.PNG", "äpfel 苹果 🍎.png"])
def test_the_ending_decides_the_format(generate, name):
    assert generate("苹果 🍎", "-o", name)[0] == 0
    kind = {".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP", ".png": "PNG"}[Path(name).suffix.lower()]
    assert Image.open(name).format == kind


@pytest.mark.parametrize("size", [(64, 48), (61, 47), (1, 1), (300, 20)])
def test_with_init_the_result_has_its_size(generate, size):
    picture("init.png", *size)
    assert generate("x", "--init", "init.png", "-o", "out.png", "--strength", "0.5")[0] == 0
    assert Image.open("out.png").size == size
    assert not np.array_equal(pixels_of("out.png"), pixels_of("init.png")) or size == (1, 1)


def test_strength_0_returns_the_picture_unchanged(generate):
    before = picture("init.png", 61, 47)
    assert generate("x", "--init", "init.png", "-o", "out.png", "--strength", 0)[0] == 0
    assert np.array_equal(pixels_of("out.png"), before)


@pytest.mark.parametrize("strength", [1, 0.3])
def test_what_the_mask_protects_is_untouched(generate, strength):
    before = picture("init.png")
    mask = half_mask("mask.png")
    assert generate("x", "--init", "init.png", "--mask", "mask.png", "-o", "out.png", "--strength", strength)[0] == 0
    after = pixels_of("out.png")
    assert np.array_equal(after[mask == 0], before[mask == 0])
    assert not np.array_equal(after[mask > 0], before[mask > 0])


def test_steps_dir_keeps_every_step_as_the_canvas_shows_it(generate):
    before = picture("init.png")
    mask = half_mask("mask.png")
    code, _, _ = generate(
        "x", "--init", "init.png", "--mask", "mask.png", "-o", "o.png", "--steps", 6, "--steps-dir", "a/b"
    )
    assert code == 0
    files = sorted(Path("a/b").iterdir())
    assert [file.name for file in files] == [f"step_{step:03d}.png" for step in range(1, 7)]
    assert pixels_of(files[0]).shape == before.shape
    protected = mask == 0
    protected[:, 28:] = False  # the preview is coarse at the edge
    assert np.array_equal(pixels_of(files[-1])[protected], before[protected])
    assert not np.array_equal(pixels_of(files[0]), pixels_of(files[-1]))


BAD_VALUES = [
    (["--steps", "0"], "steps"),
    (["--steps", "1000000000"], "steps"),
    (["--steps", "many"], "--steps"),
    (["--size", "0x64"], "0 × 64"),
    (["--size", "999999x999999"], "too large"),
    (["--size", "-8x8"], "--size"),
    (["--size", "12"], "“12” is not a size"),
    (["--seed", "-1"], "seed"),
    (["--seed", str(2**64)], "seed"),
    (["--seed", "9" * 5000], "--seed"),
    (["--cfg", "nan"], "CFG"),
    (["--cfg", "1e9"], "CFG"),
    (["--sampler", "magic"], "magic"),
    (["--schedule", "magic"], "magic"),
    (["--sampler", "ddim", "--schedule", "karras"], "DDIM"),
    (["--strength", "0.5"], "--init"),
    (["--init", "init.png", "--strength", "1.5"], "strength"),
    (["--init", "init.png", "--strength", "nan"], "strength"),
    (["--init", "init.png", "--size", "64x64"], "--size"),
    (["--mask", "mask.png"], "--init"),
    (["--init", "init.png", "--mask", "small.png"], "same size"),
    (["--init", "init.png", "--mask", "black.png"], "black"),
    (["--control", "reference-only=init.png,99"], "weight"),
    (["--control", "reference-only=init.png,0.9-0.1"], "start first"),
    (["--control", "reference-only=init.png,fidelity=2"], "fidelity"),
    (["--lora", "ink:nan"], "weight"),
    (["--hires", "9"], "second pass"),
    (["--count", "0"], "batch count"),
    (["--count", "2", "--steps-dir", "steps"], "--count"),
    (["-o", "out.txt"], ".png"),
    (["-o", "out"], ".png"),
    (["--no-such-option"], "--no-such-option"),
]


@pytest.mark.parametrize(("options", "word"), BAD_VALUES, ids=lambda value: " ".join(value)[:40])
def test_a_bad_value_is_one_line_and_exit_code_2(generate, options, word):
    picture("init.png")
    half_mask("mask.png")
    picture("small.png", 63, 48)
    Image.new("L", (64, 48)).save("black.png")
    output = [] if "-o" in options else ["-o", "out.png"]
    code, out, err = generate("x", *output, *options)
    assert (code, out) == (2, "")
    assert word in complaint(err)
    assert "engine" not in err  # none was started for nothing
    assert not list(Path().glob("out*"))


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (["-o", "nowhere/out.png"], "nowhere"),
        (["-o", "folder.png"], "folder"),
        (["-o", "out.png", "--init", "missing.png"], "missing.png"),
        (["-o", "out.png", "--init", "text.png"], "text.png"),
        (["-o", "out.png", "--init", "cut.png"], "cut.png"),
        (["-o", "out.png", "--init", "folder.png"], "folder.png"),
        (["-o", "out.png", "--init", "init.png", "--mask", "missing.png"], "missing.png"),
        (["-o", "out.png", "--steps-dir", "text.png"], "text.png"),
    ],
)
def test_a_file_problem_is_one_line_and_exit_code_3(generate, options, word):
    picture("init.png")
    Path("folder.png").mkdir()
    Path("text.png").write_text("this is no picture")
    Path("cut.png").write_bytes(Path("init.png").read_bytes()[:500])
    code, _, err = generate("x", *options)
    assert code == 3
    assert word in complaint(err)
    assert not Path("out.png").exists()


def test_a_model_that_is_not_there_is_exit_code_4(sdstudio):
    code, _, err = sdstudio("generate", "x", "-o", "out.png", "--model", "no-such-model")
    assert code == 4
    assert "no-such-model" in complaint(err)


def test_a_damaged_model_is_refused_with_its_reason(sdstudio):
    models = Path(os.environ["SDSTUDIO_HOME"], "data", "models")
    models.mkdir(parents=True)
    (models / "cut.safetensors").write_bytes(b"short")
    for name in ("cut", "cut.safetensors"):
        code, _, err = sdstudio("generate", "x", "-o", "out.png", "--model", name)
        assert code == 4
        assert "too short" in complaint(err)


def test_a_failed_generation_keeps_the_old_file(generate, monkeypatch):
    Path("out.png").write_bytes(b"precious")
    monkeypatch.setattr(process, "own_engine_command", lambda fake: double("half_frame"))
    code, _, err = generate("x", "-o", "out.png")
    assert code == 1
    assert "engine" in complaint(err)
    assert Path("out.png").read_bytes() == b"precious"


@pytest.mark.parametrize(("behave", "word"), [("exit", "exit code 3"), ("babble", "no picture and no message")])
def test_an_engine_that_breaks_is_one_line_and_exit_code_1(generate, monkeypatch, behave, word):
    monkeypatch.setattr(process, "own_engine_command", lambda fake: double(behave))
    code, _, err = generate("x", "-o", "out.png")
    assert code == 1
    assert word in complaint(err)
    assert err.splitlines()[-1].startswith("sdstudio: ")


def test_an_engine_command_that_cannot_run_is_told(sdstudio, home):
    options = settings.Settings()
    options.set("engine_command", ["/nowhere/python", "-m", "sdstudio.engine"])
    options.save()
    Path(os.environ["SDSTUDIO_HOME"], "data", "models").mkdir(parents=True)
    code, _, err = sdstudio("doctor")
    assert code == 1
    assert "/nowhere/python" in sdstudio("doctor", "--json")[1]
    assert "Traceback" not in err


@pytest.mark.parametrize("prompt", ["", "apple " * 10_000, "🍎苹果\n\t“\\\"'", "\udcff"])
def test_any_prompt_is_fine(generate, prompt):
    assert generate(prompt, "-o", "out.png")[0] == 0
    assert Image.open("out.png").size == (256, 256)


def test_output_that_nobody_can_take_is_told(tmp_path):
    command = [sys.executable, "-m", "sdstudio", "generate", "x", "-o", "o.png", "--engine", "fake", "--json"]
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"} | _path()
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False, env=buffered)
    assert done.returncode == 1
    assert "No space left" in complaint(done.stderr)


def test_ctrl_c_ends_engine_and_command(tmp_path):
    """In a process of its own, since the signal goes to a whole process."""
    script = (
        "import signal, sys; from sdstudio import cli; from sdstudio.worker import process; "
        "signal.signal(signal.SIGINT, signal.default_int_handler); "  # a gate in the background ignores it
        f"process.own_engine_command = lambda fake: {double(step_ms=50, steps=1000)!r}; "
        "sys.exit(cli.main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", script, "generate", "x", "-o", "out.png", "--engine", "fake"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ, **_path()}) as running:
        for line in running.stderr:
            if "Step" in line:
                break
        engine_pid = psutil.Process(running.pid).children()[0].pid
        running.send_signal(signal.SIGINT)
        rest = running.stderr.read()
        assert running.wait() == 130
    assert "sdstudio: interrupted" in rest
    assert "Traceback" not in rest
    wait_until(lambda: not is_running(engine_pid))
    assert not Path("out.png").exists()


def _path() -> dict[str, str]:
    return {"PYTHONPATH": str(Path(cli.__file__).parent.parent)}


def test_without_a_display_the_window_says_so(monkeypatch, sdstudio):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    code, _, err = sdstudio()
    assert code == 1
    assert "no display" in complaint(err) or "system librar" in complaint(err)


def test_no_arguments_for_generate_is_one_line(sdstudio):
    code, _, err = sdstudio("generate")
    assert code == 2
    assert "PROMPT" in complaint(err)


def test_version_and_help(sdstudio):
    assert sdstudio("--version")[1].startswith("SD Studio ")
    for command in ([], ["generate"], ["doctor"], ["models"]):
        code, out, _ = sdstudio(*command, "--help")
        assert code == 0
        assert "usage: sdstudio" in out
    assert all(command in sdstudio("--help")[1] for command in ("generate", "doctor", "models"))


def test_models_lists_and_says_what_is_wrong(sdstudio):
    models = Path(os.environ["SDSTUDIO_HOME"], "data", "models")
    models.mkdir(parents=True)
    (models / "broken.safetensors").write_bytes(b"no model")
    code, out, err = sdstudio("models", "--json")
    assert code == 0
    assert isinstance(json.loads(out), list)
    assert "broken.safetensors" in complaint(err)
    assert sdstudio("models")[0] == 0


def test_a_models_folder_that_is_gone_is_told(sdstudio):
    options = settings.Settings()
    options.set("models_folders", ["/nowhere/models"])
    options.save()
    assert "/nowhere/models" in complaint(sdstudio("models")[2])
    assert "/nowhere/models" in sdstudio("doctor", "--engine", "fake")[1]


def test_doctor_starts_the_engine_and_reports(sdstudio):
    code, out, _ = sdstudio("doctor", "--engine", "fake", "--json")
    report = json.loads(out)
    assert report["facts"]["Engine"].startswith("Fake engine")
    assert {"SD Studio", "Python", "torch", "Memory", "Display", "Models"} <= set(report["facts"])
    assert (code == 1) == bool(report["problems"])
    text = sdstudio("doctor", "--engine", "fake")[1]
    for problem in report["problems"]:
        assert problem["sentence"] in text


def test_doctor_names_an_engine_that_does_not_start(sdstudio, monkeypatch):
    monkeypatch.setattr(process, "own_engine_command", lambda fake: double("exit"))
    code, out, _ = sdstudio("doctor")
    assert code == 1
    assert "exit code 3" in out
    assert "no torch today" in out


def test_doctor_mentions_damaged_settings(sdstudio):
    path = Path(os.environ["SDSTUDIO_HOME"], "config", "settings.json")
    path.parent.mkdir(parents=True)
    path.write_text("{")
    assert "settings are damaged" in sdstudio("doctor", "--engine", "fake")[1]


def test_the_command_line_works_as_a_program(tmp_path):
    shutil.rmtree("home", ignore_errors=True)
    command = [sys.executable, "-m", "sdstudio", "generate", "x", "-o", "o.png", "--engine", "fake", "--json"]
    environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "QT_QPA_PLATFORM")}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment | _path())
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["size"] == list(Image.open("o.png").size)


def test_loras_and_control_pictures_are_named_on_the_command_line(sdstudio, tmp_path):
    models = Path(os.environ["SDSTUDIO_HOME"], "data", "models")
    models.mkdir(parents=True)
    write(models / "ink.safetensors", {"lora_unet_x.lora_down.weight": (4, 8)})
    write(models / "lines.safetensors", {"control_model.zero_convs.0.0.weight": (4, 4, 1, 1)})
    assert sdstudio("generate", "x", "-o", "a.png", "--engine", "fake")[0] == 0
    wishes = ["--lora", "ink:-0.5", "--control", "lines=a.png,scribble,0.8,0.1-0.6", "--json"]
    wishes += ["--control", "reference-only=a.png,fidelity=0.7"]
    code, out, _ = sdstudio("generate", "x", "-o", "b.png", "--engine", "fake", *wishes)
    assert code == 0
    request = json.loads(out)["request"]
    assert request["loras"] == [{"name": "ink", "weight": -0.5, "text_weight": None}]
    control, reference = request["controls"]
    wanted = {"model": "lines", "weight": 0.8, "start": 0.1, "end": 0.6, "preprocessor": "scribble",
              "source": "file:a.png"}  # fmt: skip
    assert wanted.items() <= control.items()
    assert (reference["model"], reference["fidelity"]) == ("reference-only", 0.7)
    for wrong in (
        ["--lora", "pen"],
        ["--lora", "ink:much"],
        ["--control", "lines"],
        ["--control", "lines=a.png,depth"],
        ["--control", "lines=a.png,kind=dog"],
    ):
        assert sdstudio("generate", "x", "-o", "c.png", "--engine", "fake", *wrong)[0] == 2
    assert "ink" in sdstudio("models")[1]


def test_a_picture_becomes_larger_without_a_window(sdstudio, tmp_path):
    assert sdstudio("generate", "x", "-o", "a.png", "--engine", "fake")[0] == 0
    width, height = Image.open("a.png").size
    assert sdstudio("upscale", "a.png", "-o", "b.png", "--factor", "1.5", "--engine", "fake")[0] == 0
    assert Image.open("b.png").size == (width * 3 // 2, height * 3 // 2)
    for wrong in (["--by", "nobody"], ["--factor", "1000"], ["--factor", "0"], ["-o", "b.xyz"]):
        assert sdstudio("upscale", "a.png", "-o", "c.png", "--engine", "fake", *wrong)[0] == 2, wrong
    assert not Path("c.png").exists()


def test_a_picture_is_described_on_the_command_line(sdstudio, tmp_path):
    assert sdstudio("generate", "x", "-o", "a.png", "--engine", "fake")[0] == 0
    assert sdstudio("describe", "a.png", "--engine", "fake")[1].strip() == "a fake picture"
    code, out, _ = sdstudio("describe", "a.png", "--engine", "fake", "--json")
    assert code == 0
    assert json.loads(out) == {"prompt": "a fake picture", "words": [["a fake picture", 1.0]]}


def test_control_pictures_are_made_on_the_command_line(sdstudio, tmp_path):
    assert sdstudio("generate", "x", "-o", "a.png", "--engine", "fake")[0] == 0
    assert sdstudio("control", "a.png", "-o", "b.png", "--how", "canny", "--engine", "fake")[0] == 0
    assert Image.open("b.png").size == Image.open("a.png").size
    code, _, err = sdstudio("control", "a.png", "-o", "c.png", "--how", "depth", "--engine", "fake")
    assert (code, "no depth model" in err) == (2, True)
    assert sdstudio("control", "a.png", "-o", "c.png", "--how", "magic", "--engine", "fake")[0] == 2


def test_noise_is_shown_on_the_command_line(sdstudio, tmp_path):
    assert sdstudio("generate", "x", "-o", "a.png", "--size", "100x60", "--engine", "fake")[0] == 0
    show = ["noise", "a.png", "-o", "b.png", "--steps", "10", "--engine", "fake"]
    assert sdstudio(*show, "--step", "10")[0] == 0
    assert Image.open("b.png").size == (100, 60)
    for wrong, word in ((["--step", "11"], "from 0 to 10"), (["--step", "1", "--schedule", "x"], "“x”")):
        code, _, err = sdstudio(*show, *wrong)
        assert (code, word in err) == (2, True)
