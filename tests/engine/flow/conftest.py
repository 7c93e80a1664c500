"""Tiny models of the transformer families, written once; no test here may use the network."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from sdstudio.engine.loaded import LoadedModel
from tests.engine.conftest import load
from tests.helpers.flow_models import write_flow_model

FAMILIES = ("sd3", "flux", "qwen_image", "z_image")


@pytest.fixture(scope="session")
def flow_folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """By family; "schnell" is Flux without guidance, "medium" is SD 3.5 with a second attention."""
    root = tmp_path_factory.mktemp("flow")
    folders = {family: write_flow_model(root / family, family) for family in FAMILIES}
    folders["schnell"] = write_flow_model(root / "schnell", "flux", guided=False)
    folders["medium"] = write_flow_model(root / "medium", "sd3", dual=True)
    folders["no_t5"] = write_flow_model(root / "no_t5", "sd3", t5=False)
    return folders


@pytest.fixture(scope="session")
def flow_model(flow_folders: dict[str, Path]) -> Callable[[str], LoadedModel]:
    """The loaded model of that name; loaded once."""
    loaded: dict[str, LoadedModel] = {}

    def get(name: str) -> LoadedModel:
        if name not in loaded:
            loaded[name] = load(flow_folders[name])
        return loaded[name]

    return get


@pytest.fixture
def hard_mask() -> np.ndarray:
    mask = np.zeros((64, 64), np.uint8)
    mask[16:48, 16:48] = 255
    return mask
