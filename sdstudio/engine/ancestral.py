"""Samplers that diffusers lacks, or has without their knobs or with a slip, as schedulers of its kind.

The names of the quantities are those of Karras et al. (arXiv:2206.00364) and of k-diffusion, which introduced them.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import torch
from diffusers import (
    DPMSolverMultistepScheduler,
    DPMSolverSDEScheduler,
    EulerAncestralDiscreteScheduler,
    KDPM2AncestralDiscreteScheduler,
)
from diffusers.schedulers.scheduling_dpmsolver_sde import BrownianTreeNoiseSampler


def split(sigma: float, sigma_next: float, eta: float) -> tuple[float, float]:
    """(sigma_down, sigma_up): where the deterministic part of a step ends, and how much noise comes back."""
    up = min(sigma_next, eta * (sigma_next**2 * max(sigma**2 - sigma_next**2, 0.0) / sigma**2) ** 0.5)
    return max(sigma_next**2 - up**2, 0.0) ** 0.5, up


class _OwnStep:
    """A step of our own amid a diffusers scheduler's bookkeeping: in float32, whatever the latents come in."""

    eta = 1.0
    s_noise = 1.0

    def step(
        self: Any,
        model_output: torch.Tensor,
        timestep: torch.Tensor,
        sample: torch.Tensor,
        generator: torch.Generator | None = None,
        return_dict: bool = True,
    ) -> tuple[torch.Tensor]:
        if self.step_index is None:
            self._init_step_index(timestep)
        stepped = self._advance(model_output.float(), sample.float(), generator)
        self._step_index += 1
        return (stepped.to(sample.dtype),)


class EulerAncestral(_OwnStep, EulerAncestralDiscreteScheduler):  # type: ignore[misc]
    """Euler a with `eta`, `s_noise`, and any spread of noise levels, which `levels` (an Euler scheduler) has."""

    levels: Any = None

    def set_timesteps(self, num_inference_steps: int, device: Any = None) -> None:
        super().set_timesteps(num_inference_steps, device)
        if self.levels is not None:
            self.levels.set_timesteps(num_inference_steps, device)
            self.sigmas, self.timesteps = self.levels.sigmas, self.levels.timesteps

    def _advance(self, output: torch.Tensor, sample: torch.Tensor, generator: torch.Generator | None) -> torch.Tensor:
        sigma, sigma_next = (float(self.sigmas[self.step_index + more]) for more in (0, 1))
        predicted = x0(self.config.prediction_type, output, sample, sigma)
        down, up = split(sigma, sigma_next, self.eta)
        sample = sample + (sample - predicted) / sigma * (down - sigma)
        if up > 0:
            sample = sample + noise_like(sample, generator) * (up * self.s_noise)
        return sample


class DPMPP2SAncestral(_OwnStep, KDPM2AncestralDiscreteScheduler):  # type: ignore[misc]
    """DPM++ 2S a: DPM-Solver++ (arXiv:2211.01095, algorithm 1) of single steps, with ancestral noise.

    Its two network calls a step are at the levels that DPM2 a visits, from which the bookkeeping comes.
    """

    sample: torch.Tensor | None  # at the beginning of a step, while its middle is looked at

    def set_timesteps(
        self, num_inference_steps: int, device: Any = None, num_train_timesteps: int | None = None
    ) -> None:
        super().set_timesteps(num_inference_steps, device, num_train_timesteps)
        self._levels = [float(sigma) for sigma in (self.sigmas[0], *self.sigmas[1:-1:2])]
        log_sigmas = self.log_sigmas.cpu().numpy()
        for number, (sigma, sigma_next) in enumerate(pairwise(self._levels[:-1])):
            middle = (sigma * split(sigma, sigma_next, self.eta)[0]) ** 0.5
            self.sigmas_interpol[2 * number] = middle
            self.timesteps[2 * number + 1] = self._sigma_to_t(np.array(middle), log_sigmas).item()

    def _advance(self, output: torch.Tensor, sample: torch.Tensor, generator: torch.Generator | None) -> torch.Tensor:
        is_first = self.state_in_first_order
        sigma, sigma_next = self._levels[self.step_index // 2 :][:2]
        down, up = split(sigma, sigma_next, self.eta)
        middle = (sigma * down) ** 0.5
        predicted = x0(self.config.prediction_type, output, sample, sigma if is_first else middle)
        if sigma_next == 0:
            sample = predicted
        elif self.sample is None:
            self.sample = sample
            sample = (middle / sigma) * sample + (1 - middle / sigma) * predicted
        else:
            sample = (down / sigma) * self.sample + (1 - down / sigma) * predicted
            sample = sample + noise_like(sample, generator) * (up * self.s_noise)
            self.sample = None
        return sample


class ThirdOrderSDE(DPMSolverMultistepScheduler):  # type: ignore[misc]
    """DPM++ 3M SDE with the third order's sign set right.

    Up to diffusers 0.42 at least, the last term of its third-order update ends in - 0.5 where the derivation has + 0.5
    (for small steps it must vanish), so that pictures come out with a fifth too much contrast.
    """

    def multistep_dpm_solver_third_order_update(
        self, model_output_list: list[torch.Tensor], *args: Any, sample: torch.Tensor, noise: torch.Tensor
    ) -> torch.Tensor:
        made = super().multistep_dpm_solver_third_order_update(model_output_list, *args, sample=sample, noise=noise)
        alphas, sigmas = zip(
            *(self._sigma_to_alpha_sigma_t(self.sigmas[self.step_index + back]) for back in (1, 0, -1, -2)), strict=True
        )
        levels = [torch.log(alpha) - torch.log(sigma) for alpha, sigma in zip(alphas, sigmas, strict=True)]
        h, h_0, h_1 = (after - before for after, before in pairwise(levels))
        third, second, first = model_output_list[-3:]
        curvature = ((first - second) * (h / h_0) - (second - third) * (h / h_1)) / ((h_0 + h_1) / h)
        return made + alphas[0] * curvature


class BrownianSDE(DPMSolverSDEScheduler):  # type: ignore[misc]
    """DPM++ SDE whose noise is drawn on the CPU: a seed means the same picture on every device."""

    noise_sampler: Any

    def step(self, model_output: Any, timestep: Any, sample: torch.Tensor, *args: Any, **options: Any) -> Any:
        if self.noise_sampler is None:
            levels = self.sigmas[self.sigmas > 0]
            low, high = levels.min().item(), levels.max().item()
            tree = BrownianTreeNoiseSampler(sample.float().cpu(), low, high, self.noise_sampler_seed)

            def draw(sigma: torch.Tensor, after: torch.Tensor) -> torch.Tensor:
                ends = (end.cpu().double().clamp(low, high) for end in (sigma, after))  # rounding may lead beyond
                return tree(*ends).to(sample.device, sample.dtype)

            self.noise_sampler = draw
        return super().step(model_output, timestep, sample, *args, **options)


def x0(prediction_type: str, output: torch.Tensor, sample: torch.Tensor, sigma: float) -> torch.Tensor:
    """The finished latents that `output` predicts for `sample` = picture + sigma * noise."""
    if prediction_type == "sample":
        return output
    if prediction_type == "v_prediction":
        return output * (-sigma / (sigma**2 + 1) ** 0.5) + sample / (sigma**2 + 1)
    return sample - sigma * output


def noise_like(sample: torch.Tensor, generator: torch.Generator | None) -> torch.Tensor:
    return torch.randn(sample.shape, generator=generator).to(sample.device, sample.dtype)
