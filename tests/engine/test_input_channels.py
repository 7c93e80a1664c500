"""What a model is said to read is what its network reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.conftest import load
from tests.helpers import tiny_models, tiny_stages


@pytest.mark.parametrize("kind", ["plain", "inpaint", "depth", "stage one", "stage two", "upscaler"])
def test_all_of_the_networks_channels_are_counted(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "model"
    if kind == "upscaler":
        tiny_stages.write_upscaler(folder)
    elif kind.startswith("stage"):
        tiny_stages.write_stage(folder, second=kind == "stage two")
    else:
        tiny_models.write_model(folder, inpaint=kind == "inpaint", depth=kind == "depth")
    model = load(folder)
    assert model.input_channels == model.unet.config.in_channels
