"""Models that make small pictures large: they read the small one, a little noised, beside the latents.

Stable Diffusion's x4 upscaler reads it at the size of its latents, DeepFloyd IF's second stage at the size of the
result. Must not know files beyond a scheduler's config.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers import DDPMScheduler
from torch.nn.functional import interpolate

from sdstudio.engine import noise


@dataclass(frozen=True)
class Enlarging:
    """How a model reads the small picture."""

    scheduler: Any  # noises it
    factor: int  # by which the result is larger
    level: int  # of its noise, among the scheduler's training steps; the denoiser is told

    def labels(self, count: int, device: torch.device) -> torch.Tensor:
        """What the denoiser is told for each of `count` texts."""
        return torch.full((count,), self.level, dtype=torch.long, device=device)

    def small_picture(self, source: torch.Tensor, shape: tuple[int, ...], generator: torch.Generator) -> torch.Tensor:
        """`source` (1, 3, h, w) in -1..1 made small, noised, at the latents' `shape` (1, channels, h, w)."""
        small = interpolate(source, [side // self.factor for side in source.shape[2:]], mode="area")
        if small.shape[2:] != shape[2:]:
            small = interpolate(small, shape[2:], mode="bilinear", align_corners=True)
        drawn = noise.draw(small.shape, generator, small.device, small.dtype)
        noised: torch.Tensor = self.scheduler.add_noise(small, drawn, torch.tensor([self.level]))
        return noised


def read_enlarging(folder: Path, factor: int, level: int) -> Enlarging:
    """From the folder of the scheduler that noises the small picture. Raises OSError or ValueError."""
    config = json.loads((folder / "scheduler_config.json").read_text(encoding="utf-8"))
    return Enlarging(DDPMScheduler.from_config(config), factor, level)
