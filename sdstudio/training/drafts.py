"""Latents as the sampler leaves them, beside the pictures that they were meant to become.

A small UNet leaves blotches where a flat area should be; a decoder that has seen such latents learns to paint over
them. Owns the making of those pairs (cached in ``drafts.pt``) and their crops. Must not know how a decoder is
trained.
"""

import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from sdstudio.training import autoencoder, batches, captions, checkpoint, latents, sampling
from sdstudio.training.batches import Material
from sdstudio.training.diffusion import Networks
from sdstudio.training.drawings import Drawings
from sdstudio.training.latents import DEVIATION
from sdstudio.training.recipe import Recipe

log = logging.getLogger(__name__)
STRENGTHS = (0.3, 0.7)  # how far towards noise the true latents go: the thing must stay where it was
TOGETHER = 16


@dataclass(frozen=True)
class Drafts:
    """(N, C, h, w) float16 latents as decoders get them, and the row of the view that each was drawn from."""

    latents: torch.Tensor
    rows: list[int]


def make(nets: Networks, material: Material, drawings: Drawings, recipe: Recipe, count: int) -> Drafts:
    """Take ``count`` large views of things that the autoencoder may see, noise them and let ``nets`` redraw them."""
    rng = np.random.default_rng((recipe.seed, 7))
    large = recipe.diffusion.views - recipe.diffusion.small_views
    unseen = {entry.code for entry in autoencoder.held_out(drawings)}
    allowed = [
        row for row, view in enumerate(material.views)
        if row % recipe.diffusion.per_drawing < large and material.things[view.thing].entry.code not in unseen
    ]  # fmt: skip
    rows = [allowed[place] for place in rng.integers(len(allowed), size=count)]
    out = []
    for start in range(0, count, TOGETHER):
        part = rows[start : start + TOGETHER]
        said = [captions.caption(batches.scene_of(material, row), rng) for row in part]
        true = material.latents[part].float() / DEVIATION
        made = sampling.sample(
            nets.text, nets.unet, material.tokenizer, said, [start + place for place in range(len(part))],
            recipe.defaults.steps, recipe.defaults.cfg_scale, begin=(true, rng.uniform(*STRENGTHS)),
        )  # fmt: skip
        out.append((made * DEVIATION).half().cpu())
        if start % (TOGETHER * 20) == 0:
            log.info("%d of %d drafts", start, count)
    return Drafts(torch.cat(out), rows)


def prepare(nets: Networks, material: Material, drawings: Drawings, recipe: Recipe, work: Path) -> Drafts:
    """The recipe's number of drafts, made when they are not there."""
    path, count = work / "drafts.pt", recipe.autoencoder.drafts
    if (state := checkpoint.load(path)) is not None and len(state["rows"]) == count:
        return Drafts(state["latents"], state["rows"])
    made = make(nets, material, drawings, recipe, count)
    checkpoint.save(path, {"latents": made.latents, "rows": made.rows})
    return made


def crops(
    drafts: Drafts, material: Material, drawings: Drawings, recipe: Recipe, step: int
) -> tuple[torch.Tensor, np.ndarray]:
    """Of a step, half a batch: latents (B, C, crop / f, crop / f) and the (B, crop, crop, 3) uint8 pictures there."""
    rng = np.random.default_rng((recipe.seed, 8, step))
    crop, factor = recipe.autoencoder.crop, recipe.scale_factor
    side = crop // factor
    inside, shown = [], []
    for place in rng.integers(len(drafts.rows), size=max(1, recipe.autoencoder.batch // 2)):
        view = material.views[drafts.rows[place]]
        picture = latents.picture(view, material.things[view.thing], drawings, recipe)
        top, left = rng.integers(0, recipe.latent_size - side + 1, 2)
        inside.append(drafts.latents[place][:, top : top + side, left : left + side])
        y, x = top * factor, left * factor
        shown.append(picture[y : y + crop, x : x + crop])
    return torch.stack(inside).float(), np.stack(shown)
