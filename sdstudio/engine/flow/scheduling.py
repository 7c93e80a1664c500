"""Schedulers for flow matching: how many levels of noise, how they are spread, and who walks down them.

The picture at level sigma is (1 - sigma) * picture + sigma * noise. diffusers' own scheduler spreads the levels, with a
shift that may depend on the number of patches; the other solvers walk down the very same levels.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from diffusers import (
    DPMSolverMultistepScheduler,
    FlowMatchEulerDiscreteScheduler,
    FlowMatchHeunDiscreteScheduler,
    UniPCMultistepScheduler,
)

from sdstudio.errors import BadRequest
from sdstudio.protocol.request import GenerationRequest
from sdstudio.protocol.samplers import FLOW_SAMPLERS, SAMPLERS

PREDICTION = "flow_prediction"
PATCH_PIXELS = 16  # along the side of a patch, in all of these families
_HIGHEST = 1 - 1e-6  # solvers take the logarithm of the picture's share, which is nothing at level 1
_SCHEDULES: dict[str, dict[str, Any]] = {
    "normal": {},
    "sgm_uniform": {},
    "karras": {"use_karras_sigmas": True},
    "exponential": {"use_exponential_sigmas": True},
    "beta": {"use_beta_sigmas": True},
}
_SPREADING = ("use_karras_sigmas", "use_exponential_sigmas", "use_beta_sigmas", "stochastic_sampling", "invert_sigmas")
# The levels before any shift that a family's authors begin with, when they are not the scheduler's own.
Spread = Callable[[int], Sequence[float]]


def evenly(steps: int) -> Sequence[float]:
    """From 1 down to 1 / steps."""
    levels: Sequence[float] = np.linspace(1.0, 1 / steps, steps).tolist()
    return levels


def evenly_in_halves(steps: int) -> Sequence[float]:
    """As `evenly`, with the rounding of single precision that Z-Image's pipeline has."""
    levels: Sequence[float] = torch.linspace(1.0, 1 / steps, steps).tolist()
    return levels


SPREADS: dict[str, Spread | None] = {
    "sd3": None,
    "flux": evenly,
    "qwen_image": evenly,
    "z_image": evenly_in_halves,
}


class FlowEuler(FlowMatchEulerDiscreteScheduler):  # type: ignore[misc]
    """Euler steps along the flow, in the words that the sampling loop has for every scheduler."""

    init_noise_sigma = 1.0
    spread: Spread | None = None
    patches = 4096

    def set_timesteps(self, num_inference_steps: int, device: Any = None) -> None:
        options: dict[str, Any] = {}
        if self.config.use_dynamic_shifting:
            options["mu"] = self._shift_for(self.patches)
        if self.spread is not None:
            options["sigmas"] = self.spread(num_inference_steps)
        super().set_timesteps(num_inference_steps, device=device, **options)

    def stretch_shift_to_terminal(self, t: torch.Tensor) -> torch.Tensor:
        """As diffusers has it; a single level has no end that could be stretched."""
        stretched: torch.Tensor = super().stretch_shift_to_terminal(t) if len(t) > 1 else t
        return stretched

    def _shift_for(self, patches: int) -> float:
        config = self.config
        slope = (config.max_shift - config.base_shift) / (config.max_image_seq_len - config.base_image_seq_len)
        return float(patches * slope + (config.base_shift - slope * config.base_image_seq_len))

    def scale_model_input(self, sample: torch.Tensor, timestep: Any) -> torch.Tensor:
        return sample

    def add_noise(self, original: torch.Tensor, noise: torch.Tensor, timesteps: torch.Tensor) -> torch.Tensor:
        """`original` at the level that the next step begins at."""
        noised: torch.Tensor = self.scale_noise(original, timesteps, noise)
        return noised


class OnLevels:
    """Lets a solver walk down the levels of `euler`."""

    euler: FlowEuler
    init_noise_sigma = 1.0

    def set_timesteps(self, num_inference_steps: int, device: Any = None) -> None:
        super().set_timesteps(num_inference_steps, device=device)  # type: ignore[misc]
        self.euler.set_timesteps(num_inference_steps, device=device)
        self.sigmas = self.euler.sigmas.clamp_max(_HIGHEST)
        self.timesteps = self.euler.timesteps


class FlowDPM(OnLevels, DPMSolverMultistepScheduler):  # type: ignore[misc]
    """DPM-Solver++ (arXiv:2211.01095)."""


class FlowUniPC(OnLevels, UniPCMultistepScheduler):  # type: ignore[misc]
    """UniPC (arXiv:2302.04867)."""


class FlowHeun(OnLevels, FlowMatchHeunDiscreteScheduler):  # type: ignore[misc]
    """Heun's method: every level but the first and the last is looked at twice."""

    def set_timesteps(self, num_inference_steps: int, device: Any = None) -> None:
        super().set_timesteps(num_inference_steps, device)
        levels, times = self.sigmas, self.timesteps
        self.sigmas = torch.cat([levels[:1], levels[1:-1].repeat_interleave(2), levels[-1:]])
        self.timesteps = torch.cat([times[:1], times[1:].repeat_interleave(2)])

    def scale_model_input(self, sample: torch.Tensor, timestep: Any) -> torch.Tensor:
        return sample

    def add_noise(self, original: torch.Tensor, noise: torch.Tensor, timesteps: torch.Tensor) -> torch.Tensor:
        """`original` at the level that the next network call looks at."""
        noised: torch.Tensor = self.scale_noise(original, timesteps, noise)
        return noised


_FLOW = {"use_flow_sigmas": True, "prediction_type": PREDICTION}
_SOLVERS: dict[str, tuple[Any, dict[str, Any]]] = {
    "heun": (FlowHeun, {}),
    "dpmpp_2m": (FlowDPM, _FLOW | {"algorithm_type": "dpmsolver++"}),
    "dpmpp_3m": (FlowDPM, _FLOW | {"algorithm_type": "dpmsolver++", "solver_order": 3}),
    "dpmpp_2m_sde": (FlowDPM, _FLOW | {"algorithm_type": "sde-dpmsolver++"}),
    "unipc": (FlowUniPC, _FLOW),
}


def build(model_config: dict[str, Any], request: GenerationRequest, family: str) -> Any:
    """A fresh scheduler for `request`. Raises BadRequest for a sampler or a schedule that cannot follow a flow.

    `model_config` is the content of the model's scheduler_config.json.
    """
    if request.sampler not in FLOW_SAMPLERS or request.schedule not in _SCHEDULES:
        raise BadRequest(f"The sampler {SAMPLERS[request.sampler]} cannot follow a flow; take Euler.")
    known = {name: value for name, value in model_config.items() if name not in _SPREADING}
    options = dict(_SCHEDULES[request.schedule])
    if request.sampler == "lcm":
        options["stochastic_sampling"] = True
    euler = FlowEuler.from_config(known, **options)
    euler.register_to_config(prediction_type=PREDICTION)
    euler.patches = request.extent.area // PATCH_PIXELS**2
    euler.spread = evenly if request.schedule == "sgm_uniform" else SPREADS[family]
    if request.sampler not in _SOLVERS:
        return euler
    kind, solver_options = _SOLVERS[request.sampler]
    solver = kind(**solver_options)
    solver.register_to_config(prediction_type=PREDICTION)
    solver.euler = euler
    return solver
