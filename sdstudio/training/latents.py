"""The cache of latents that the UNet learns from: every drawing of every thing in several views, encoded once.

Owns the choice of views (background and placement, by seed), the file ``latents.pt``, and the settling of the
autoencoder: its latents are brought to zero mean and equal deviation per channel, folded into its own weights. Must not
know captions' grammar or the UNet.
"""

import logging
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderTiny

from sdstudio.training import checkpoint, device, packages, pictures
from sdstudio.training.autoencoder import as_tensor
from sdstudio.training.drawings import Drawings
from sdstudio.training.evaluation import measures
from sdstudio.training.recipe import Recipe
from sdstudio.training.vocabulary import Thing

log = logging.getLogger(__name__)
PLACES = {
    "on the left": (-0.25, 0.0),
    "on the right": (0.25, 0.0),
    "at the top": (0.0, -0.25),
    "at the bottom": (0.0, 0.25),
    "in the center": (0.0, 0.0),
}
LARGE = 0.9  # of the picture's side: where a caption says no place, so that it tells all there is to know
SMALL = 0.45  # of the picture's side, so that two fit beside each other
DEVIATION = 0.7  # of settled latents: the decoder squashes what lies beyond 3, so unit deviation would lose the tails


@dataclass(frozen=True)
class View:
    """One picture of the training set: thing number, training set, background word, placement, whether blurred.

    ``shade`` seeds the shade of the background, which a sketch has from the view that it is of.
    """

    thing: int
    style: str
    background: str
    where: pictures.Placement
    shade: int = 0
    sketched: bool = False


def views(things: list[Thing], recipe: Recipe) -> list[View]:
    """Every view of every drawing, in order: on white (all but the first anywhere), on different colours, small, and
    sketches of some of them."""
    rng = np.random.default_rng((recipe.seed, 2))
    colours = [name for name in pictures.COLOURS if name != "white"]
    sizes = recipe.diffusion
    out: list[View] = []
    large = sizes.views - sizes.small_views
    for number in range(len(things)):
        for style in packages.STYLES:
            shades = [colours[i] for i in rng.permutation(len(colours))]
            own: list[View] = []
            for row in range(sizes.views):
                white = row < sizes.white_views or row == large
                where = pictures.Placement(LARGE if row < large else SMALL)
                if 0 < row < sizes.white_views:
                    scale = rng.uniform(0.72, 0.98)
                    where = pictures.Placement(scale, *rng.uniform(-0.5, 0.5, 2) * (1 - scale))
                own.append(View(number, style, "white" if white else shades[row % len(shades)], where, len(out) + row))
            own += [replace(own[row], sketched=True) for row in sizes.sketched_views]
            out += own
    return out


def picture(view: View, thing: Thing, drawings: Drawings, recipe: Recipe) -> np.ndarray:
    """The (size, size, 3) uint8 picture of a view."""
    rng = np.random.default_rng((recipe.seed, 3, view.shade))
    placed = pictures.place(drawings.get(thing.entry, view.style), view.where, recipe.size)
    made = pictures.over(placed, pictures.named_colour(view.background, rng)[None, None])
    return measures.sketch_of(made) if view.sketched else made


@torch.no_grad()
def encode(model: AutoencoderTiny, images: np.ndarray) -> torch.Tensor:
    """(B, H, W, 3) uint8 to (B, C, h, w) float32 latents on the CPU."""
    batch = as_tensor(images).to(next(model.parameters()).device, memory_format=torch.channels_last)
    with device.autocast(batch.device):
        return model.encoder(batch).float().cpu()


def build(model: AutoencoderTiny, things: list[Thing], drawings: Drawings, recipe: Recipe) -> torch.Tensor:
    """Encode every view; (N, C, h, w) float16 in the order of ``views``."""
    model = device.place(model, device.pick())
    plan, out = views(things, recipe), []
    for start in range(0, len(plan), 16):
        images = [picture(view, things[view.thing], drawings, recipe) for view in plan[start : start + 16]]
        out.append(encode(model, np.stack(images)).half())
    return torch.cat(out)


@torch.no_grad()
def settle(model: AutoencoderTiny, latents: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Fold a per-channel shift and scale into ``model`` so that its latents have mean 0 and deviation DEVIATION.

    ``latents`` (N, C, h, w) are a sample of what the encoder gives now. Returns the (C,) shift and scale with
    ``new = (old - shift) * scale``. Exact for the encoder; the decoder squashes its input, so there it is
    nearly exact, which a short decoder-only training repairs.
    """
    sample = latents.float()
    shift = sample.mean((0, 2, 3))
    scale = DEVIATION / sample.std((0, 2, 3))
    last, first = model.encoder.layers[-1], model.decoder.layers[0]
    last.weight.mul_(scale[:, None, None, None])
    last.bias.sub_(shift).mul_(scale)
    first.bias.add_((first.weight * shift[None, :, None, None]).sum((1, 2, 3)))
    first.weight.div_(scale[None, :, None, None])
    return shift, scale


def prepare(
    things: list[Thing], drawings: Drawings, recipe: Recipe, work: Path, model: AutoencoderTiny
) -> torch.Tensor:
    """The cached latents, made (and the settled autoencoder with them, as ``settled.pt``) when they are not there."""
    state = checkpoint.load(work / "latents.pt")
    if state is not None:
        return state["latents"]
    log.info("encoding %d views", len(views(things, recipe)))
    raw = build(model, things, drawings, recipe)
    model = model.cpu()
    shift, scale = settle(model, raw)
    log.info("latent shift up to %.2f, scale %.2f to %.2f", shift.abs().max(), scale.min(), scale.max())
    latents = ((raw.float() - shift[:, None, None]) * scale[:, None, None]).half()
    checkpoint.save(work / "settled.pt", {"model": model.state_dict()})
    checkpoint.save(work / "latents.pt", {"latents": latents})
    return latents
