"""Every sampler with every schedule that it offers: both kinds of models, every kind of job, the same for one seed."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.sampling import run_job, sample
from sdstudio.engine.validation import Pixels
from sdstudio.protocol.samplers import BETAS, ETA, NOISE_SCALE, SAMPLERS, schedules_for
from sdstudio.raster.geometry import Extent
from tests.engine.conftest import Listener, make_request

TABLE = [(sampler, schedule) for sampler in SAMPLERS for schedule in schedules_for(sampler)]
SIZE = Extent(32, 32)
KINDS, JOBS = ("sd", "starter"), ("text_to_image", "image_to_image", "inpaint")
# Every kind of job with every sampler; with its other schedules the jobs take turns, another for each kind of model.
CASES = [
    (kind, sampler, schedule, job)
    for number, (sampler, schedule) in enumerate(TABLE)
    for turn, kind in enumerate(KINDS, number)
    for job in (JOBS if schedule == "normal" else (JOBS[turn % 3],))
]


def latents_of(model: LoadedModel, given: Pixels = Pixels(None, None), **changes: object) -> torch.Tensor:  # noqa: B008
    request = make_request(**({"extent": SIZE, "steps": 5} | changes))
    with torch.inference_mode():
        return sample(request, given, model, Listener(previews=True))[0]


@pytest.mark.parametrize(("kind", "sampler", "schedule", "job"), CASES)
def test_the_whole_table(
    request: pytest.FixtureRequest, photo: np.ndarray, kind: str, sampler: str, schedule: str, job: str
) -> None:
    model: LoadedModel = request.getfixturevalue(kind)
    source = np.ascontiguousarray(photo[:32, :32])
    mask = np.zeros((32, 32), np.uint8)
    mask[:, 16:] = np.linspace(0, 255, 16).astype(np.uint8)
    given = {
        "text_to_image": Pixels(None, None),
        "image_to_image": Pixels(source, None),
        "inpaint": Pixels(source, mask),
    }[job]
    strength = 1.0 if job == "text_to_image" else 0.8
    wishes = {"sampler": sampler, "schedule": schedule, "strength": strength, "mode": job}
    listener = Listener(previews=True)
    picture = run_job(make_request(extent=SIZE, steps=5, **wishes), given, model, listener).pixels
    steps = 5 if job == "text_to_image" else 4
    assert listener.steps == list(range(steps + 1))
    assert len(listener.pictures) == steps
    if schedule != "normal":  # whether a seed decides depends on the sampler alone
        return
    again = run_job(make_request(extent=SIZE, steps=5, **wishes), given, model, Listener()).pixels
    assert np.array_equal(again, picture)
    if job == "inpaint":
        assert np.array_equal(picture[mask == 0], source[mask == 0])


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_schedules_of_a_sampler_differ(sd: LoadedModel, sampler: str) -> None:
    made = [latents_of(sd, sampler=sampler, schedule=schedule) for schedule in schedules_for(sampler)]
    for number, latents in enumerate(made):
        assert not any(torch.equal(latents, other) for other in made[:number])


SPREAD = 0.7  # of the pictures that the ideal denoiser knows: independent Gaussian numbers


@pytest.fixture
def ideal(sd: LoadedModel, monkeypatch: pytest.MonkeyPatch) -> LoadedModel:
    """A model that knows exactly what there is to know about its pictures, so that the result is known as well."""
    betas = torch.linspace(0.00085**0.5, 0.012**0.5, 1000, dtype=torch.float64) ** 2
    kept = torch.cumprod(1 - betas, dim=0)
    log_ratios = np.log(((1 - kept) / kept).sqrt().numpy())

    def forward(sample: torch.Tensor, timestep: torch.Tensor, **options: object) -> tuple[torch.Tensor]:
        ratio = float(np.exp(np.interp(float(timestep), np.arange(1000), log_ratios)))
        alpha = (1 + ratio**2) ** -0.5
        sigma = ratio * alpha
        return (sample * sigma / (alpha**2 * SPREAD**2 + sigma**2),)

    monkeypatch.setattr(sd.unet, "forward", forward)
    return sd


@pytest.mark.parametrize(("sampler", "schedule"), [pair for pair in TABLE if pair[0] not in ("lcm", "tcd")])
def test_an_ideal_model_gives_pictures_of_the_right_spread(ideal: LoadedModel, sampler: str, schedule: str) -> None:
    """Deterministic or not: too much or too little noise anywhere, or levels that do not fit, would show here."""
    latents = latents_of(ideal, sampler=sampler, schedule=schedule, steps=200, cfg_scale=1.0, extent=Extent(256, 256))
    assert latents.std().item() == pytest.approx(SPREAD, rel=0.08)


@pytest.mark.parametrize("sampler", ETA)
def test_eta_decides_how_much_new_noise_comes_in(sd: LoadedModel, sampler: str) -> None:
    unasked, least, most = (latents_of(sd, sampler=sampler, eta=eta) for eta in (None, 0.0, 1.0))
    assert not torch.equal(least, most)
    assert torch.allclose(latents_of(sd, sampler=sampler, eta=ETA[sampler]), unasked, atol=1e-5)


@pytest.mark.parametrize("sampler", sorted(NOISE_SCALE))
def test_the_noise_scale_counts(sd: LoadedModel, sampler: str) -> None:
    plain, more = (latents_of(sd, sampler=sampler, s_noise=scale) for scale in (1.0, 1.1))
    nearly = latents_of(sd, sampler=sampler, s_noise=1.0 + 1e-6)
    assert torch.allclose(plain, nearly, atol=1e-3)
    assert not torch.allclose(plain, more, atol=1e-3)


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("betas", [name for name in BETAS if name != "model"])
def test_other_betas(sd: LoadedModel, sampler: str, betas: str) -> None:
    latents = latents_of(sd, sampler=sampler, betas=betas)
    assert torch.isfinite(latents).all()
    assert torch.equal(latents, latents_of(sd, sampler=sampler)) == (betas == "scaled_linear")


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_what_a_file_does_not_tell_a_person_can(sd: LoadedModel, v_model: LoadedModel, sampler: str) -> None:
    """Both have the same weights; told to predict the same, they paint the same."""
    plain, told = latents_of(v_model, sampler=sampler), latents_of(sd, sampler=sampler, prediction="v_prediction")
    assert not torch.equal(latents_of(sd, sampler=sampler), plain)
    assert torch.equal(told, plain)
    assert torch.equal(latents_of(v_model, sampler=sampler, prediction="epsilon"), latents_of(sd, sampler=sampler))


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_zero_terminal_snr_can_be_enforced(v_model: LoadedModel, sampler: str) -> None:
    plain, enforced = (latents_of(v_model, sampler=sampler, zero_snr=zero) for zero in (False, True))
    assert torch.isfinite(enforced).all()
    assert not torch.equal(plain, enforced)


def test_an_exact_start_lies_between_whole_steps(sd: LoadedModel, photo: np.ndarray) -> None:
    source = Pixels(np.ascontiguousarray(photo[:32, :32]), None)
    wishes = {"steps": 20, "sampler": "ddim", "mode": "image_to_image"}
    rough = [latents_of(sd, source, strength=strength, **wishes) for strength in (0.61, 0.63)]
    exact = [latents_of(sd, source, strength=strength, exact_strength=True, **wishes) for strength in (0.61, 0.63)]
    assert torch.equal(*rough)
    assert not torch.equal(*exact)
    whole = [latents_of(sd, source, strength=0.6, exact_strength=exact, **wishes) for exact in (False, True)]
    assert torch.equal(*whole)
