"""Draws pictures in batches with networks that are still in training, and lays them out as a contact sheet.

Owns a plain guided sampler over diffusers' DDIM scheduler. Must not know where the networks come from; the program's
own engine has the full sampler.
"""

from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderTiny, UNet2DConditionModel
from PIL import Image
from transformers import CLIPTextModel, CLIPTokenizer

from sdstudio.training import device
from sdstudio.training.batches import tokens_of
from sdstudio.training.latents import DEVIATION
from sdstudio.training.networks import make_schedule


@torch.no_grad()
def sample(
    text: CLIPTextModel, unet: UNet2DConditionModel, tokenizer: CLIPTokenizer, captions: list[str],
    seeds: list[int], steps: int, cfg_scale: float,
) -> torch.Tensor:  # fmt: skip
    """Sample one latent a caption, each from the noise of its own seed; (B, C, h, w) of unit deviation."""
    where = next(unet.parameters()).device
    shape = (unet.config.in_channels, unet.config.sample_size, unet.config.sample_size)
    noise = [torch.randn(shape, generator=torch.Generator().manual_seed(seed)) for seed in seeds]
    latents = torch.stack(noise).to(where)
    schedule = make_schedule()
    schedule.set_timesteps(steps)
    with device.autocast(where):
        words = text(tokens_of(tokenizer, [""] * len(captions) + captions).to(where))[0]
        for step in schedule.timesteps:
            none, said = unet(latents.repeat(2, 1, 1, 1), step, words).sample.float().chunk(2)
            latents = schedule.step(none + cfg_scale * (said - none), step, latents).prev_sample
    return latents


@torch.no_grad()
def decode(model: AutoencoderTiny, latents: torch.Tensor) -> np.ndarray:
    """(B, C, h, w) latents of unit deviation to (B, H, W, 3) uint8 pictures."""
    model = model.to(latents.device)
    made = torch.cat([model.decoder(part * DEVIATION) for part in latents.split(8)])
    return made.clamp(-1, 1).add(1).mul(127.5).round().byte().permute(0, 2, 3, 1).cpu().numpy()


def sheet(images: np.ndarray, columns: int, path: Path, side: int = 128) -> None:
    """Write (N, H, W, 3) pictures as one PNG, ``columns`` a row, each ``side`` pixels."""
    small = [np.asarray(Image.fromarray(image).resize((side, side), Image.Resampling.LANCZOS)) for image in images]
    small += [np.full((side, side, 3), 255, np.uint8)] * (-len(small) % columns)
    rows = [np.concatenate(small[i : i + columns], 1) for i in range(0, len(small), columns)]
    Image.fromarray(np.concatenate(rows)).save(path)
