"""Between pixels and latents, through a model's autoencoder. Follows diffusers' arithmetic to the bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch


def to_tensor(pixels: np.ndarray) -> torch.Tensor:
    """RGB uint8 (h, w, 3) to float32 (1, 3, h, w) in -1..1."""
    return 2.0 * torch.from_numpy(pixels.astype(np.float32) / 255.0).permute(2, 0, 1)[None] - 1.0


def from_tensor(picture: torch.Tensor) -> np.ndarray:
    """(1, 3, h, w) in -1..1 to RGB uint8 (h, w, 3); values beyond are clipped."""
    unit = (picture / 2 + 0.5).clamp(0, 1)[0].permute(1, 2, 0).float().cpu().numpy()
    return np.ascontiguousarray((unit * 255).round().astype(np.uint8))


def encode(vae: Any, picture: torch.Tensor, generator: torch.Generator | None) -> torch.Tensor:
    """(1, 3, h, w) in -1..1 to latents as the denoiser knows them. Without a generator: the mean, no sampling."""
    return draw(vae, read(vae, picture), generator)


def read(vae: Any, picture: torch.Tensor) -> Any:
    """What the autoencoder sees in `picture`: latents, or their distribution. All of encoding's work is here."""
    output = vae.encode(picture.to(vae.device, vae.dtype))
    return output.latent_dist if hasattr(output, "latent_dist") else output.latents  # AutoencoderTiny has latents only


def bytes_of(seen: Any) -> int:
    """Of memory that what `read` gave takes."""
    parts = [seen] if isinstance(seen, torch.Tensor) else vars(seen).values()
    return sum(part.nbytes for part in parts if isinstance(part, torch.Tensor))


def draw(vae: Any, seen: Any, generator: torch.Generator | None) -> torch.Tensor:
    """Latents as the denoiser knows them, drawn from what `read` gave."""
    if isinstance(seen, torch.Tensor):
        latents = seen
    elif generator is None:
        latents = seen.mode()
    else:
        latents = seen.sample(generator)
    shift = getattr(vae.config, "shift_factor", None)
    scaled: torch.Tensor = vae.config.scaling_factor * (latents - shift if shift else latents)
    return scaled


def decode(vae: Any, latents: torch.Tensor) -> torch.Tensor:
    """Latents to a picture (1, 3, h, w), about -1..1."""
    latents = latents.to(vae.dtype) / vae.config.scaling_factor
    shift = getattr(vae.config, "shift_factor", None)
    picture: torch.Tensor = vae.decode(latents + shift if shift else latents, return_dict=False)[0]
    return picture


def cell_size(vae: Any) -> int:
    """Pixels along the side of one latent cell."""
    return 1 << (len(vae.config.block_out_channels) - 1)
