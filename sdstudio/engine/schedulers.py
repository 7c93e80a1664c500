"""From names of samplers and schedules to diffusers' schedulers, built from the model's own noise schedule."""

from __future__ import annotations

import inspect
from typing import Any

import torch
from diffusers import (
    DDIMScheduler,
    DDPMScheduler,
    DEISMultistepScheduler,
    DPMSolverMultistepScheduler,
    DPMSolverSinglestepScheduler,
    EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler,
    HeunDiscreteScheduler,
    KDPM2AncestralDiscreteScheduler,
    KDPM2DiscreteScheduler,
    LCMScheduler,
    LMSDiscreteScheduler,
    PNDMScheduler,
    SASolverScheduler,
    TCDScheduler,
    UniPCMultistepScheduler,
)
from diffusers.utils import is_scipy_available

from sdstudio.engine import spread
from sdstudio.engine.ancestral import BrownianSDE, DPMPP2SAncestral, EulerAncestral, ThirdOrderSDE
from sdstudio.engine.flow import scheduling as flow
from sdstudio.errors import BadRequest
from sdstudio.protocol.request import GenerationRequest

_SAMPLERS: dict[str, tuple[Any, dict[str, Any]]] = {
    "ddim": (DDIMScheduler, {}),
    "ddpm": (DDPMScheduler, {}),
    "plms": (PNDMScheduler, {"skip_prk_steps": True}),
    "lms": (LMSDiscreteScheduler, {}),
    "euler": (EulerDiscreteScheduler, {}),
    "euler_a": (EulerAncestralDiscreteScheduler, {}),
    "heun": (HeunDiscreteScheduler, {}),
    "dpm2": (KDPM2DiscreteScheduler, {}),
    "dpm2_a": (KDPM2AncestralDiscreteScheduler, {}),
    "dpmpp_2s": (DPMSolverSinglestepScheduler, {"algorithm_type": "dpmsolver++"}),
    "dpmpp_2s_a": (DPMPP2SAncestral, {}),
    "dpmpp_2m": (DPMSolverMultistepScheduler, {"algorithm_type": "dpmsolver++"}),
    "dpmpp_3m": (DPMSolverMultistepScheduler, {"algorithm_type": "dpmsolver++", "solver_order": 3}),
    "dpmpp_2m_sde": (DPMSolverMultistepScheduler, {"algorithm_type": "sde-dpmsolver++"}),
    "dpmpp_3m_sde": (ThirdOrderSDE, {"algorithm_type": "sde-dpmsolver++", "solver_order": 3}),
    "dpmpp_sde": (BrownianSDE, {}),
    "unipc": (UniPCMultistepScheduler, {}),
    "deis": (DEISMultistepScheduler, {}),
    "sa_solver": (SASolverScheduler, {}),
    "lcm": (LCMScheduler, {}),
    "tcd": (TCDScheduler, {}),
}
_SCHEDULES: dict[str, dict[str, Any]] = {
    "normal": {},
    "karras": {"use_karras_sigmas": True},
    "exponential": {"use_exponential_sigmas": True},
    "beta": {"use_beta_sigmas": True},
    "sgm_uniform": {"timestep_spacing": "trailing"},
    "ays": {"use_karras_sigmas": True},
}
_BETAS: dict[str, dict[str, Any]] = {
    "model": {},
    "scaled_linear": {"beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012},
    "linear": {"beta_schedule": "linear", "beta_start": 0.00085, "beta_end": 0.012},
    "cosine": {"beta_schedule": "squaredcos_cap_v2"},
}
# Settings of one sampler that must not reach another through the model's file: the request decides them.
_NOT_THE_MODELS = ("algorithm_type", "solver_order", "solver_type", "final_sigmas_type", "lower_order_final")


def build(model_config: dict[str, Any], request: GenerationRequest, family: str = "sd1") -> Any:
    """A fresh scheduler: the model's betas, prediction type, zero-SNR and spacing; the rest as `request` asks.

    `model_config` is the content of the model's scheduler_config.json.
    """
    if family in flow.SPREADS:
        return flow.build(model_config, request, family)
    if request.schedule == "beta" and not is_scipy_available():
        raise BadRequest("The Beta schedule needs the Python package scipy. Install it, or choose another schedule.")
    scheduler_class, options = _SAMPLERS[request.sampler]
    config = _config(model_config, request)
    if config.get("rescale_betas_zero_snr") and "rescale_betas_zero_snr" not in _parameters(scheduler_class):
        config["trained_betas"] = _zero_snr_betas(config)  # for classes that do not know the option
    options = options | _SCHEDULES[request.schedule]
    if request.sampler == "euler_a":
        return _euler_ancestral(config, request, family)
    if request.sampler == "dpmpp_sde":
        options["noise_sampler_seed"] = request.seed
    scheduler_class, options = _spread(scheduler_class, options, request.schedule, family)
    scheduler = scheduler_class.from_config(config, **options)
    if request.sampler == "dpmpp_2s_a":
        _set_noise(scheduler, request)
    return scheduler


def _config(model_config: dict[str, Any], request: GenerationRequest) -> dict[str, Any]:
    config = {"clip_sample": False, **model_config}  # latents are not bounded like pixels: never clip by default
    for key in _NOT_THE_MODELS:
        config.pop(key, None)
    for choice in _SCHEDULES.values():
        for key in choice:
            if key.startswith("use_"):
                config.pop(key, None)
    if request.betas != "model":
        config.pop("trained_betas", None)
        config |= _BETAS[request.betas]
    if request.prediction:
        config["prediction_type"] = request.prediction
    if request.zero_snr:
        config["rescale_betas_zero_snr"] = True
    return config


def _spread(scheduler_class: Any, options: dict[str, Any], schedule: str, family: str) -> tuple[Any, dict[str, Any]]:
    """The class and options for noise levels that the class itself may not know."""
    if schedule == "ays":
        return spread.aligned(scheduler_class, family), options
    if schedule == "sgm_uniform" and "timestep_spacing" not in _parameters(scheduler_class):
        rest = {key: value for key, value in options.items() if key != "timestep_spacing"}
        return spread.trailing(scheduler_class), rest | {"use_karras_sigmas": True}
    return scheduler_class, options


def _euler_ancestral(config: dict[str, Any], request: GenerationRequest, family: str) -> Any:
    """diffusers' own class where it can do what is asked; it knows no eta and no sigmas but the model's."""
    options = _SCHEDULES[request.schedule]
    if request.schedule in ("normal", "sgm_uniform") and request.eta in (None, 1.0) and request.s_noise == 1:
        return EulerAncestralDiscreteScheduler.from_config(config, **options)
    spacing = {key: value for key, value in options.items() if key == "timestep_spacing"}
    scheduler = EulerAncestral.from_config(config, **spacing)
    _set_noise(scheduler, request)
    if request.schedule not in ("normal", "sgm_uniform"):
        levels_class = spread.aligned(EulerDiscreteScheduler, family) if request.schedule == "ays" else None
        scheduler.levels = (levels_class or EulerDiscreteScheduler).from_config(config, **options)
    return scheduler


def _set_noise(scheduler: Any, request: GenerationRequest) -> None:
    scheduler.eta = 1.0 if request.eta is None else request.eta
    scheduler.s_noise = request.s_noise


def readable(scheduler: Any, output: torch.Tensor, channels: int) -> torch.Tensor:
    """What `scheduler` reads of a denoiser's output, of which more than `channels` are a variance that it learned."""
    learned = str(scheduler.config.get("variance_type", "")).startswith("learned")
    return output if learned and isinstance(scheduler, DDPMScheduler) else output[:, :channels]


def _parameters(scheduler_class: Any) -> Any:
    return inspect.signature(scheduler_class.__init__).parameters


def _zero_snr_betas(config: dict[str, Any]) -> list[float]:
    """Betas rescaled to (almost) zero terminal signal, as diffusers' other schedulers have them."""
    kept = DDIMScheduler.from_config(config).alphas_cumprod.double()
    kept[-1] = 2.0**-24  # not 0: sigma must be finite
    ratios = torch.cat([kept[:1], kept[1:] / kept[:-1]])
    return (1 - ratios).tolist()
