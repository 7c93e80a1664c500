"""Draws with an exported edition through diffusers' own pipelines, many pictures at a time.

Owns loading the folder and the three jobs: from text, from a picture, inside a mask (that loop is its
own). Must not know what is measured.
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
from sdstudio.training.autoencoder import as_tensor

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

    @torch.no_grad()
    def inside(self, pictures: np.ndarray, mask: np.ndarray, captions: list[str], seeds: list[int]) -> np.ndarray:
        """The same, drawn only where the (H, W) bool ``mask`` is set; elsewhere the pictures' own bytes.

        Blended latent diffusion (arXiv 2206.02779): diffusers' own pipeline for it knows 4 latent channels only.
        """
        vae, unet, schedule = self.text.vae, self.text.unet, DDIMScheduler.from_config(self.text.scheduler.config)
        known = torch.cat([vae.encode(part.to(vae.device)).latents for part in as_tensor(pictures).split(8)])
        known = known * vae.config.scaling_factor
        free = torch.from_numpy(mask[None, None]).float().to(known.device)
        free = torch.nn.functional.interpolate(free, size=known.shape[-2:], mode="area")
        noise = [torch.randn(known.shape[1:], generator=torch.Generator().manual_seed(seed)) for seed in seeds]
        first = torch.stack(noise).to(known.device)
        none_said = self.text.encode_prompt(captions, known.device, 1, True)
        words = torch.cat([none_said[1], none_said[0]])
        schedule.set_timesteps(self.steps)
        latents = first
        for step, after in zip(schedule.timesteps, [*schedule.timesteps[1:], None], strict=True):
            plain, said = unet(latents.repeat(2, 1, 1, 1), step, words).sample.chunk(2)
            latents = schedule.step(plain + self.cfg_scale * (said - plain), step, latents).prev_sample
            around = known if after is None else schedule.add_noise(known, first, after[None])
            latents = free * latents + (1 - free) * around
        made = torch.cat([vae.decode(part / vae.config.scaling_factor).sample for part in latents.split(8)])
        shown = made.clamp(-1, 1).add(1).mul(127.5).round().byte().permute(0, 2, 3, 1).cpu().numpy()
        return np.where(mask[None, :, :, None], shown, pictures)

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
