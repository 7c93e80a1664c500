"""From names of samplers and schedules to diffusers' schedulers, built from the model's own noise schedule."""

from __future__ import annotations

import inspect
from typing import Any

import torch
from diffusers import (
    DDIMScheduler,
    DDPMScheduler,
    DPMSolverMultistepScheduler,
    EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler,
    HeunDiscreteScheduler,
    LCMScheduler,
    UniPCMultistepScheduler,
)
from diffusers.utils import is_scipy_available

from sdstudio.engine.steps import schedule_length, steps_to_run
from sdstudio.errors import BadRequest

_SAMPLERS: dict[str, tuple[Any, dict[str, Any]]] = {
    "ddim": (DDIMScheduler, {}),
    "ddpm": (DDPMScheduler, {}),
    "euler": (EulerDiscreteScheduler, {}),
    "euler_a": (EulerAncestralDiscreteScheduler, {}),
    "heun": (HeunDiscreteScheduler, {}),
    "dpmpp_2m": (DPMSolverMultistepScheduler, {"algorithm_type": "dpmsolver++"}),
    "dpmpp_2m_sde": (DPMSolverMultistepScheduler, {"algorithm_type": "sde-dpmsolver++"}),
    "unipc": (UniPCMultistepScheduler, {}),
    "lcm": (LCMScheduler, {}),
}
_SCHEDULES: dict[str, dict[str, Any]] = {
    "normal": {},
    "karras": {"use_karras_sigmas": True},
    "exponential": {"use_exponential_sigmas": True},
    "beta": {"use_beta_sigmas": True},
    "sgm_uniform": {"timestep_spacing": "trailing"},
}
# Settings of one sampler that must not reach another through the model's file: the request decides them.
_NOT_THE_MODELS = ("algorithm_type", "solver_order", "solver_type", "final_sigmas_type", "lower_order_final")
_VARIANCE_EXPLODING = (EulerDiscreteScheduler, EulerAncestralDiscreteScheduler, HeunDiscreteScheduler)


def build(model_config: dict[str, Any], sampler: str, schedule: str) -> Any:
    """A fresh scheduler: the model's betas, prediction type, zero-SNR and spacing; sampler and schedule as asked.

    `model_config` is the content of the model's scheduler_config.json.
    """
    if schedule == "beta" and not is_scipy_available():
        raise BadRequest("The Beta schedule needs the Python package scipy. Install it, or choose another schedule.")
    scheduler_class, options = _SAMPLERS[sampler]
    config = {"clip_sample": False, **model_config}  # latents are not bounded like pixels: never clip by default
    for key in _NOT_THE_MODELS:
        config.pop(key, None)
    for choice in _SCHEDULES.values():
        for key in choice:
            if key.startswith("use_"):
                config.pop(key, None)
    if config.get("rescale_betas_zero_snr") and scheduler_class is HeunDiscreteScheduler:
        config["trained_betas"] = _zero_snr_betas(config)  # the one class that does not know the option
    return scheduler_class.from_config(config, **options, **_SCHEDULES[schedule])


def _zero_snr_betas(config: dict[str, Any]) -> list[float]:
    """Betas rescaled to (almost) zero terminal signal, as diffusers' other schedulers have them."""
    kept = DDIMScheduler.from_config(config).alphas_cumprod.double()
    kept[-1] = 2.0**-24  # not 0: sigma must be finite
    ratios = torch.cat([kept[:1], kept[1:] / kept[:-1]])
    return (1 - ratios).tolist()


class Plan:
    """Which noise levels a job visits: the last part of the scheduler's own list, as long as the strength says."""

    def __init__(self, scheduler: Any, steps: int, strength: float, device: torch.device) -> None:
        train_steps: int = scheduler.config.num_train_timesteps
        if steps > train_steps:
            raise BadRequest(f"This model knows {train_steps} noise levels, so it can run {train_steps} steps at most.")
        length = schedule_length(steps, strength, train_steps=train_steps)
        self.steps = steps_to_run(steps, strength, train_steps=train_steps)
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
        self.step_options = inspect.signature(scheduler.step).parameters

    def timestep_after(self, index: int) -> torch.Tensor | None:
        """The noise level that the latents have after the network call `index`; None at the end."""
        return self.timesteps[index + 1] if index + 1 < len(self.timesteps) else None

    def steps_done(self, index: int) -> int:
        """How many whole steps are done after the network call `index`."""
        return self.steps if index + 1 == len(self.timesteps) else (index + 1) // self._order

    def step_of(self, index: int) -> int:
        """To which step the network call `index` belongs, counted from 0."""
        return min(index // self._order, self.steps - 1)

    def signal_and_noise(self, index: int) -> tuple[float, float, float]:
        """(alpha, sigma, scale) at network call `index`: sample * scale = alpha * picture + sigma * noise."""
        scheduler = self._scheduler
        if hasattr(scheduler, "sigmas"):
            ratio = float(scheduler.sigmas[self._begin + index])
            alpha = (1 + ratio**2) ** -0.5
            return alpha, ratio * alpha, alpha if isinstance(scheduler, _VARIANCE_EXPLODING) else 1.0
        alpha_squared = float(scheduler.alphas_cumprod[int(self.timesteps[index])])
        return alpha_squared**0.5, (1 - alpha_squared) ** 0.5, 1.0
