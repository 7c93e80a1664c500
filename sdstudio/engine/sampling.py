"""How a picture is made: one readable loop over diffusers' parts.

Same seed and settings give bit for bit what diffusers' StableDiffusion pipelines give (tests/engine/test_parity.py).
Must not know where models come from or who listens.
"""

from __future__ import annotations

import torch

from sdstudio.engine import masking, noise, pixels, preview, schedulers
from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.plan import Plan
from sdstudio.engine.relay import Relay
from sdstudio.engine.service import Picture, Report
from sdstudio.engine.start import prepare
from sdstudio.engine.validation import Pixels
from sdstudio.errors import BadRequest, ModelProblem
from sdstudio.protocol.request import GenerationRequest


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
    start = prepare(request, given, model, scheduler, plan, strength, generator)
    relay = Relay(request, given, model, plan, scheduler, start.conditions)
    options = plan.step_options(request, generator)
    previewer = model.previewer if report.previews else None
    model.steps.begin(request)

    report.progress("sampling", 0, plan.steps)
    latents, kept = start.latents, start.kept
    for index, timestep in enumerate(plan.timesteps):
        answer = relay.answer(latents, index, timestep)
        options |= plan.scaled_noise(request, latents, generator)
        before, latents = latents, scheduler.step(answer, timestep, latents, return_dict=False, **options)[0]
        if kept is not None and not plan.is_between(index):
            free = masking.may_change(kept.mask, plan.step_of(index), plan.steps)
            latents = kept.put_back(latents, free, scheduler, plan.timestep_after(index))

        done = plan.steps_done(index)
        if done == plan.steps_done(index - 1):
            continue  # in the middle of a step that asks the network twice
        _check_finite(latents, model)
        report.progress("sampling", done, plan.steps)
        said = answer[:, : before.shape[1]]  # without the variance that some networks add
        predicted = preview.predict(plan, index, scheduler.config.prediction_type, before, said)
        if kept is not None:
            predicted = kept.cover(predicted)
        model.steps.keep(request, done, predicted, preview.noise_beside(plan, index, predicted, before, latents))
        if previewer is not None:
            report.preview(done, plan.steps, previewer.render(predicted))
        if done == until:
            break
    return latents, plan.steps


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


def _check_size(request: GenerationRequest, model: LoadedModel) -> None:
    if request.extent.width % model.cell or request.extent.height % model.cell:
        raise BadRequest(f"The size is {request.extent}, but both sides must be multiples of {model.cell} pixels.")
