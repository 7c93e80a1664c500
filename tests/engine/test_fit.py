"""What a job takes is known before it runs, the cheapest savings are chosen, and a refusal says what would fit."""

from __future__ import annotations

import io
import shutil
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch.nn.functional import conv2d

from sdstudio.engine import fit, memory, service, weighing
from sdstudio.engine.connection import Connection, Job
from sdstudio.engine.dry_run import META, Need, Way, measure
from sdstudio.engine.failures import NotEnoughMemory
from sdstudio.engine.history import History
from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.outlook import Outlook
from sdstudio.engine.painter import TorchPainter
from sdstudio.engine.sampling import run_job
from sdstudio.engine.service import Picture, Report
from sdstudio.engine.speed import enlarging, exact, half
from sdstudio.engine.validation import Pixels
from sdstudio.models.library import describe as describe_model
from sdstudio.protocol.framing import read_frame
from sdstudio.protocol.messages import LADDER, Failed, FromEngine, Generate, Planned, Progress, Saving
from sdstudio.raster.geometry import Extent
from tests.engine.conftest import CPU, Listener, load, make_request

NOTHING = Pixels(None, None)
MB = 2**20


def test_a_dry_run_counts_bytes_and_operations() -> None:
    first, second = torch.empty(32, 64, device=META), torch.empty(64, 16, device=META)
    given = torch.empty(8, 32, device=META)
    need = measure(lambda: (given @ first).relu() @ second, [first, second, given])
    assert need.nbytes == 4 * (8 * 64 + 8 * 64)  # the product and what relu makes of it; then one of them goes
    assert need.flops == 2 * 8 * 32 * 64 + 2 * 8 * 64 * 16


def test_a_dry_run_holds_scores_only_where_a_device_does() -> None:
    heads = torch.empty(1, 2, 64, 8, device=META)

    def attend() -> None:
        torch.nn.functional.scaled_dot_product_attention(heads, heads, heads)

    fused, whole = measure(attend, [heads]), measure(attend, [heads], Way(fused=False))
    assert fused.nbytes == heads.nbytes
    assert whole.nbytes >= heads.nbytes + 4 * 2 * 64 * 64
    assert fused.flops == 2 * 2 * 2 * 64 * 64 * 8


def test_a_dry_run_counts_the_kernels_that_large_convolutions_make() -> None:
    weight = torch.empty(128, 128, 3, 3, device=META)
    large, small = (torch.empty(1, 128, side, side, device=META) for side in (128, 64))

    def need(picture: torch.Tensor, *, winograd: bool) -> Need:
        return measure(lambda: conv2d(picture, weight, padding=1), [picture, weight], Way(winograd=winograd))

    assert need(large, winograd=True).nbytes == need(large, winograd=False).nbytes + 8 * weight.nbytes
    assert need(small, winograd=True) == need(small, winograd=False)  # those are computed directly


def ahead(**changes: Any) -> Outlook:
    values: dict[str, Any] = {
        "network_bytes": 4000 * MB, "numbers": 1000 * MB, "text_bytes": 500 * MB, "texts": 2, "calls": 20,
        "beside_bytes": 0,
        "area": 512 * 512,
        "denoise": lambda texts, sliced: Need(texts * (100 if sliced else 300) * MB, texts * 10**12),
        "decode": lambda tiled: Need((200 if tiled else 800) * MB, 10**12),
        "encode": None,
    }  # fmt: skip
    return Outlook(**(values | changes))


@pytest.mark.parametrize(
    ("free_mb", "expected"),
    [
        (1000, ()),
        (700, ("vae_tiled",)),
        (500, ("text_unloaded",)),
        (150, ("vae_tiled", "text_unloaded")),
        (-500, ("half_weights",)),
    ],
)
def test_the_cheapest_savings_that_are_enough_are_chosen(free_mb: int, expected: tuple[str, ...]) -> None:
    chosen = fit.choose(ahead(), LADDER, (), free_mb * MB, 1.0)
    assert chosen is not None
    assert chosen.savings == expected


def test_a_machine_on_which_jobs_take_more_saves_earlier() -> None:
    assert fit.choose(ahead(), LADDER, (), 1000 * MB, memory_factor=1.0).savings == ()  # type: ignore[union-attr]
    assert fit.choose(ahead(), LADDER, (), 1000 * MB, memory_factor=1.3).savings == ("vae_tiled",)  # type: ignore[union-attr]


def test_nothing_is_chosen_that_does_not_help() -> None:
    flat = ahead(denoise=lambda texts, sliced: Need(300 * MB, 10**12), texts=1)
    chosen = fit.choose(flat, ("batch_split", "attention_sliced", "vae_tiled"), (), 500 * MB, 1.0)
    assert chosen is not None
    assert chosen.savings == ("vae_tiled",)


def test_what_cannot_fit_is_not_chosen() -> None:
    assert fit.choose(ahead(), ("vae_tiled",), (), 100 * MB, 1.0) is None


def test_halves_that_were_read_stay_so_while_full_ones_would_take_most_of_the_memory() -> None:
    half: tuple[Saving, ...] = ("half_weights",)
    tight = fit.choose(ahead(), LADDER, half, 4500 * MB, 1.0)
    roomy = fit.choose(ahead(), LADDER, half, 8000 * MB, 1.0)
    assert tight is not None
    assert roomy is not None
    assert (tight.savings, roomy.savings) == (half, ())


def test_copies_of_weights_that_a_hurried_job_makes_are_counted() -> None:
    hurried = ahead(copies_bytes=2000 * MB)
    plain, more = fit.choose(ahead(), LADDER, (), 5000 * MB, 1.0), fit.choose(hurried, LADDER, (), 5000 * MB, 1.0)
    assert plain is not None
    assert more is not None
    assert more.needed_bytes - plain.needed_bytes == 2000 * MB
    assert hurried.copy_bytes(("half_weights",)) == 0


def test_savings_cost_time() -> None:
    outlook = ahead()
    assert outlook.flops(()) == 20 * 2 * 10**12 + 10**12
    for saving in ("vae_tiled", "half_weights", "batch_split", "attention_sliced", "offloaded", "byte_weights"):
        assert outlook.flops((saving,)) > outlook.flops(())


def plan(model: LoadedModel, tmp_path: Path, **changes: object) -> fit.Fit:
    return fit.plan(make_request(**changes), NOTHING, model, History(tmp_path / "pace.json"), lambda: False)


def test_larger_pictures_and_guidance_take_more(starter: LoadedModel, tmp_path: Path) -> None:
    small = plan(starter, tmp_path)
    large = plan(starter, tmp_path, extent=Extent(128, 128))
    alone = plan(starter, tmp_path, cfg_scale=1.0)
    assert large.working_bytes > 3 * small.working_bytes
    assert large.flops > 3 * small.flops
    assert alone.flops < 0.7 * small.flops
    assert (small.savings, small.seconds) == ((), None)


def test_a_job_that_cannot_fit_is_told_what_would(
    sd: LoadedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fit, "_KERNELS_BYTES", 0)
    needed = plan(sd, tmp_path, extent=Extent(512, 512)).needed_bytes
    monkeypatch.setattr(memory, "available", lambda device: needed // 3)
    with pytest.raises(NotEnoughMemory, match=r"A picture of 512 × 512 pixels needs about .* would fit\. Choose"):
        plan(sd, tmp_path, extent=Extent(512, 512))


def test_other_models_are_forgotten_before_anything_is_saved(
    sd: LoadedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needed = plan(sd, tmp_path).needed_bytes
    free = {"bytes": needed // 2}
    monkeypatch.setattr(memory, "available", lambda device: free["bytes"])

    def make_room() -> bool:
        free["bytes"] *= 4
        return True

    planned = fit.plan(make_request(), NOTHING, sd, History(tmp_path / "pace.json"), make_room)
    assert planned.savings == ()


def test_a_network_that_cannot_be_looked_ahead_runs_as_it_is(
    sd: LoadedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise NotImplementedError("not on the meta device")

    monkeypatch.setattr(sd, "needs", {})
    monkeypatch.setattr(sd.unet, "forward", refuse)
    planned = plan(sd, tmp_path)
    assert (planned.savings, planned.needed_bytes, planned.seconds) == ((), 0, None)
    assert "batch_split" in planned.possible


def test_a_hurried_job_is_foreseen_by_hurried_ones(
    starter: LoadedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(half, "is_native", lambda: True)
    history = History(tmp_path / "pace.json")
    exact, fast = (make_request(speed=speed) for speed in ("exact", "fast"))
    history.learn(fit.key_of(exact, starter), flops_per_second=1e9, memory_factor=None)
    seconds = [fit.plan(request, NOTHING, starter, history, lambda: False).seconds for request in (exact, fast)]
    assert seconds[0] is not None
    assert seconds[1] is None
    history.learn(fit.key_of(fast, starter), flops_per_second=2e9, memory_factor=None)
    planned = fit.plan(fast, NOTHING, starter, history, lambda: False)
    assert planned.seconds == pytest.approx(seconds[0] / 2)
    copies = torch.bfloat16.itemsize * starter.economy.numbers
    more = planned.needed_bytes - plan(starter, tmp_path).needed_bytes
    assert more == pytest.approx(copies, rel=0.05)  # without those that an earlier job has made


@pytest.mark.parametrize("error", [ZeroDivisionError(), OverflowError(), AssertionError(), KeyError("x")])
def test_whatever_goes_wrong_in_looking_ahead_the_job_runs(
    sd: LoadedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def refuse(*args: object) -> None:
        raise error

    monkeypatch.setattr(fit, "choose", refuse)
    assert plan(sd, tmp_path).savings == ()


def messages(painter: TorchPainter, folder: Path, **changes: object) -> tuple[Picture | Failed, list[Any]]:
    stream = io.BytesIO()
    job = Job(Generate(job_id="job", request=make_request(**changes), model=describe_model(folder)), b"")
    outcome = service.run(job, painter, Report(Connection(io.BytesIO(), stream), job))
    stream.seek(0)
    heard = []
    while (frame := read_frame(stream, FromEngine)) is not None:
        heard.append(frame[0])
    return outcome, heard


@pytest.fixture
def painter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TorchPainter:
    monkeypatch.setenv("SDSTUDIO_HOME", str(tmp_path))
    return TorchPainter()


def test_the_plan_is_told_before_the_work_and_learned_from(painter: TorchPainter, folders: dict[str, Path]) -> None:
    outcome, heard = messages(painter, folders["starter"])
    assert isinstance(outcome, Picture)
    (planned,) = [message for message in heard if isinstance(message, Planned)]
    stages = [message.stage for message in heard[: heard.index(planned)] if isinstance(message, Progress)]
    assert set(stages) == {"loading"}
    assert (planned.savings, planned.seconds, planned.ran_out) == ((), None, False)
    assert planned.free_bytes > planned.memory_bytes > 0
    _, heard = messages(painter, folders["starter"], seed=2)
    (again,) = [message for message in heard if isinstance(message, Planned)]
    assert again.seconds > 0


def test_a_refusal_comes_before_any_step(
    painter: TorchPainter, folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    messages(painter, folders["starter"])
    monkeypatch.setattr(memory, "available", lambda device: 1000)
    outcome, heard = messages(painter, folders["starter"], extent=Extent(1024, 1024))
    assert isinstance(outcome, Failed)
    assert outcome.kind == "out_of_memory"
    assert not [message for message in heard if isinstance(message, Progress) and message.stage == "sampling"]
    monkeypatch.undo()
    assert isinstance(messages(painter, folders["starter"])[0], Picture)


def test_a_job_after_one_with_rounded_weights_is_as_exact_as_ever(
    painter: TorchPainter, folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = messages(painter, folders["sd"])
    choose = fit.choose
    with monkeypatch.context() as patched:
        patched.setattr(fit, "choose", lambda *args, **kwargs: fit.Fit(("byte_weights",), LADDER))
        rounded, _ = messages(painter, folders["sd"])
    assert fit.choose is choose
    last, _ = messages(painter, folders["sd"])
    pictures = [outcome.pixels for outcome in (first, rounded, last) if isinstance(outcome, Picture)]
    assert not np.array_equal(pictures[0], pictures[1])
    assert np.array_equal(pictures[0], pictures[2])


@pytest.fixture
def halved(folders: dict[str, Path], tmp_path: Path) -> Path:
    """A model whose file holds half precision."""
    folder = tmp_path / "halved"
    shutil.copytree(folders["sd"], folder)
    for file in folder.glob("*/*.safetensors"):
        save_file({name: value.half() for name, value in load_file(file).items()}, file, metadata={"format": "pt"})
    return folder


def test_a_model_that_fits_only_halved_is_read_so_and_makes_the_same_picture(
    painter: TorchPainter, halved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weight = weighing.weigh(describe_model(halved))
    assert weight.half == torch.float16
    plain, _ = messages(painter, halved)
    painter._forget()
    with monkeypatch.context() as patched:
        patched.setattr(memory, "available", lambda device: round(weight.numbers * 2.11))
        patched.setattr(memory, "bounded", lambda device: nullcontext())  # there is more in truth
        patched.setattr(fit, "_KERNELS_BYTES", 0)
        saved, heard = messages(painter, halved)
    (planned,) = [message for message in heard if isinstance(message, Planned)]
    assert "half_weights" in planned.savings
    (model,) = painter._models.values()
    assert (model.dtype, model.vae.dtype, model.unet.dtype) == (torch.float32,) * 3
    assert model.unet.mid_block.resnets[0].conv1.weight.dtype == torch.float16
    again, _ = messages(painter, halved)
    assert model.economy.savings == ()
    pictures = [outcome.pixels for outcome in (plain, saved, again) if isinstance(outcome, Picture)]
    assert len(pictures) == 3
    assert np.array_equal(pictures[0], pictures[1])
    assert np.array_equal(pictures[0], pictures[2])


def test_a_model_that_does_not_fit_at_all_is_refused_unread(
    painter: TorchPainter, folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "available", lambda device: 1000)
    outcome, heard = messages(painter, folders["sd"])
    assert isinstance(outcome, Failed)
    assert outcome.kind == "out_of_memory"
    assert "needs at least" in outcome.message
    assert not heard


def test_history_is_kept_and_a_damaged_file_is_no_loss(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "pace.json"
    history = History(path)
    history.learn("cpu", flops_per_second=100.0, memory_factor=1.5)
    history.learn("cpu", flops_per_second=200.0, memory_factor=None)
    kept = History(path).pace("cpu")
    assert (kept.flops_per_second, kept.memory_factor, kept.jobs) == (pytest.approx(130.0), 1.5, 2)
    path.write_bytes(b"{")
    assert History(path).pace("cpu").jobs == 0
    path.write_bytes(b'{"cpu": {"flops_per_second": 0, "jobs": 3}, "cuda": {"memory_factor": 1.2, "jobs": 3}}')
    assert [History(path).pace(key).jobs for key in ("cpu", "cuda")] == [0, 3]


def test_memory_is_counted() -> None:
    assert 0 < memory.available(CPU) <= memory.total(CPU) * 2
    memory.start_peak(CPU)
    used = memory.used(CPU)
    block = torch.ones(32 * MB)
    peak = memory.peak(CPU)
    assert peak is None or peak - used >= block.nbytes * 0.9


def test_kernels_that_a_first_picture_leaves_behind_are_foreseen(folders: dict[str, Path]) -> None:
    model = load(folders["sd"])
    networks = (model.unet, model.vae)
    foreseen, before = enlarging.bytes_to_come(*networks), enlarging._kernels.nbytes
    with exact.arithmetic(CPU):
        run_job(make_request(), NOTHING, model, Listener())
    kept = enlarging._kernels.nbytes - before
    assert 0 < kept <= foreseen <= 3 * kept
    assert enlarging.bytes_to_come(*networks) == 0
