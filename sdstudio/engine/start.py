"""Where a job starts: the source as latents, the seed's noise on them, and what has to stay as it is.

Owns the order in which the seed's numbers are drawn, which is diffusers'. Must not know what is made of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from sdstudio.engine import masking, noise, pixels
from sdstudio.engine.conditions import beside, read_pictures
from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.plan import Plan
from sdstudio.engine.validation import Pixels
from sdstudio.protocol.request import GenerationRequest


@dataclass
class Start:
    """Tensors are (1, channels, height, width) in latent cells."""

    latents: torch.Tensor
    kept: masking.Kept | None  # set when some latents have to be put back after each step
    conditions: torch.Tensor | None  # further input channels: mask and masked picture, depth map, small picture


def prepare(
    request: GenerationRequest,
    given: Pixels,
    model: LoadedModel,
    scheduler: Any,
    plan: Plan,
    strength: float,
    generator: torch.Generator,
) -> Start:
    """Read the pictures, encode the source and draw the noise, in this order: the seed decides all three."""
    shape = (1, model.latent_channels, request.extent.height // model.cell, request.extent.width // model.cell)
    source = None if given.source is None else pixels.to_tensor(given.source)
    mask = None if given.mask is None or _sees_the_hole(request, model) else masking.shrink(given.mask, model.cell)
    pictures = read_pictures(request, given, model, generator)
    original = given.latents
    # At full strength without a mask the source does not count at all: the picture is text to image's.
    if source is not None and (strength < 1 or mask is not None):
        original = model.encode(source, generator, _wrapped(request)).to(model.dtype)
    drawn = noise.draw(shape, generator, model.device, model.dtype)  # even where another job's noise takes its place
    if given.noise is not None:
        drawn = given.noise
    begun = original if given.latents is None else given.latents
    if begun is not None and strength < 1:
        latents = scheduler.add_noise(begun, drawn, plan.timesteps[:1])
    else:
        latents = drawn * scheduler.init_noise_sigma
    kept = None
    if original is not None and mask is not None:
        kept = masking.Kept(mask.to(model.device, model.dtype), original, drawn)
    if model.info.inpaint:
        return Start(latents, kept, _hole(given, source, shape, model, generator))
    if pictures is not None:
        return Start(latents, kept, pictures)
    return Start(latents, kept, beside(request, given, source, shape, model, generator))


def _sees_the_hole(request: GenerationRequest, model: LoadedModel) -> bool:
    """Whether the denoiser itself knows what has to stay. A refiner does not, so that it has to be put back for it."""
    return model.info.inpaint and not request.refiner


def _wrapped(request: GenerationRequest) -> str:
    """In which directions the picture continues at its other side; a part of a larger one does not."""
    return "" if request.mode == "inpaint" else request.seamless


def _hole(
    given: Pixels, source: torch.Tensor | None, shape: tuple[int, ...], model: LoadedModel, generator: torch.Generator
) -> torch.Tensor:
    """Mask and masked picture as inpainting models were trained with: hard mask, nearest; all free without one."""
    height, width = shape[2] * model.cell, shape[3] * model.cell
    if given.mask is None or source is None:
        mask = torch.ones(1, 1, height, width)
        masked = torch.zeros(1, 3, height, width)
    else:
        mask = torch.from_numpy(given.mask >= 128).float()[None, None]
        masked = source * (mask < 0.5)
    return model.with_hole(mask, model.encode(masked, generator).to(model.dtype))
