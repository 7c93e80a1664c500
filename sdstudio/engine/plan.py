"""Which noise levels a job visits, in which order, and what they mean for the latents at each of them."""

from __future__ import annotations

import inspect
from typing import Any

import torch
from diffusers import (
    EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler,
    HeunDiscreteScheduler,
    KDPM2AncestralDiscreteScheduler,
    KDPM2DiscreteScheduler,
    LMSDiscreteScheduler,
)

from sdstudio.engine.ancestral import BrownianSDE, noise_like
from sdstudio.errors import BadRequest
from sdstudio.protocol.request import GenerationRequest
from sdstudio.protocol.steps import schedule_length, steps_to_run

_VARIANCE_EXPLODING = (
    EulerDiscreteScheduler,
    EulerAncestralDiscreteScheduler,
    HeunDiscreteScheduler,
    LMSDiscreteScheduler,
    KDPM2DiscreteScheduler,
    KDPM2AncestralDiscreteScheduler,
    BrownianSDE,
)
_WITH_MIDDLES = (KDPM2DiscreteScheduler, KDPM2AncestralDiscreteScheduler, BrownianSDE)


class Plan:
    """The last part of the scheduler's own list of noise levels, as long as the strength says."""

    def __init__(self, scheduler: Any, request: GenerationRequest, strength: float, device: torch.device) -> None:
        train_steps: int = scheduler.config.num_train_timesteps
        self._train_steps = train_steps
        steps, exact = request.steps, request.exact_strength
        if steps > train_steps:
            raise BadRequest(f"This model knows {train_steps} noise levels, so it can run {train_steps} steps at most.")
        length = schedule_length(steps, strength, train_steps=train_steps, exact=exact)
        self.steps = steps_to_run(steps, strength, train_steps=train_steps, exact=exact)
        self._scheduler = scheduler
        options = {}
        if length > scheduler.config.get("original_inference_steps", length):  # LCM's own schedule may be refined
            options["original_inference_steps"] = length
        scheduler.set_timesteps(length, device=device, **options)
        self._order: int = scheduler.order  # network calls per step: 2 for Heun
        self._begin = (length - self.steps) * self._order
        if hasattr(scheduler, "set_begin_index"):
            scheduler.set_begin_index(self._begin)
        self.timesteps: torch.Tensor = scheduler.timesteps[self._begin :]
        # PLMS looks at its second level twice, and not at all when it begins further on.
        self._calls_more = max(0, len(self.timesteps) - self.steps * self._order)

    def step_options(self, request: GenerationRequest, generator: torch.Generator) -> dict[str, Any]:
        """Arguments of `scheduler.step` that stay the same for the whole job."""
        known = inspect.signature(self._scheduler.step).parameters
        options: dict[str, Any] = {"generator": generator} if "generator" in known else {}
        if request.eta is not None and "eta" in known:
            options["eta"] = request.eta
        if isinstance(self._scheduler, BrownianSDE):
            options["s_noise"] = request.s_noise
        return options

    def scaled_noise(
        self, request: GenerationRequest, latents: torch.Tensor, generator: torch.Generator
    ) -> dict[str, Any]:
        """The argument with this step's own noise, where the scheduler draws it but knows no scale for it."""
        if request.s_noise == 1 or request.sampler not in ("dpmpp_2m_sde", "dpmpp_3m_sde"):
            return {}
        return {"variance_noise": noise_like(latents.float(), generator) * request.s_noise}

    def timestep_after(self, index: int) -> torch.Tensor | None:
        """The noise level that the latents have after the network call `index`; None at the end."""
        return self.timesteps[index + 1] if index + 1 < len(self.timesteps) else None

    def steps_done(self, index: int) -> int:
        """How many whole steps are done after the network call `index`."""
        if index + 1 == len(self.timesteps):
            return self.steps
        return max(0, index + 1 - self._calls_more) // self._order

    def step_of(self, index: int) -> int:
        """To which step the network call `index` belongs, counted from 0."""
        return min(max(0, index - self._calls_more) // self._order, self.steps - 1)

    def calls_before(self, share: float) -> int:
        """How many network calls belong to steps that begin within the first `share` (0..1) of the noise levels.

        That is where diffusers' `denoising_end` ends and `denoising_start` starts.
        """
        lowest = round(self._train_steps - share * self._train_steps)
        for index in range(len(self.timesteps)):
            is_first = index == 0 or self.step_of(index) != self.step_of(index - 1)
            if is_first and self.timesteps[index] < lowest:
                return index
        return len(self.timesteps)

    def is_between(self, index: int) -> bool:
        """Whether the latents after the call `index` lie between two levels, where nothing may be put back."""
        return isinstance(self._scheduler, _WITH_MIDDLES) and index % 2 == 0 and index + 1 < len(self.timesteps)

    def signal_and_noise(self, index: int) -> tuple[float, float, float]:
        """(alpha, sigma, scale) at network call `index`: sample * scale = alpha * picture + sigma * noise."""
        scheduler = self._scheduler
        if scheduler.config.prediction_type == "flow_prediction":
            level = self._sigma(index)
            return 1 - level, level, 1.0
        if hasattr(scheduler, "sigmas"):
            ratio = self._sigma(index)
            alpha = (1 + ratio**2) ** -0.5
            return alpha, ratio * alpha, alpha if isinstance(scheduler, _VARIANCE_EXPLODING) else 1.0
        alpha_squared = float(scheduler.alphas_cumprod[int(self.timesteps[index])])
        return alpha_squared**0.5, (1 - alpha_squared) ** 0.5, 1.0

    def _sigma(self, index: int) -> float:
        scheduler, place = self._scheduler, self._begin + index
        if index % 2 and isinstance(scheduler, KDPM2AncestralDiscreteScheduler):
            return float(scheduler.sigmas_interpol[place - 1])
        if index % 2 and isinstance(scheduler, KDPM2DiscreteScheduler):
            return float(scheduler.sigmas_interpol[place])
        if index % 2 and isinstance(scheduler, BrownianSDE):
            return float((scheduler.sigmas[place - 1] * scheduler.sigmas[place]) ** 0.5)
        return float(scheduler.sigmas[place])
