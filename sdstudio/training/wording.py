"""Teaches the text encoder what captions look like before any noise is involved.

A short regression: from the caption, through the text encoder and the UNet's pooled text embedding, a linear map
predicts the principal components of the picture's latents. Afterwards the embedding is a code of what the picture looks
like, which the UNet learns to draw from far sooner than from words that mean nothing yet. Owns that regression only;
the linear map is thrown away. Must not know pixels or noise.
"""

import logging
from collections.abc import Callable

import torch
from torch import nn

from sdstudio.training import device, diffusion
from sdstudio.training.latents import DEVIATION
from sdstudio.training.recipe import Recipe

log = logging.getLogger(__name__)
COMPONENTS = 128  # at most


def learn(
    nets: diffusion.Networks, material: diffusion.Material, recipe: Recipe, steps: int,
    each_step: Callable[[], bool] = lambda: False,
) -> float:  # fmt: skip
    """Train ``nets.text`` and the UNet's pooled text embedding in place; returns the part of variance explained."""
    rows = torch.randperm(len(material.latents), generator=torch.Generator().manual_seed(recipe.seed))[:2500]
    sample = material.latents[rows].float().flatten(1)
    torch.manual_seed(recipe.seed)
    _, _, components = torch.pca_lowrank(sample, min(COMPONENTS, *sample.shape), niter=2)
    where, mean = next(nets.parameters()).device, sample.mean(0)
    pooled = nets.unet.add_embedding
    head = nn.Linear(pooled.proj.out_features, components.shape[1]).to(where)
    parts = [*nets.text.parameters(), *pooled.parameters(), *head.parameters()]
    optimizer = torch.optim.AdamW(parts, lr=1e-3, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-3, total_steps=steps, pct_start=0.15)
    explained = 0.0
    for step in range(steps):
        batch = diffusion.batch_of(material, recipe, -1 - step, size=64)
        wanted = ((batch.latents.flatten(1) * DEVIATION - mean) @ components).to(where)
        with device.autocast(where), device.attention(where):
            made = head(pooled(nets.text(batch.tokens.to(where))[0])).float()
        error = (made - wanted).square().mean() / wanted.square().mean()
        optimizer.zero_grad()
        error.backward()
        nn.utils.clip_grad_norm_(parts, 1.0)
        optimizer.step()
        schedule.step()
        explained += 0.02 * (1 - error.item() - explained)
        if step % 100 == 99:
            log.info("wording step %d of %d: %.0f %% explained", step + 1, steps, 100 * explained)
        if each_step():
            break
    return explained
