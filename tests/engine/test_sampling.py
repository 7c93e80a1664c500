"""What strength, masks and seeds mean, on tiny models."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sdstudio.engine import masking, pixels
from sdstudio.engine.failures import JobCancelledError
from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.sampling import run_job, sample
from sdstudio.engine.validation import Pixels
from sdstudio.errors import BadRequest, ModelProblem
from sdstudio.raster.geometry import Extent
from tests.engine.conftest import Listener, make_request

NOTHING = Pixels(None, None)


def paint(model: LoadedModel, given: Pixels = NOTHING, **changes: object) -> np.ndarray:
    return run_job(make_request(**changes), given, model, Listener()).pixels


def latents_of(model: LoadedModel, given: Pixels = NOTHING, **changes: object) -> torch.Tensor:
    with torch.inference_mode():
        return sample(make_request(**changes), given, model, Listener())[0]


def test_same_request_same_picture_and_another_seed_another_one(starter: LoadedModel) -> None:
    first = paint(starter, sampler="euler_a")
    assert np.array_equal(paint(starter, sampler="euler_a"), first)
    assert not np.array_equal(paint(starter, sampler="euler_a", seed=4), first)


@pytest.mark.parametrize("kind", ["sd", "starter", "inpaint"])
def test_full_strength_without_a_mask_is_text_to_image(
    request: pytest.FixtureRequest, photo: np.ndarray, kind: str
) -> None:
    model = request.getfixturevalue(kind)
    assert np.array_equal(paint(model, Pixels(photo, None), strength=1.0), paint(model))


def test_strength_decides_how_far_the_picture_leaves_its_source(starter: LoadedModel, photo: np.ndarray) -> None:
    with torch.inference_mode():
        original = pixels.encode(starter.vae, pixels.to_tensor(photo), None)
    distances = [
        (latents_of(starter, Pixels(photo, None), strength=strength, steps=20) - original).abs().mean().item()
        for strength in (0.05, 0.3, 0.6, 0.95)
    ]
    assert distances == sorted(distances)


def test_low_strength_still_runs_four_steps(starter: LoadedModel, photo: np.ndarray) -> None:
    listener = Listener()
    run_job(make_request(strength=0.05, steps=20), Pixels(photo, None), starter, listener)
    assert listener.steps == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("sampler", ["ddim", "dpmpp_2m", "euler_a"])
@pytest.mark.parametrize("strength", [0.6, 1.0])
def test_kept_latents_end_as_the_originals(
    starter: LoadedModel, photo: np.ndarray, sampler: str, strength: float
) -> None:
    mask = np.zeros((64, 64), np.uint8)
    mask[:, 32:] = 255
    with torch.inference_mode():
        original = pixels.encode(starter.vae, pixels.to_tensor(photo), None)
    latents = latents_of(starter, Pixels(photo, mask), sampler=sampler, strength=strength)
    assert torch.equal(latents[..., :8], original[..., :8])
    assert not torch.isclose(latents[..., 8:], original[..., 8:]).any()


@pytest.mark.parametrize("kind", ["sd", "starter", "inpaint"])
@pytest.mark.parametrize("strength", [0.4, 1.0])
def test_pixels_with_mask_zero_stay_as_they_were_sent(
    request: pytest.FixtureRequest, photo: np.ndarray, kind: str, strength: float
) -> None:
    mask = np.zeros((64, 64), np.uint8)
    mask[5:23, 7:40] = np.linspace(0, 255, 33).astype(np.uint8)  # soft, and across the edges of latent cells
    picture = paint(request.getfixturevalue(kind), Pixels(photo, mask), strength=strength)
    assert np.array_equal(picture[mask == 0], photo[mask == 0])
    assert not np.array_equal(picture[mask > 200], photo[mask > 200])


def test_a_soft_mask_lets_more_change_where_it_is_brighter(starter: LoadedModel, photo: np.ndarray) -> None:
    mask = np.zeros((64, 64), np.uint8)
    for column, value in enumerate((0, 80, 160, 255)):
        mask[:, 16 * column : 16 * column + 16] = value
    with torch.inference_mode():
        original = pixels.encode(starter.vae, pixels.to_tensor(photo), None)
    latents = latents_of(starter, Pixels(photo, mask), strength=1.0, steps=12, sampler="euler")
    change = (latents - original).abs().mean(dim=(0, 1, 2)).reshape(4, 4).mean(dim=1)
    assert change[0] == 0
    assert change.tolist() == sorted(change.tolist())


@pytest.mark.parametrize("value", [0, 1, 60, 128, 200, 254, 255])
def test_what_is_free_once_stays_free(value: int) -> None:
    mask = masking.shrink(np.full((8, 8), value, np.uint8), 8)
    free = [bool(masking.may_change(mask, step, 10)) for step in range(10)]
    assert free == sorted(free)
    assert free[0] == (value == 255)
    assert any(free) == (value >= 26)


def test_a_hard_edge_within_a_cell_becomes_a_soft_cell() -> None:
    mask = np.zeros((8, 16), np.uint8)
    mask[:, 4:] = 255
    assert masking.shrink(mask, 8).flatten().tolist() == [0.5, 1.0]


def test_sizes_other_than_square_work(starter: LoadedModel) -> None:
    assert paint(starter, extent=Extent(100, 36)).shape == (36, 100, 3)


def test_a_size_that_is_no_multiple_of_a_cell_is_refused(starter: LoadedModel) -> None:
    with pytest.raises(BadRequest, match="multiples of 4 pixels"):
        paint(starter, extent=Extent(66, 64))


def test_guidance_off_ignores_the_negative_prompt(starter: LoadedModel) -> None:
    assert np.array_equal(
        paint(starter, cfg_scale=1.0, negative_prompt="blue"), paint(starter, cfg_scale=1.0, negative_prompt="")
    )
    assert not np.array_equal(paint(starter, negative_prompt="blue"), paint(starter, negative_prompt=""))


def test_rescaled_guidance_tames_the_contrast(starter: LoadedModel) -> None:
    assert latents_of(starter, cfg_scale=60, cfg_rescale=1.0).std() < latents_of(starter, cfg_scale=60).std()


def test_a_cancelled_job_stops(starter: LoadedModel) -> None:
    listener = Listener(cancel_after=3)
    with pytest.raises(JobCancelledError):
        run_job(make_request(steps=20), NOTHING, starter, listener)
    assert listener.steps == [0, 1, 2]


def test_a_cancel_is_seen_between_two_layers(starter: LoadedModel) -> None:
    class Impatient(Listener):
        asked = 0

        def check_cancelled(self) -> None:
            self.asked += 1
            if self.asked == 5:
                raise JobCancelledError

    listener = Impatient()
    with pytest.raises(JobCancelledError):
        run_job(make_request(steps=20), NOTHING, starter, listener)
    assert listener.steps == [0]


def test_a_model_that_gives_nan_is_named(starter: LoadedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    forward = starter.unet.forward
    monkeypatch.setattr(starter.unet, "forward", lambda *args, **kwargs: (forward(*args, **kwargs)[0] * np.nan,))
    with pytest.raises(ModelProblem, match="NaN"):
        paint(starter)


def test_previews_approach_the_picture(starter: LoadedModel) -> None:
    listener = Listener(previews=True)
    with torch.inference_mode():
        latents, _ = sample(make_request(steps=8), NOTHING, starter, listener)
        finished = starter.previewer.render(latents)
    assert [picture.shape for picture in listener.pictures] == [(16, 16, 3)] * 8
    errors = [np.abs(picture.astype(int) - finished).mean() for picture in listener.pictures]
    assert errors[-1] == pytest.approx(0, abs=1)
    assert errors[-1] < errors[0]


def test_a_preview_shows_the_source_where_nothing_changes(starter: LoadedModel, photo: np.ndarray) -> None:
    mask = np.zeros((64, 64), np.uint8)
    mask[:, 32:] = 255
    listener = Listener(previews=True)
    run_job(make_request(strength=0.8), Pixels(photo, mask), starter, listener)
    first, last = listener.pictures[0], listener.pictures[-1]
    assert np.array_equal(first[:, :8], last[:, :8])
    assert not np.array_equal(first[:, 8:], last[:, 8:])


def test_a_listener_without_previews_gets_none_and_the_same_picture(starter: LoadedModel) -> None:
    silent, curious = Listener(previews=False), Listener(previews=True)
    first = run_job(make_request(), NOTHING, starter, silent).pixels
    assert np.array_equal(run_job(make_request(), NOTHING, starter, curious).pixels, first)
    assert not silent.pictures
