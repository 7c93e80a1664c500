"""What a model's weights will take is known from its files' headers, and decides in which format they are read."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from sdstudio.engine import memory, weighing
from sdstudio.engine.painter import TorchPainter
from sdstudio.models.info import ModelInfo
from sdstudio.models.library import describe

HALVES = [torch.float16, torch.bfloat16]


def stored_as(folder: Path, there: Path, dtype: torch.dtype) -> ModelInfo:
    shutil.copytree(folder, there)
    for file in there.glob("*/*.safetensors"):
        save_file({name: value.to(dtype) for name, value in load_file(file).items()}, file, metadata={"format": "pt"})
    return describe(there)


@pytest.mark.parametrize("dtype", HALVES)
def test_files_tell_how_many_numbers_they_hold_and_in_which_format(
    folders: dict[str, Path], tmp_path: Path, dtype: torch.dtype
) -> None:
    whole, halved = describe(folders["sd"]), stored_as(folders["sd"], tmp_path / "halved", dtype)
    weight = weighing.weigh(whole)
    assert weight.half is None
    assert weighing.weigh(halved) == weighing.Weight(weight.numbers, dtype)


def test_averaged_weights_are_not_counted(tmp_path: Path) -> None:
    weights = {"model.diffusion_model.a": torch.zeros(10), "model_ema.a": torch.zeros(1000)}
    save_file(weights, tmp_path / "file.safetensors")
    info = ModelInfo(id="x", title="X", path=str(tmp_path / "file.safetensors"), family="sd1")
    assert weighing.weigh(info).numbers == 10


@pytest.mark.parametrize("dtype", HALVES)
@pytest.mark.parametrize(("share", "expected"), [(0.8, True), (0.5, False)])
def test_halves_stay_halves_where_full_weights_would_take_most_of_the_memory(
    folders: dict[str, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    dtype: torch.dtype,
    share: float,
    expected: bool,
) -> None:
    info = stored_as(folders["sd"], tmp_path / "halved", dtype)
    free = round(4 * weighing.weigh(info).numbers / share)
    monkeypatch.setattr(memory, "available", lambda device: free)
    manner = TorchPainter()._make_room(info, weighing.weigh(info), None)
    assert manner == weighing.Manner(dtype if expected else None)


def test_full_weights_stay_full_while_they_fit(folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    info = describe(folders["sd"])
    free = round(4 * weighing.weigh(info).numbers / 0.9)
    monkeypatch.setattr(memory, "available", lambda device: free)
    assert TorchPainter()._make_room(info, weighing.weigh(info), None) == weighing.Manner()
