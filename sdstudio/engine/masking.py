"""Masks while sampling: which latents may change at which step, and what the others are put back to.

A soft mask follows differential diffusion (Levin and Fried, arXiv:2306.00950): its value says from which part of the
way on a place may change. A hard mask is then the usual inpainting, where kept places are the original, noised anew
to the level of each step.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch


def shrink(mask: np.ndarray, cell: int) -> torch.Tensor:
    """Mask (h, w) uint8 to one value per latent cell (1, 1, h / cell, w / cell): the mean of its pixels, 0..1."""
    height, width = mask.shape
    cells = mask.reshape(height // cell, cell, width // cell, cell)
    return torch.from_numpy(cells.mean(axis=(1, 3), dtype=np.float64) / 255).float()[None, None]


def may_change(mask: torch.Tensor, step: int, steps: int) -> torch.Tensor:
    """Where the latents may change in `step` of 0..steps-1: 1.0 from the first, 0.5 from halfway on, 0 never."""
    return mask >= 1 - step / steps


@dataclass(frozen=True)
class Kept:
    """What a masked job holds on to: mask (1, 1, h, w) 0..1, the original's latents and the noise on them."""

    mask: torch.Tensor
    original: torch.Tensor
    noise: torch.Tensor

    def put_back(
        self, latents: torch.Tensor, free: torch.Tensor, scheduler: Any, next_timestep: torch.Tensor | None
    ) -> torch.Tensor:
        """Replace what was not free by the original, at the noise level reached (None = the end: no noise)."""
        original = self.original
        if next_timestep is not None:
            original = scheduler.add_noise(original, self.noise, next_timestep.reshape(1))
        return torch.where(free, latents, original)

    def cover(self, predicted: torch.Tensor) -> torch.Tensor:
        """Predicted latents with the original where nothing will ever change."""
        return torch.where(self.mask > 0, predicted, self.original)


def keep_pixels(picture: np.ndarray, source: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The picture with the source's own pixels where the mask is 0: kept pixels never pass through the model."""
    return np.where((mask == 0)[:, :, None], source, picture)
