"""Draws with an exported edition through diffusers' own pipelines, many pictures at a time.

Owns loading the folder and two jobs: from text and from a picture. Must not know what is measured.
"""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import (
    DDIMScheduler,
    DPMSolverMultistepScheduler,
    StableDiffusionImg2ImgPipeline,
    StableDiffusionPipeline,
)
from PIL import Image

from sdstudio.training import device

BATCH = 16


class Artist:
    """An exported edition, ready to draw at its default settings."""

    def __init__(self, folder: Path, steps: int, cfg_scale: float, sampler: str = "ddim") -> None:
        self.steps, self.cfg_scale = steps, cfg_scale
        where = device.pick()
        self.text = StableDiffusionPipeline.from_pretrained(folder, dtype=torch.float32, local_files_only=True)
        kind = DPMSolverMultistepScheduler if sampler == "dpmpp_2m" else DDIMScheduler
        self.text.scheduler = kind.from_config(self.text.scheduler.config)
        self.text.set_progress_bar_config(disable=True)
        self.text = self.text.to(where)
        self.image = StableDiffusionImg2ImgPipeline(**self.text.components, requires_safety_checker=False)
        self.image.set_progress_bar_config(disable=True)

    def from_text(self, captions: list[str], seeds: list[int]) -> np.ndarray:
        """(N, H, W, 3) uint8 pictures, one a caption, each from its own seed."""
        return self._in_batches(self.text, captions, seeds)

    def from_pictures(self, pictures: np.ndarray, captions: list[str], seeds: list[int], strength: float) -> np.ndarray:
        """The same, from (N, H, W, 3) uint8 pictures to start from."""
        return self._in_batches(self.image, captions, seeds, image=pictures, strength=strength)

    def _in_batches(
        self, pipeline: Any, captions: list[str], seeds: list[int],
        image: np.ndarray | None = None, strength: float = 1.0,
    ) -> np.ndarray:  # fmt: skip
        out = []
        for start in range(0, len(captions), BATCH):
            part = slice(start, start + BATCH)
            more: dict[str, Any] = {}
            if image is not None:
                more = {"image": [Image.fromarray(picture) for picture in image[part]], "strength": strength}
            made = pipeline(
                captions[part], num_inference_steps=self.steps, guidance_scale=self.cfg_scale, output_type="np",
                generator=[torch.Generator().manual_seed(seed) for seed in seeds[part]], **more,
            ).images  # fmt: skip
            out.append((made * 255).round().astype(np.uint8))
        return np.concatenate(out)
