"""The window's plot shows the levels that the engine's schedulers visit."""

from __future__ import annotations

import msgspec
import pytest
import torch

from sdstudio.engine import schedulers
from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.plan import Plan
from sdstudio.generation.noise_levels import curve
from sdstudio.generation.parameters import Parameters
from sdstudio.protocol.samplers import BETAS, SCHEDULES
from tests.engine.conftest import make_request


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("betas", BETAS)
@pytest.mark.parametrize("kind", ["sd", "starter"])
@pytest.mark.parametrize(("steps", "strength"), [(10, 1.0), (23, 0.6), (20, 0.1)])
def test_the_plot_is_what_is_done(
    request: pytest.FixtureRequest, kind: str, schedule: str, betas: str, steps: int, strength: float
) -> None:
    model: LoadedModel = request.getfixturevalue(kind)
    wishes = {"sampler": "euler", "schedule": schedule, "betas": betas, "steps": steps, "strength": strength}
    scheduler = schedulers.build(model.scheduler_config, make_request(**wishes), model.info.family)
    plan = Plan(scheduler, make_request(**wishes), strength, torch.device("cpu"))
    shown = curve(msgspec.structs.replace(Parameters(), **wishes), model.info)
    assert shown.sigmas == pytest.approx(scheduler.sigmas.tolist(), rel=2e-3, abs=1e-3)
    assert len(shown.sigmas) - 1 - shown.start == plan.steps
