"""How a picture is made: one readable loop over diffusers' parts.

Same seed and settings give bit for bit what diffusers' StableDiffusion pipelines give (tests/engine/test_parity.py).
Must not know where models come from or who listens.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from sdstudio.engine import masking, noise, pixels, preview, schedulers
from sdstudio.engine.conditions import beside, read_pictures
from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.plan import Plan
from sdstudio.engine.relay import Relay
from sdstudio.engine.service import Picture, Report
from sdstudio.engine.validation import Pixels
from sdstudio.errors import BadRequest, ModelProblem
from sdstudio.protocol.request import GenerationRequest


@dataclass
class Canvas:
    """Where a job starts; tensors are (1, channels, height, width) in latent cells."""

    latents: torch.Tensor
    kept: masking.Kept | None  # set when some latents have to be put back after each step
    conditions: torch.Tensor | None  # further input channels: mask and masked picture, depth map, small picture


@torch.inference_mode()
def run_job(request: GenerationRequest, given: Pixels, model: LoadedModel, report: Report) -> Picture:
    """Make one picture. Raises StudioError, JobCancelledError, or what torch raises."""
    with model.watched(report.check_cancelled):
        latents, steps = sample(request, given, model, report)
        report.progress("decoding")
        picture = pixels.from_tensor(_decode(model, latents))
    if given.source is not None and given.mask is not None:
        picture = masking.keep_pixels(picture, given.source, given.mask)
    report.progress("decoding", fraction=1.0)
    return Picture(picture, steps_run=steps)


def sample(
    request: GenerationRequest, given: Pixels, model: LoadedModel, report: Report, until: int | None = None
) -> tuple[torch.Tensor, int]:
    """The finished latents and the number of steps run; unfinished ones when it ends after step `until`."""
    _check_size(request, model)
    report.progress("encoding")
    scheduler = schedulers.build(model.scheduler_config, request, model.info.family)
    strength = 1.0 if given.source is None and given.latents is None else request.strength
    plan = Plan(scheduler, request, strength, model.device)
    generator = noise.generator(request.seed)
    canvas = prepare(request, given, model, scheduler, plan, strength, generator)
    options = plan.step_options(request, generator)
    previewer = model.previewer if report.previews else None
    relay = Relay(request, given, model, plan, scheduler, canvas.conditions)
    model.steps.begin(request)

    report.progress("sampling", 0, plan.steps)
    latents, kept = canvas.latents, canvas.kept
    for index, timestep in enumerate(plan.timesteps):
        answer = relay.answer(latents, index, timestep)
        before = latents
        options |= plan.scaled_noise(request, latents, generator)
        latents = scheduler.step(answer, timestep, latents, return_dict=False, **options)[0]
        if kept is not None and not plan.is_between(index):
            free = masking.may_change(kept.mask, plan.step_of(index), plan.steps)
            latents = kept.put_back(latents, free, scheduler, plan.timestep_after(index))
        if (done := plan.steps_done(index)) > plan.steps_done(index - 1):
            _check_finite(latents, model)
            report.progress("sampling", done, plan.steps)
            predicted = preview.predict(
                plan, index, scheduler.config.prediction_type, before, answer[:, : before.shape[1]]
            )
            if kept is not None:
                predicted = kept.cover(predicted)
            model.steps.keep(request, done, predicted, preview.noise_beside(plan, index, predicted, before, latents))
            if previewer is not None:
                report.preview(done, plan.steps, previewer.render(predicted))
            if done == until:
                break
    return latents, plan.steps


def prepare(
    request: GenerationRequest,
    given: Pixels,
    model: LoadedModel,
    scheduler: Any,
    plan: Plan,
    strength: float,
    generator: torch.Generator,
) -> Canvas:
    """Encode the source and draw the noise, in the order in which diffusers does: the seed decides both."""
    shape = (1, model.latent_channels, request.extent.height // model.cell, request.extent.width // model.cell)
    source = None if given.source is None else pixels.to_tensor(given.source)
    mask = None if given.mask is None or model.info.inpaint else masking.shrink(given.mask, model.cell)
    pictures = read_pictures(request, given, model, generator)
    # At full strength without a mask the source does not count at all: the picture is text to image's.
    if source is not None and (strength < 1 or mask is not None):
        original = model.encode(source, generator, _wrapped(request)).to(model.dtype)
    else:
        original = given.latents
    drawn = noise.draw(shape, generator, model.device, model.dtype)
    if given.noise is not None:
        drawn = given.noise
    begin = original if given.latents is None else given.latents
    if begin is not None and strength < 1:
        latents = scheduler.add_noise(begin, drawn, plan.timesteps[:1])
    else:
        latents = drawn * scheduler.init_noise_sigma
    kept = None
    if original is not None and mask is not None:
        kept = masking.Kept(mask.to(model.device, model.dtype), original, drawn)
    if model.info.inpaint:
        return Canvas(latents, kept, _inpaint_conditions(given, source, shape, model, generator))
    if pictures is not None:
        return Canvas(latents, kept, pictures)
    return Canvas(latents, kept, beside(request, given, source, shape, model, generator))


def _wrapped(request: GenerationRequest) -> str:
    """In which directions the picture continues at its other side; a part of a larger one does not."""
    return "" if request.mode == "inpaint" else request.seamless


def _decode(model: LoadedModel, latents: torch.Tensor) -> torch.Tensor:
    """Latents to a picture (1, 3, h, w). Some autoencoders overflow in half precision: those go on in full."""
    model.tally.pixels_decoded += latents.shape[2] * latents.shape[3] * model.cell**2
    picture = model.economy.decode(model.vae, latents)
    if model.vae.dtype == torch.float16 and not torch.isfinite(picture).all():
        model.vae = model.vae.to(torch.float32)
        picture = model.economy.decode(model.vae, latents)
    _check_finite(picture, model)
    return picture


def _check_finite(values: torch.Tensor, model: LoadedModel) -> None:
    if not torch.isfinite(values).all():
        raise ModelProblem(
            f"The model “{model.info.title}” gave numbers that are not a picture (NaN). "
            "Its file is damaged, or it needs a higher precision than this device offers."
        )


def _inpaint_conditions(
    given: Pixels, source: torch.Tensor | None, shape: tuple[int, ...], model: LoadedModel, generator: torch.Generator
) -> torch.Tensor:
    """Mask and masked picture as inpainting models were trained with: hard mask, nearest; all free without one."""
    height, width = shape[2] * model.cell, shape[3] * model.cell
    if given.mask is None or source is None:
        mask = torch.ones(1, 1, height, width)
        masked = torch.zeros(1, 3, height, width)
    else:
        mask = torch.from_numpy(given.mask >= 128).float()[None, None]
        masked = source * (mask < 0.5)
    return model.with_hole(mask, model.encode(masked, generator).to(model.dtype))


def _check_size(request: GenerationRequest, model: LoadedModel) -> None:
    if request.extent.width % model.cell or request.extent.height % model.cell:
        raise BadRequest(f"The size is {request.extent}, but both sides must be multiples of {model.cell} pixels.")
