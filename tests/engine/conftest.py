"""Tiny models, written once for all tests of the engine, and ways to run a job without a process."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest
import torch

from sdstudio import paths
from sdstudio.engine import loading
from sdstudio.engine.failures import JobCancelledError
from sdstudio.engine.loaded import LoadedModel
from sdstudio.models.library import describe
from sdstudio.protocol.request import GenerationRequest
from sdstudio.raster.geometry import Extent
from tests.helpers import tiny_models

CPU = torch.device("cpu")
torch.set_num_threads(1)  # for networks this small the threads would spend their time waiting for each other


@dataclass
class Listener:
    """Stands for the Report of a running job; cancels after a number of steps when asked to."""

    previews: bool = False
    cancel_after: int | None = None
    steps: list[int] = field(default_factory=list)
    stages: list[str] = field(default_factory=list)
    pictures: list[np.ndarray] = field(default_factory=list)

    def check_cancelled(self) -> None:
        if self.cancel_after is not None and len(self.steps) >= self.cancel_after:
            raise JobCancelledError

    def progress(self, stage: str, step: int = 0, steps: int = 0, fraction: float | None = None) -> None:
        self.stages.append(stage)
        if stage == "sampling":
            self.steps.append(step)

    def preview(self, step: int, steps: int, pixels: np.ndarray) -> None:
        self.pictures.append(pixels)


class Everything(Listener):
    """Hears whatever else a painter says."""

    def __getattr__(self, name: str) -> Any:
        return lambda *_told, **_more: None


def load(folder: Path) -> LoadedModel:
    return loading.load(describe(folder), CPU, lambda done: None)


@pytest.fixture(scope="module", autouse=True)
def offline() -> Iterator[None]:
    """No test of the engine, and no model that one loads for itself, gets to the network."""

    def refuse(*_where: Any) -> NoReturn:
        raise AssertionError("something wants to use the network")

    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex", "sendto"):
            patch.setattr(socket.socket, name, refuse)
        patch.setattr(socket, "getaddrinfo", refuse)
        yield


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The tiny models by name: sd (KL, epsilon), inpaint (9 channels), xl (two text
    encoders), starter (as the one in the box is built)."""
    root = tmp_path_factory.mktemp("models")
    return {
        "sd": tiny_models.write_model(root / "sd"),
        "inpaint": tiny_models.write_model(root / "inpaint", inpaint=True),
        "xl": tiny_models.write_model(root / "xl", xl=True),
        "starter": tiny_models.write_model(
            root / "starter",
            tiny_autoencoder=True,
            latent_channels=8,
            length=32,
            scheduler=tiny_models.ZERO_SNR_V,
        ),
    }


@pytest.fixture(scope="session")
def sd(folders: dict[str, Path]) -> LoadedModel:
    return load(folders["sd"])


@pytest.fixture(scope="session")
def inpaint(folders: dict[str, Path]) -> LoadedModel:
    return load(folders["inpaint"])


@pytest.fixture(scope="session")
def xl(folders: dict[str, Path]) -> LoadedModel:
    return load(folders["xl"])


@pytest.fixture(scope="session")
def starter(folders: dict[str, Path]) -> LoadedModel:
    return load(folders["starter"])


@pytest.fixture(scope="session")
def v_model(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    """With v-prediction, and betas that leave a little of the picture at the last noise level."""
    scheduler = tiny_models.EPSILON | {"prediction_type": "v_prediction"}
    return load(tiny_models.write_model(tmp_path_factory.mktemp("v") / "v", scheduler=scheduler))


@pytest.fixture(scope="session")
def photo() -> np.ndarray:
    """A 64 x 64 picture with something in every corner."""
    down, across = np.mgrid[0:64, 0:64]
    return np.stack([across * 4, down * 4, (across + down) * 2], axis=-1).astype(np.uint8)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One tiny model of each family, as a folder."""
    root = tmp_path_factory.mktemp("families")
    return {
        "sd1": tiny_models.write_model(root / "sd1"),
        "sd2": tiny_models.write_model(root / "sd2"),
        "sdxl": tiny_models.write_model(root / "sdxl", xl=True),
        "sdxl_refiner": tiny_models.write_model(root / "sdxl_refiner", refiner=True),
    }


@pytest.fixture
def shrunk(tiny: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Resources in which the families are as small as the tiny models."""
    for family, folder in tiny.items():
        shutil.copytree(folder, tmp_path / "families" / family, ignore=shutil.ignore_patterns("*.safetensors"))
    shutil.copytree(tiny["sd1"] / "tokenizer", tmp_path / "families" / "tokenizer")
    monkeypatch.setattr(paths, "resources", lambda: tmp_path)


def make_request(**changes: object) -> GenerationRequest:
    values: dict[str, object] = {
        "mode": "text_to_image",
        "prompt": "a red apple",
        "negative_prompt": "blue",
        "model": "sd",
        "extent": Extent(64, 64),
        "steps": 6,
        "cfg_scale": 7.0,
        "sampler": "ddim",
        "seed": 1234,
    }
    return GenerationRequest(**(values | changes))
