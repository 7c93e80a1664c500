"""Teaches the text encoder what captions look like, before the UNet learns to draw.

A regression without noise: the last tokens that the text encoder gives are one for each region of the picture, and a
linear map from each predicts the latents there. A padded caption always has those tokens, so afterwards the
cross-attention finds in them what belongs where, and the UNet has to learn to copy and sharpen it instead of
remembering every drawing by itself, which costs a hundred times more. Owns that regression only; the linear map is
thrown away and the text encoder stays as it is from then on. Must not know pixels or noise.
"""

import logging
from collections.abc import Callable

import torch
from torch import nn

from sdstudio.training import device, diffusion
from sdstudio.training.batches import Material, batch_of
from sdstudio.training.feed import ahead
from sdstudio.training.latents import DEVIATION
from sdstudio.training.recipe import Recipe

log = logging.getLogger(__name__)
SIDE = 4  # regions along a side of the picture


def learn(
    nets: diffusion.Networks, material: Material, recipe: Recipe, steps: int,
    each_step: Callable[[], bool] = lambda: False,
) -> float:  # fmt: skip
    """Train ``nets.text`` in place; returns the part of the latents' variance that captions explain afterwards."""
    torch.manual_seed(recipe.seed)
    mean = material.latents[::7].float().mean(0) / DEVIATION
    where, size = next(nets.parameters()).device, mean.numel() // SIDE**2
    head = nn.Linear(recipe.text.width, size).to(where)
    parts = [*nets.text.parameters(), *head.parameters()]
    rate = recipe.text.learning_rate
    optimizer = torch.optim.AdamW(parts, lr=rate, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps, pct_start=0.1)
    explained = 0.0
    batches = ahead(lambda step: batch_of(material, recipe, -1 - step, size=64, still=True), 0)
    for step, batch in enumerate(batches):
        wanted = regions(batch.latents - mean).to(where)
        with device.autocast(where), device.attention(where):
            made = head(nets.text(batch.tokens.to(where))[0][:, -(SIDE**2) :]).float()
        error = (made - wanted).square().mean() / wanted.square().mean()
        optimizer.zero_grad()
        error.backward()
        nn.utils.clip_grad_norm_(parts, 1.0)
        optimizer.step()
        schedule.step()
        explained += 0.02 * (1 - error.item() - explained)
        if step % 100 == 99:
            log.info("wording step %d of %d: %.0f %% explained", step + 1, steps, 100 * explained)
        if each_step() or step + 1 == steps:
            break
    return explained


def regions(latents: torch.Tensor) -> torch.Tensor:
    """(B, C, h, w) latents to (B, SIDE * SIDE, numbers) regions, row by row."""
    cut = latents.unflatten(3, (SIDE, -1)).unflatten(2, (SIDE, -1))  # B, C, rows, y, columns, x
    return cut.permute(0, 2, 4, 1, 3, 5).flatten(3).flatten(1, 2)
