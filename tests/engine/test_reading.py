"""Reading a model tells how far it is, and ends where it is told to."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
import torch

from sdstudio.engine import loading, reading, service
from sdstudio.engine.connection import Connection, Job
from sdstudio.engine.failures import JobCancelledError
from sdstudio.engine.painter import TorchPainter
from sdstudio.engine.reading import Reading
from sdstudio.engine.service import Picture, Report
from sdstudio.models.library import describe
from sdstudio.protocol.messages import Failed, Generate
from tests.engine.conftest import CPU, make_request


def read(path: Path, on_part: Any) -> None:
    info = describe(path)
    with (reader := Reading(info.bytes, on_part)):
        loading.load(info, CPU, reader.tell)


def test_the_share_rises_in_many_steps(folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_EVERY_S", 0.0)
    shares: list[float] = []
    read(folders["sd"], shares.append)
    assert shares == sorted(shares)
    assert len(set(shares)) > 20
    assert 0 <= shares[0] < 0.1
    assert 0.5 < shares[-1] < 1


@pytest.mark.parametrize("after", [3, 30])
def test_a_cancel_leaves_in_the_middle(folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    monkeypatch.setattr(reading, "_EVERY_S", 0.0)
    told: list[float] = []

    def cancel(share: float) -> None:
        told.append(share)
        if len(told) == after:
            raise JobCancelledError

    with pytest.raises(JobCancelledError):
        read(folders["sd"], cancel)
    assert len(told) == after
    read(folders["sd"], lambda share: None)


def test_it_is_told_no_more_often_than_anybody_can_see() -> None:
    told: list[float] = []
    with Reading(2**20, told.append):
        for _ in range(1000):
            torch.zeros(2**13).clone()
    assert 1 <= len(told) < 200


def test_small_tensors_do_not_count() -> None:
    told: list[float] = []
    with Reading(2**20, told.append):
        for _ in range(100):
            torch.zeros(16).clone()
    assert not told


def test_a_job_cancelled_while_its_model_is_read_leaves_the_engine_as_it_was(
    folders: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SDSTUDIO_HOME", str(tmp_path))
    monkeypatch.setattr(reading, "_EVERY_S", 0.0)
    painter = TorchPainter()

    def run(name: str, *, cancels: bool) -> Picture | Failed:
        job = Job(Generate(job_id="job", request=make_request(steps=1), model=describe(folders[name])), b"")
        report = Report(Connection(io.BytesIO(), io.BytesIO()), job)
        told: list[str] = []

        def progress(stage: Any, *args: Any, **options: Any) -> None:
            told.append(stage)
            if cancels and told.count("loading") == 5:
                job.cancelled.set()
            Report.progress(report, stage, *args, **options)

        monkeypatch.setattr(report, "progress", progress)
        outcome = service.run(job, painter, report)
        assert isinstance(outcome, Picture | Failed)
        return outcome

    assert isinstance(run("starter", cancels=False), Picture)
    failed = run("sd", cancels=True)
    assert isinstance(failed, Failed)
    assert failed.kind == "cancelled"
    assert [info.id for info in painter._models] == [describe(folders["starter"]).id]
    assert isinstance(run("sd", cancels=False), Picture)
