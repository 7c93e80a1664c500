"""What the denoiser is shown at each step, and how its answers become one: classifier-free guidance.

Owns prompt schedules, composition (arXiv:2206.01714) and the interval in which there is guidance at all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.prompts import Composition
from sdstudio.protocol.request import GenerationRequest


class Guidance:
    """One job's texts, encoded, for each of its `steps` steps."""

    def __init__(self, request: GenerationRequest, model: LoadedModel, steps: int) -> None:
        self._request, self._model, self._steps = request, model, steps
        self._is_guided = request.cfg_scale > 1 and not model.distilled_guidance
        self._script = model.prompts.script(
            request.prompt,
            request.negative_prompt if self._is_guided else None,
            steps=steps,
            clip_skip=request.clip_skip,
        )
        self._shown: dict[tuple[int, bool], dict[str, Any]] = {}

    def conditioning(self, step: int) -> dict[str, Any]:
        """Keyword arguments of the denoiser at `step` (counted from 0)."""
        composition, guided = self._script[step], self._guides_at(step)
        key = (id(composition), guided)
        if key not in self._shown:
            texts = composition.texts(guided=guided)
            self._shown[key] = self._model.conditioning(texts, self._request.extent, self._request.cfg_scale)
        return self._shown[key]

    def guide(self, output: torch.Tensor, step: int) -> torch.Tensor:
        """The denoiser's answers (texts, channels, h, w) as one (1, channels, h, w).

        Channels beyond those of the latents are the variance that some networks learned: the prompt's own counts.
        """
        noise, variance = output[:, : self._model.latent_channels], output[-1:, self._model.latent_channels :]
        guided = self._guided(noise, step)
        return torch.cat([guided, variance], dim=1) if variance.shape[1] else guided

    def _guided(self, output: torch.Tensor, step: int) -> torch.Tensor:
        composition = self._script[step]
        if not self._guides_at(step):
            return output if composition.is_plain else _mean(output, composition)
        scale = self._request.cfg_scale if self._is_within(step) else 1.0
        return guide(output, composition.weights, scale, self._request.cfg_rescale, self._model.steady)

    def _guides_at(self, step: int) -> bool:
        """Composed prompts are differences from the negative one, and so need it outside of the interval as well."""
        return self._is_guided and (self._is_within(step) or not self._script[step].is_plain)

    def _is_within(self, step: int) -> bool:
        share = step / self._steps
        return self._request.cfg_start <= share and (share < self._request.cfg_end or self._request.cfg_end >= 1)


Steady = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def guide(
    output: torch.Tensor, weights: tuple[float, ...], scale: float, rescale: float, steady: Steady | None = None
) -> torch.Tensor:
    """Classifier-free guidance (arXiv:2207.12598); `rescale` mends overexposure (arXiv:2305.08891, section 3.4).

    `steady` mends the result as the model's family does it, given the answer to the prompt alone as well.
    """
    negative, *positives = output.chunk(len(weights) + 1)
    if weights == (1.0,):
        (positive,) = positives
    else:
        positive = negative + sum(
            weight * (answer - negative) for weight, answer in zip(weights, positives, strict=True)
        )
    guided = negative + scale * (positive - negative)
    if steady is not None:
        guided = steady(guided, positive)
    if rescale > 0:
        dimensions = list(range(1, guided.ndim))
        factor = positive.std(dim=dimensions, keepdim=True) / guided.std(dim=dimensions, keepdim=True)
        guided = rescale * (guided * factor) + (1 - rescale) * guided
    return guided


def _mean(output: torch.Tensor, composition: Composition) -> torch.Tensor:
    """Without guidance there is nothing to differ from: the parts share the picture by their weights."""
    weights = torch.tensor(composition.weights, device=output.device, dtype=output.dtype).clamp_min(0)
    if not weights.any():
        return output.mean(dim=0, keepdim=True)
    return (output * (weights / weights.sum())[:, None, None, None]).sum(dim=0, keepdim=True)
