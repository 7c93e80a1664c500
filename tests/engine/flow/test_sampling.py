"""How the transformer families behave in the sampling loop, beyond what diffusers' pipelines can do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from sdstudio.engine import hires, validation
from sdstudio.engine.branching import begun
from sdstudio.engine.failures import JobCancelledError
from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.sampling import run_job, sample
from sdstudio.engine.validation import Pixels
from sdstudio.errors import BadRequest
from sdstudio.protocol.inputs import check_inputs
from sdstudio.protocol.request import REFERENCE, Branch, ControlUse
from sdstudio.protocol.samplers import FLOW_SAMPLERS
from sdstudio.raster.geometry import Extent
from tests.engine.conftest import Listener, make_request

Get = Callable[[str], LoadedModel]
NOTHING = Pixels(None, None)
families = pytest.mark.parametrize("family", ["sd3", "flux", "qwen_image", "z_image"])


def request(**changes: Any) -> Any:
    return make_request(**({"sampler": "euler", "cfg_scale": 3.0, "steps": 4} | changes))


def latents(model: LoadedModel, given: Pixels = NOTHING, **changes: Any) -> torch.Tensor:
    with torch.inference_mode():
        return sample(request(**changes), given, model, Listener())[0]


@families
def test_the_same_request_gives_the_same_bytes_whatever_came_between(flow_model: Get, family: str) -> None:
    model = flow_model(family)
    first = latents(model)
    latents(model, seed=5, prompt="(blue:1.4) [sea:sky:0.5]", sampler="dpmpp_2m")
    assert torch.equal(latents(model), first)


@families
def test_words_their_weights_and_their_schedule_count(flow_model: Get, family: str) -> None:
    model = flow_model(family)
    made = [latents(model, prompt=prompt) for prompt in ("a red apple", "a (red:1.5) apple", "a [red:big:0.5] apple")]
    assert not torch.equal(made[0], made[1])
    assert not torch.equal(made[0], made[2])


@pytest.fixture(scope="module")
def near(flow_model: Get) -> torch.Tensor:
    """Where very small steps lead."""
    return latents(flow_model("flux"), steps=100, cfg_scale=1.0)


@pytest.mark.parametrize("sampler", FLOW_SAMPLERS)
def test_every_sampler_on_offer_goes_where_euler_goes(flow_model: Get, near: torch.Tensor, sampler: str) -> None:
    """With many steps all solve the same equation; those that draw noise on the way end elsewhere."""
    made = latents(flow_model("flux"), sampler=sampler, steps=30, cfg_scale=1.0)
    if sampler in ("lcm", "dpmpp_2m_sde"):
        assert torch.isfinite(made).all()
    else:
        assert (made - near).norm() < 0.05 * near.norm()


def test_a_picture_refined_with_every_sampler_stays_near_it(flow_model: Get, photo: np.ndarray) -> None:
    model = flow_model("sd3")
    with torch.inference_mode():
        source = model.encode(torch.from_numpy(photo / 127.5 - 1).float().permute(2, 0, 1)[None].contiguous(), None)
    for sampler in FLOW_SAMPLERS:
        little = latents(model, Pixels(photo, None), sampler=sampler, steps=10, strength=0.4)
        much = latents(model, Pixels(photo, None), sampler=sampler, steps=10, strength=0.9)
        assert (little - source).norm() < (much - source).norm()


@families
def test_the_start_is_where_the_strength_points(flow_model: Get, photo: np.ndarray, family: str) -> None:
    """Exactly so when asked for; else at the next whole step. What begins further down stays nearer to its source."""
    model = flow_model(family)
    plain = latents(model, Pixels(photo, None), strength=0.63, steps=20, cfg_scale=1.0)
    exact = latents(model, Pixels(photo, None), strength=0.63, steps=20, cfg_scale=1.0, exact_strength=True)
    assert not torch.equal(plain, exact)
    nowhere = Pixels(photo, np.zeros((64, 64), np.uint8))
    source = latents(model, nowhere, mode="inpaint", strength=0.5, steps=2, cfg_scale=1.0)
    brief = {"steps": 6, "cfg_scale": 1.0, "exact_strength": True}
    away = [
        float((latents(model, Pixels(photo, None), strength=strength, **brief) - source).norm())
        for strength in (0.05, 0.35, 0.65, 0.95)
    ]
    assert away == sorted(away)


@families
@pytest.mark.parametrize("strength", [0.5, 1.0])
def test_a_hard_mask_changes_what_it_covers_and_nothing_else(
    flow_model: Get, photo: np.ndarray, hard_mask: np.ndarray, family: str, strength: float
) -> None:
    job = request(mode="inpaint", strength=strength)
    made = run_job(job, Pixels(photo, hard_mask), flow_model(family), Listener()).pixels
    assert np.array_equal(made[hard_mask == 0], photo[hard_mask == 0])
    assert (made[hard_mask > 0] != photo[hard_mask > 0]).any(axis=-1).mean() > 0.9


@families
def test_grey_of_the_mask_is_strength(flow_model: Get, photo: np.ndarray, family: str) -> None:
    """Differential diffusion: half grey is free for the second half of the way only, and ends nearer to the source."""
    model = flow_model(family)
    kept, *changed = (
        latents(model, Pixels(photo, np.full((64, 64), grey, np.uint8)), mode="inpaint", steps=8, cfg_scale=1.0)
        for grey in (0, 64, 128, 255)
    )
    away = [float((made - kept).norm()) for made in changed]
    assert 0 < away[0] < away[1] < away[2]


@families
def test_a_soft_mask_keeps_what_it_does_not_cover(flow_model: Get, photo: np.ndarray, family: str) -> None:
    model = flow_model(family)
    mask = np.zeros((64, 64), np.uint8)
    mask[:, 32:] = np.linspace(8, 255, 32).astype(np.uint8)
    made = run_job(request(mode="inpaint"), Pixels(photo, mask), model, Listener(previews=True))
    assert np.array_equal(made.pixels[:, :32], photo[:, :32])
    assert not np.array_equal(made.pixels[:, 48:], photo[:, 48:])


@families
def test_previews_come_at_every_step_and_the_last_is_the_picture(flow_model: Get, family: str) -> None:
    model, listener = flow_model(family), Listener(previews=True)
    with torch.inference_mode():
        made, steps = sample(request(), NOTHING, model, listener)
    assert len(listener.pictures) == steps == 4
    assert np.array_equal(listener.pictures[-1], model.previewer.render(made))


@families
def test_a_cancelled_job_leaves_within_a_step(flow_model: Get, family: str) -> None:
    model, listener = flow_model(family), Listener(cancel_after=2)
    with pytest.raises(JobCancelledError):
        run_job(request(), NOTHING, model, listener)
    assert len(listener.steps) == 2


def test_a_branch_from_a_kept_step_goes_on_as_the_parent_did(flow_model: Get) -> None:
    model = flow_model("sd3")
    parent = request(steps=6)
    with torch.inference_mode():
        whole = sample(parent, NOTHING, model, Listener())[0]
    child = request(steps=6, strength=0.5, branch=Branch(parent=parent, step=3))
    with torch.inference_mode():
        made = sample(child, begun(child, NOTHING, model, Listener()), model, Listener())[0]
    assert made.shape == whole.shape
    assert torch.isfinite(made).all()


def test_the_second_pass_works_in_whole_patches(flow_model: Get) -> None:
    made = hires.run(request(extent=Extent(80, 64), hires=1.5), NOTHING, flow_model("flux"), Listener())
    assert made.pixels.shape == (64, 80, 3)


REFUSED = {
    "ddim": ({"sampler": "ddim"}, "cannot be sampled with DDIM. Choose one of Euler"),
    "betas": ({"betas": "linear"}, "was not trained with betas"),
    "prediction": ({"prediction": "epsilon"}, "predicts a flow"),
    "freeu": ({"freeu": True}, "switch FreeU off"),
    "tiling": ({"seamless": "x"}, "switch tiling off"),
    "ays": ({"schedule": "ays"}, "Align Your Steps"),
    "clip": ({"clip_skip": 2}, "reads no layers of CLIP"),
    "size": ({"extent": Extent(72, 64)}, "multiples of 16"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_apply_is_said_before_anything_is_loaded(flow_model: Get, case: str) -> None:
    changes, words = REFUSED[case]
    with pytest.raises(BadRequest, match=words):
        validation.check_request(request(**changes), flow_model("flux").info)


def test_a_reference_without_a_model_is_refused_with_a_sentence(flow_model: Get) -> None:
    with pytest.raises(BadRequest, match="works in a UNet, and “flux” has none"):
        check_inputs([ControlUse(model=REFERENCE)], flow_model("flux").info)
