"""Each way to fail has its kind and sentence, and the next job works."""

from __future__ import annotations

import io
from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch

from sdstudio.engine import loading, sampling, service
from sdstudio.engine.connection import Connection, Job
from sdstudio.engine.denoiser import Denoiser
from sdstudio.engine.failures import JobCancelledError, ModelMissing, describe, is_out_of_memory
from sdstudio.engine.painter import TorchPainter
from sdstudio.engine.service import Picture, Report
from sdstudio.errors import BadRequest, EngineProblem, ModelProblem
from sdstudio.models.library import describe as describe_model
from sdstudio.protocol.messages import Failed, Generate
from tests.engine.conftest import make_request

ALLOCATION = "[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory: you tried ..."


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (JobCancelledError(), "cancelled", "cancelled"),
        (MemoryError(), "out_of_memory", "not enough memory"),
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"), "out_of_memory", "smaller size"),
        (RuntimeError(ALLOCATION), "out_of_memory", "smaller size"),
        (ModelMissing("Gone."), "model_missing", "Gone."),
        (ModelProblem("Broken.", detail="why"), "model_invalid", "Broken."),
        (BadRequest("Too many."), "bad_request", "Too many."),
        (EngineProblem("Odd."), "internal", "Odd."),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), "internal", "Something went wrong"),
        (KeyError("prompt"), "internal", "Something went wrong"),
    ],
)
def test_every_error_has_a_kind_and_a_sentence(error: Exception, kind: str, words: str) -> None:
    failed = describe("job", error)
    assert (failed.job_id, failed.kind) == ("job", kind)
    assert words in failed.message
    assert failed.message.endswith(".")


def test_details_tell_experts_more() -> None:
    assert describe("job", ModelProblem("Broken.", detail="why")).detail == "why"
    assert "KeyError: 'prompt'" in describe("job", KeyError("prompt")).detail


@pytest.mark.parametrize("error", [RuntimeError("shape mismatch"), ValueError("out of memory"), OSError("disk full")])
def test_other_errors_are_not_taken_for_a_lack_of_memory(error: Exception) -> None:
    assert not is_out_of_memory(error)


@pytest.fixture
def painter() -> TorchPainter:
    return TorchPainter()


def run(painter: TorchPainter, folder: Path, **changes: object) -> Picture | Failed:
    """One job as the service runs it, with a stream that nobody reads."""
    job = Job(Generate(job_id="job", request=make_request(**changes), model=describe_model(folder)), b"")
    report = Report(Connection(io.BytesIO(), io.BytesIO()), job)
    return service.run(job, painter, report)


@pytest.mark.parametrize(
    ("module", "name"),
    [(loading, "load"), (Denoiser, "answer"), (sampling.pixels, "decode")],
    ids=["load", "step", "decode"],
)
def test_after_running_out_of_memory_the_next_job_works(
    painter: TorchPainter, folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch, module: object, name: str
) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise RuntimeError(ALLOCATION)

    with monkeypatch.context() as patched:
        patched.setattr(module, name, fail)
        failed = run(painter, folders["starter"])
    assert isinstance(failed, Failed)
    assert failed.kind == "out_of_memory"
    assert isinstance(run(painter, folders["starter"]), Picture)


@pytest.mark.parametrize(("share", "expected"), [(0.4, ["starter", "sd"]), (0.0, ["starter", "sd", "starter"])])
def test_models_stay_in_memory_as_long_as_there_is_room(
    painter: TorchPainter,
    folders: dict[str, Path],
    monkeypatch: pytest.MonkeyPatch,
    share: float,
    expected: list[str],
) -> None:
    monkeypatch.setattr("sdstudio.engine.painter._SHARE", share)
    loaded: list[str] = []

    def load(info: object, *args: object, original: object = loading.load, **options: object) -> object:
        loaded.append(info.id)  # type: ignore[attr-defined]
        return original(info, *args, **options)  # type: ignore[operator]

    monkeypatch.setattr(loading, "load", load)
    for name in ("starter", "starter", "sd", "starter"):
        assert isinstance(run(painter, folders[name]), Picture)
    assert loaded == expected


def test_a_size_is_no_other_model(
    painter: TorchPainter, folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    info = describe_model(folders["starter"])
    for size in (64, 128):
        model = msgspec.structs.replace(info, native_size=size)
        job = Job(Generate(job_id="job", request=make_request(), model=model), b"")
        assert isinstance(service.run(job, painter, Report(Connection(io.BytesIO(), io.BytesIO()), job)), Picture)
        monkeypatch.setattr(loading, "load", None)  # would fail if it were called again


def test_ready_tells_the_device_and_the_versions(painter: TorchPainter) -> None:
    ready = painter.ready()
    assert msgspec.json.decode(msgspec.json.encode(ready), type=type(ready)) == ready
    assert ready.torch_version == torch.__version__
    assert ready.memory_bytes > 2**28


def test_pictures_keep_their_extent(painter: TorchPainter, folders: dict[str, Path]) -> None:
    picture = run(painter, folders["starter"])
    assert isinstance(picture, Picture)
    assert picture.pixels.dtype == np.uint8
    assert picture.pixels.shape == (64, 64, 3)
