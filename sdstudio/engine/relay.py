"""Who answers at which noise level: the model itself, or the refiner that takes over from it for the lowest ones.

SDXL's two models were trained to share a picture like this ("ensemble of experts", arXiv:2307.01952, section 2.5). The
refiner sees the same prompts; control models and references belong to the model that has the first word.

Bit for bit what diffusers' two pipelines give, one after the other, for samplers that know only the present level
(tests/engine/test_relay.py). Samplers that remember earlier steps go on remembering here, where those begin anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import msgspec
import torch

from sdstudio.engine import schedulers
from sdstudio.engine.denoiser import Denoiser
from sdstudio.engine.guidance import Guidance
from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.plan import Plan
from sdstudio.engine.validation import Pixels
from sdstudio.errors import BadRequest
from sdstudio.models import extras
from sdstudio.protocol.messages import Generate
from sdstudio.protocol.request import GenerationRequest


class Relay:
    """One job's denoisers. Without a refiner there is one, and it always answers."""

    def __init__(
        self,
        request: GenerationRequest,
        given: Pixels,
        model: LoadedModel,
        plan: Plan,
        scheduler: Any,
        conditions: torch.Tensor | None,
    ) -> None:
        guidance = model.economy.attempt(partial(Guidance, request, model, plan.steps))
        self._own = Denoiser(request, given, model, plan, scheduler, guidance, conditions)
        self._refiner: Denoiser | None = None
        self._dtype = model.dtype
        self._take_over: Callable[[], None] | None = None
        self._switch = len(plan.timesteps)
        if request.refiner and model.refiner is not None:
            refiner = model.refiner.model
            _check_same_language(model, refiner, scheduler)
            request, given = msgspec.structs.replace(request, controls=()), replace(given, controls=())
            guidance = refiner.economy.attempt(partial(Guidance, request, refiner, plan.steps))
            self._refiner = Denoiser(request, given, refiner, plan, scheduler, guidance, None)
            self._dtype, self._take_over = refiner.dtype, model.refiner.take_over
            self._switch = plan.calls_before(request.refiner_switch)
            model.refiner.give_back()

    def answer(self, latents: torch.Tensor, index: int, timestep: torch.Tensor) -> torch.Tensor:
        """`Denoiser.answer` of the one whose noise level this is."""
        if self._refiner is None or index < self._switch:
            return self._own.answer(latents, index, timestep)
        if self._take_over is not None:
            self._take_over()
            self._take_over = None
        return self._refiner.answer(latents.to(self._dtype), index, timestep).to(latents.dtype)


def refiners_part(message: Generate) -> Generate:
    """What the refiner of a job wears: the job's LoRAs and hypernetworks, as far as they were made for it, too."""
    refiner, request = message.model.refiner, message.request
    assert refiner is not None, "asked only for jobs with a refiner"
    fitting = {(extra.kind, extra.id) for extra in message.extras if extras.fits(extra, refiner)}
    own = msgspec.structs.replace(
        request,
        model=refiner.id,
        controls=(),
        vae="",
        loras=tuple(use for use in request.loras if ("lora", use.name) in fitting),
        hypernetworks=tuple(use for use in request.hypernetworks if ("hypernetwork", use.name) in fitting),
        freeu=request.freeu and refiner.family == message.model.family,
    )
    return msgspec.structs.replace(message, request=own, model=refiner)


def share_of_refiner(request: GenerationRequest, model: LoadedModel, strength: float) -> float:
    """The part of the job's calls of a network that the refiner answers, 0..1."""
    plan = Plan(schedulers.build(model.scheduler_config, request, model.info.family), request, strength, model.device)
    return 1 - plan.calls_before(request.refiner_switch) / len(plan.timesteps)


def _check_same_language(model: LoadedModel, refiner: LoadedModel, scheduler: Any) -> None:
    """Raise BadRequest when the latents or the answers of the two do not mean the same."""
    lead = f"“{refiner.info.title}” cannot refine what “{model.info.title}” begins"
    if (refiner.latent_channels, refiner.cell) != (model.latent_channels, model.cell):
        raise BadRequest(f"{lead}: their latents differ. Choose another refiner, or none.")
    if refiner.scheduler_config.get("prediction_type", "epsilon") != scheduler.config.prediction_type:
        raise BadRequest(
            f"{lead}: one of them predicts the noise and the other does not. Choose another refiner, or none."
        )
