"""The plot in the window shows the levels that the engine's scheduler visits."""

from __future__ import annotations

import json

import pytest
import torch

from sdstudio import paths
from sdstudio.engine.schedulers import build
from sdstudio.generation.noise_levels import curve
from sdstudio.generation.parameters import Parameters
from sdstudio.models.info import ModelInfo, SamplingDefaults
from sdstudio.raster.geometry import Extent
from tests.engine.conftest import make_request

STEPS = 8


@pytest.mark.parametrize("schedule", ["normal", "karras", "exponential", "beta"])
@pytest.mark.parametrize("name", ["sd3", "flux", "schnell", "qwen_image", "z_image"])
def test_the_plot_is_what_is_done(name: str, schedule: str) -> None:
    family = "flux" if name == "schnell" else name
    path = paths.resources() / "families" / family / "scheduler" / "scheduler_config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    if name == "schnell":
        config |= {"use_dynamic_shifting": False, "shift": 1.0}
    best = SamplingDefaults(cfg_scale=1.0 if name == "schnell" else 3.5)
    model = ModelInfo(id="a", title="A", path="nowhere", family=family, prediction="flow", defaults=best)
    scheduler = build(config, make_request(sampler="euler", schedule=schedule, extent=Extent(512, 512)), family)
    scheduler.set_timesteps(STEPS)
    shown = curve(Parameters(steps=STEPS, sampler="euler", schedule=schedule, native_size=512), model).sigmas
    levels = torch.tensor([sigma / (1 + sigma) for sigma in shown])
    assert torch.allclose(levels, scheduler.sigmas.clamp(max=0.999), atol=1e-6)


@pytest.mark.parametrize("name", ["sd3", "flux", "qwen_image", "z_image"])
def test_a_single_step_goes_all_the_way(name: str) -> None:
    path = paths.resources() / "families" / name / "scheduler" / "scheduler_config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    scheduler = build(config, make_request(sampler="euler", extent=Extent(512, 512)), name)
    scheduler.set_timesteps(1)
    assert scheduler.sigmas.tolist() == [pytest.approx(1.0, abs=1e-3), 0.0]
    shown = curve(Parameters(steps=1, sampler="euler", native_size=512), ModelInfo(
        id="a", title="A", path="nowhere", family=name, prediction="flow")).sigmas  # fmt: skip
    assert all(sigma == sigma for sigma in shown)
