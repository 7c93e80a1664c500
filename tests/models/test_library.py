"""Finding and describing models on the disk."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sdstudio.errors import ModelProblem
from sdstudio.models import folder as folder_module
from sdstudio.models.info import SamplingDefaults
from sdstudio.models.library import describe, find, look
from sdstudio.protocol.samplers import SAMPLERS, SCHEDULES
from tests.helpers import gguf_files
from tests.helpers.safetensors_files import write

UNET = {"_class_name": "UNet2DConditionModel", "in_channels": 8, "sample_size": 16, "cross_attention_dim": 256}
VAE = {"_class_name": "AutoencoderTiny", "latent_channels": 8, "block_out_channels": [64] * 4}
FLUX = {
    "double_blocks.0.img_attn.norm.key_norm.scale": (128,), "vector_in.in_layer.weight": (32, 32),
    "txt_in.weight": (32, 32), "img_in.weight": (32, 64),
}  # fmt: skip
SCHEDULER = {"_class_name": "DDIMScheduler", "prediction_type": "v_prediction"}


def write_folder(path: Path, notes: Any = None, **parts: Any) -> Path:
    """A diffusers folder with weights of a few bytes; a part that is None is left out."""
    configs = {
        "model_index.json": {"_class_name": "StableDiffusionPipeline"},
        "unet/config.json": UNET | parts.get("unet", {}),
        "vae/config.json": VAE | parts.get("vae", {}),
        "scheduler/scheduler_config.json": SCHEDULER | parts.get("scheduler", {}),
    }
    if notes is not None:
        configs["sdstudio.json"] = notes
    for name, content in configs.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(json.dumps(content), encoding="utf-8")
    for part in ("unet", "vae", "text_encoder"):
        (path / part).mkdir(exist_ok=True)
        write(path / part / "model.safetensors", {"weight": (4,)})
    return path


def test_a_folder_is_described_by_its_configs(tmp_path: Path) -> None:
    model = describe(write_folder(tmp_path / "mine"))
    assert (model.id, model.title, model.path) == ("mine", "mine", str(tmp_path / "mine"))
    assert (model.size_multiple, model.native_size, model.prediction) == (8, 128, "v_prediction")
    assert not model.inpaint
    assert model.bytes == sum(file.stat().st_size for file in (tmp_path / "mine").rglob("*.safetensors"))


@pytest.mark.parametrize(
    ("blocks", "channels", "inputs", "multiple", "inpaint"),
    [(4, 4, 4, 8, False), (4, 4, 9, 8, True), (5, 16, 16, 16, False), (5, 16, 33, 16, True), (3, 8, 8, 4, False)],
)
def test_cells_and_inpainting_follow_from_the_channels(
    tmp_path: Path, blocks: int, channels: int, inputs: int, multiple: int, inpaint: bool
) -> None:
    vae = {"latent_channels": channels, "block_out_channels": [64] * blocks}
    model = describe(write_folder(tmp_path / "mine", unet={"in_channels": inputs}, vae=vae))
    assert (model.size_multiple, model.native_size, model.inpaint) == (multiple, 16 * multiple, inpaint)


def test_notes_of_the_maker_are_read(tmp_path: Path) -> None:
    notes = {"title": "My first", "native_size": 256, "steps": 12, "cfg_scale": 4.0, "sampler": "euler"}
    notes |= {"schedule": "karras", "vocabulary": ["cat", "dog"], "note": "Knows two things.", "of the future": 1}
    model = describe(write_folder(tmp_path / "mine", notes))
    assert (model.title, model.native_size, model.vocabulary) == ("My first", 256, ("cat", "dog"))
    assert model.defaults == SamplingDefaults(steps=12, cfg_scale=4.0, sampler="euler", schedule="karras")
    assert model.note == "Knows two things."


def test_a_sampler_that_this_version_does_not_know_is_replaced(tmp_path: Path) -> None:
    model = describe(write_folder(tmp_path / "mine", {"sampler": "new", "schedule": "newer"}))
    assert model.defaults == SamplingDefaults()


def test_the_names_are_those_of_the_protocol() -> None:
    assert frozenset(SAMPLERS) == folder_module.SAMPLER_NAMES
    assert frozenset(SCHEDULES) == folder_module.SCHEDULE_NAMES


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"unet": {"_class_name": "FluxTransformer2DModel"}}, "not supported"),
        ({"vae": {"_class_name": "AutoencoderMagic"}}, "not supported"),
        ({"unet": {"in_channels": 5}}, "5 input channels"),
        ({"unet": {"in_channels": "many"}}, "damaged config"),
        ({"vae": {"block_out_channels": 7}}, "damaged config"),
        ({"notes": {"steps": "many"}}, "sdstudio.json"),
    ],
)
def test_a_folder_that_cannot_be_used_says_why(tmp_path: Path, parts: dict[str, Any], words: str) -> None:
    with pytest.raises(ModelProblem, match=words):
        describe(write_folder(tmp_path / "mine", parts.pop("notes", None), **parts))


def test_the_latent_upscaler_is_named(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "mine")
    (folder / "model_index.json").write_text('{"_class_name": "StableDiffusionLatentUpscalePipeline"}')
    with pytest.raises(ModelProblem, match="is the x2 latent upscaler, which is not supported"):
        describe(folder)


@pytest.mark.parametrize("name", ["unet/config.json", "vae/config.json", "scheduler/scheduler_config.json"])
@pytest.mark.parametrize("content", [None, "", "{", "[1]", "[" * 100_000])
def test_missing_and_damaged_configs_are_named(tmp_path: Path, name: str, content: str | None) -> None:
    path = write_folder(tmp_path / "mine")
    if content is None:
        (path / name).unlink()
    else:
        (path / name).write_text(content)
    with pytest.raises(ModelProblem, match=name):
        describe(path)


def test_weights_in_other_kinds_of_files_are_not_opened(tmp_path: Path) -> None:
    path = write_folder(tmp_path / "mine")
    (path / "unet" / "model.safetensors").rename(path / "unet" / "diffusion_pytorch_model.bin")
    with pytest.raises(ModelProblem, match=r"no \.safetensors file in “unet”"):
        describe(path)


def test_a_look_finds_models_below_and_keeps_problems_apart(tmp_path: Path) -> None:
    write_folder(tmp_path / "zebra")
    write_folder(tmp_path / "sorted" / "ape", {"title": "Ape"})
    write_folder(tmp_path / "starter", {"title": "Zzz"})
    write_folder(tmp_path / "broken", unet={"in_channels": 5})
    (tmp_path / "cut.safetensors").write_bytes(b"cut")
    (tmp_path / "notes.txt").write_text("not a model")
    library = look([tmp_path, tmp_path / "absent"])
    assert [model.id for model in library.models] == ["starter", "ape", "zebra"]
    assert [problem.path.name for problem in library.problems] == ["broken", "cut.safetensors"]
    assert all(problem.message.endswith(".") for problem in library.problems)


def test_old_files_are_named_until_they_have_been_converted(tmp_path: Path) -> None:
    for name in ("old.ckpt", "word.pt", "done.CKPT"):
        (tmp_path / name).write_bytes(b"a program")
    write_folder(tmp_path / "converted" / "done")
    library = look([tmp_path])
    assert [model.id for model in library.models] == ["done"]
    assert [problem.path.name for problem in library.problems] == ["old.ckpt", "word.pt"]
    assert all("sdstudio convert" in problem.message for problem in library.problems)
    with pytest.raises(ModelProblem, match=r"“old\.ckpt” is of an old kind .* “sdstudio convert”"):
        describe(tmp_path / "old.ckpt")


def test_the_first_of_two_with_the_same_id_keeps_it(tmp_path: Path) -> None:
    write_folder(tmp_path / "box" / "starter", {"title": "In the box"})
    write_folder(tmp_path / "mine" / "starter", {"title": "Mine"})
    found = {model.id: model.title for model in look([tmp_path / "box", tmp_path / "mine"]).models}
    assert found == {"starter": "In the box", "mine/starter": "Mine (mine/starter)"}


def test_models_are_found_by_id_title_and_path(tmp_path: Path) -> None:
    write_folder(tmp_path / "models" / "mine", {"title": "My first"})
    elsewhere = write_folder(tmp_path / "elsewhere")
    models = look([tmp_path / "models"]).models
    for name in ("mine", "MINE", "my FIRST", str(tmp_path / "models" / "mine")):
        assert find(models, name) == models[0]
    assert find(models, str(elsewhere)).id == "elsewhere"


def test_a_model_that_is_not_there_is_answered_with_those_that_are(tmp_path: Path) -> None:
    write_folder(tmp_path / "mine")
    with pytest.raises(ModelProblem, match=r"no model “other”\. Choose one of: mine"):
        find(look([tmp_path]).models, "other")
    with pytest.raises(ModelProblem, match="Put a model into"):
        find([], "other")
    (tmp_path / "notes.txt").write_bytes(b"words")
    with pytest.raises(ModelProblem, match=r"“notes\.txt” is not a model that can be used"):
        find([], str(tmp_path / "notes.txt"))


def test_models_that_are_called_alike_are_both_there(tmp_path: Path) -> None:
    """A person may have a model as it was published, in fewer bits beside it, and another one in a folder below."""
    gguf_files.write(tmp_path / "paint.gguf", {name: np.zeros(shape) for name, shape in FLUX.items()}, "F16", "flux")
    write(tmp_path / "paint.safetensors", FLUX)
    (tmp_path / "old").mkdir()
    write(tmp_path / "old" / "paint.safetensors", FLUX)
    found = {
        model.id: (model.title, Path(model.path).relative_to(tmp_path).as_posix()) for model in look([tmp_path]).models
    }
    assert found == {
        "paint": ("paint", "paint.safetensors"),
        "paint.gguf": ("paint.gguf", "paint.gguf"),
        "paint.safetensors": ("paint.safetensors", "old/paint.safetensors"),
    }
    assert len(look([tmp_path, tmp_path / "old", tmp_path]).models) == 3


def test_loras_that_are_called_alike_are_both_there(tmp_path: Path) -> None:
    lora = {"lora_unet_joint_blocks_0_x_block_attn_qkv.lora_down.weight": (4, 1536)}
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write(tmp_path / name / "ink.safetensors", lora)
    write(tmp_path / "ink.safetensors", {"decoder.conv_in.weight": (512, 16, 3, 3)})
    assert sorted((extra.kind, extra.id) for extra in look([tmp_path]).extras) == [
        ("lora", "ink"),
        ("lora", "ink.safetensors"),
        ("vae", "ink"),
    ]
