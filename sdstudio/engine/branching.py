"""Jobs that begin at a step of another: finds that step, or makes the other job again up to it."""

from __future__ import annotations

from dataclasses import replace

import torch

from sdstudio.engine import sampling
from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.service import Report
from sdstudio.engine.step_shelf import Step
from sdstudio.engine.validation import Pixels
from sdstudio.errors import BadRequest
from sdstudio.protocol.request import Branch, GenerationRequest


def begun(request: GenerationRequest, given: Pixels, model: LoadedModel, report: Report) -> Pixels:
    """What `request` begins from: `given`, with the step's latents and noise when it branches from another job.

    Raises BadRequest when the other job does not have that step, or is of another size.
    """
    branch = request.branch
    if branch is None:
        return given
    if branch.parent.extent != request.extent:
        raise BadRequest(
            f"The picture to branch from has {branch.parent.extent} pixels and the new one {request.extent}; "
            "both must have the same size."
        )
    step = model.steps.find(branch.parent, branch.step) or _made_again(branch, given, model, report)
    latents = step.picture.to(model.device, model.dtype)
    return replace(given, latents=latents, noise=None if branch.fresh_noise else step.noise.to(latents))


def _made_again(branch: Branch, given: Pixels, model: LoadedModel, report: Report) -> Step:
    parent = branch.parent
    with model.watched(report.check_cancelled), torch.inference_mode():
        sampling.sample(parent, begun(parent, given, model, report), model, report, until=branch.step)
    step = model.steps.find(parent, branch.step)
    if step is None:
        raise BadRequest(f"The picture to branch from has no step {branch.step}.")
    return step
