"""What one step of training sees: latents, what hides them, and the captions that say what they are.

Owns the choice of pictures for a batch and what is done to them in latent space: moving, laying two side by side,
starting from a sketch. Must not know pixels or networks.
"""

from dataclasses import dataclass, replace

import numpy as np
import torch
from transformers import CLIPTokenizer

from sdstudio.training import captions, packages
from sdstudio.training.latents import DEVIATION, PLACES, View
from sdstudio.training.recipe import Recipe
from sdstudio.training.vocabulary import Thing

PLAIN_SHARE = 0.2  # of the pictures: the view that a caption which says only "a cat" should give
SMALL_SHARE = 0.1  # of the others are small and in some place, where the recipe has small views
PAIR_SHARE = 0.1  # and as many show two things
WHITE_SHARE = 0.4  # of the rest lie on white
CENTRED_SHARE = 0.8  # of those on white are in the middle
ROUGH_FROM = 0.4  # of the way to pure noise, from where shapes are found; a quarter of the steps are there
NOISY_FROM = 0.65  # from where the caption decides what it will be
NOISIEST_FROM = 0.9  # and from where it decides alone
SHIFTED_BELOW = 0.85  # up to where a sketch can still be seen, half of the pictures lie elsewhere
SHIFT = 4  # latent positions at most
SKETCHED = (0.3, 0.8)  # where some pictures come from a blurred sketch, which the caption must make sharp
SKETCH_SHARE = 0.35  # of the pictures there that have one
FOREIGN_SHARE = 0.5  # of the sketches are of the same thing as another set draws it


@dataclass(frozen=True)
class Material:
    """What a run learns from: things, views (in the order of ``latents``), (N, C, h, w) latents, tokenizer."""

    things: list[Thing]
    views: list[View]
    latents: torch.Tensor
    tokenizer: CLIPTokenizer


@dataclass(frozen=True)
class Batch:
    """Unit-deviation latents (B, C, h, w) to find, those ``seen`` under the noise (mostly the same), the noise of the
    same shape, steps (B,) and tokens (B, positions)."""

    latents: torch.Tensor
    seen: torch.Tensor
    noise: torch.Tensor
    steps: torch.Tensor
    tokens: torch.Tensor


@dataclass(frozen=True)
class Example:
    """One picture of a batch: (C, h, w) latents, their caption, the row of the view whose sketch it may start from,
    and where it is to be moved (down, right, in latent positions) or None for anywhere."""

    latents: torch.Tensor
    text: str
    row: int | None
    place: tuple[int, int] | None = None


def batch_of(material: Material, recipe: Recipe, step: int, size: int = 0, still: bool = False) -> Batch:
    """The batch of a step: the same for the same seed and step. More than half of it lies in much noise.

    ``still``: every picture where its view has it, none shifted and none sketched.
    """
    rng = np.random.default_rng((recipe.seed, 4, step % 2**32))
    generator = torch.Generator().manual_seed(recipe.seed * 1_000_003 + step)
    size = size or recipe.diffusion.batch
    examples = [_example(material, recipe, rng) for _ in range(size)]
    # one step from each of ``size`` equal parts of the schedule: less variance from batch to batch
    parts = (torch.arange(size) + torch.rand(size, generator=generator)) / size
    parts[::8] = NOISIEST_FROM + (1 - NOISIEST_FROM) * parts[::8]
    parts[4::8] = NOISY_FROM + (1 - NOISY_FROM) * parts[4::8]
    parts[2::4] = ROUGH_FROM + (1 - ROUGH_FROM) * parts[2::4]
    wanted, seen = [], []
    for part, example in zip(parts.tolist(), examples, strict=True):
        start = None if still else _sketch(material, recipe, rng, example, part)
        down, right = example.place or (0, 0)
        if not still and example.place is None and part < SHIFTED_BELOW and rng.random() < 0.5:
            down, right = rng.integers(-SHIFT, SHIFT + 1, 2)
        wanted.append(shifted(example.latents, down, right))
        seen.append(wanted[-1] if start is None else shifted(start, down, right))
    latents = torch.stack(wanted).float() / DEVIATION
    noise = torch.randn(latents.shape, generator=generator)
    tokens = tokens_of(material.tokenizer, [example.text for example in examples])
    return Batch(latents, torch.stack(seen).float() / DEVIATION, noise, (parts * 1000).long().clamp(0, 999), tokens)


def _example(material: Material, recipe: Recipe, rng: np.random.Generator) -> Example:
    sizes = recipe.diffusion
    plain = rng.random() < PLAIN_SHARE
    shares = [sizes.style_shares[name] for name in packages.STYLES]
    style = 0 if plain else int(rng.choice(len(shares), p=shares))
    thing, kind = int(rng.integers(len(material.things))), rng.random()
    first = _first_row(recipe, thing, style)
    if not plain and sizes.small_views and kind < SMALL_SHARE:
        return _small(material, recipe, rng, first)
    if not plain and sizes.small_views and kind < SMALL_SHARE + PAIR_SHARE:
        return _pair(material, recipe, rng, first, _first_row(recipe, int(rng.integers(len(material.things))), style))
    large, whites = sizes.views - sizes.small_views, sizes.white_views
    if plain or whites == large or rng.random() < WHITE_SHARE:
        offset = 0 if plain or rng.random() < CENTRED_SHARE else int(rng.integers(whites))
    else:
        offset = int(rng.integers(whites, large))
    row = first + offset
    text = captions.caption(scene_of(material, row), rng, sizes.caption_dropout)
    return Example(material.latents[row], text, row)


def _small(material: Material, recipe: Recipe, rng: np.random.Generator, first: int) -> Example:
    row = first + recipe.diffusion.views - 1 - int(rng.integers(recipe.diffusion.small_views))
    place = list(PLACES)[int(rng.integers(len(PLACES)))]
    right, down = (round(share * recipe.latent_size) for share in PLACES[place])
    scene = replace(scene_of(material, row), place=f"small, {place}")
    text = captions.caption(scene, rng, recipe.diffusion.caption_dropout)
    return Example(material.latents[row], text, row, (down, right))


def _pair(material: Material, recipe: Recipe, rng: np.random.Generator, left: int, right: int) -> Example:
    small = recipe.diffusion.views - recipe.diffusion.small_views
    text = captions.of_two(scene_of(material, left), scene_of(material, right), rng, recipe.diffusion.caption_dropout)
    joined = beside(material.latents[left + small], material.latents[right + small])
    return Example(joined, text, None, (0, 0))


def _sketch(
    material: Material, recipe: Recipe, rng: np.random.Generator, example: Example, part: float
) -> torch.Tensor | None:
    sizes = recipe.diffusion
    if example.row is None or not SKETCHED[0] < part < SKETCHED[1]:
        return None
    drawing, offset = divmod(example.row, sizes.per_drawing)
    if offset not in sizes.sketched_views:
        return None
    if rng.random() > SKETCH_SHARE:
        return None
    if rng.random() < FOREIGN_SHARE:
        styles = len(packages.STYLES)
        drawing = drawing - drawing % styles + int(rng.integers(styles))
    return material.latents[drawing * sizes.per_drawing + sizes.views + sizes.sketched_views.index(offset)]


def _first_row(recipe: Recipe, thing: int, style: int) -> int:
    return (thing * len(packages.STYLES) + style) * recipe.diffusion.per_drawing


def shifted(latents: torch.Tensor, down: int, right: int) -> torch.Tensor:
    """(C, h, w) latents moved by whole positions; the edges go on, as a plain background does."""
    height, width = latents.shape[1:]
    rows = (torch.arange(height) - int(down)).clamp(0, height - 1)
    columns = (torch.arange(width) - int(right)).clamp(0, width - 1)
    return latents[:, rows][:, :, columns]


def beside(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """The middle halves of two (C, h, w) latents side by side."""
    width = left.shape[2]
    middle = slice(width // 4, width // 4 + width // 2)
    return torch.cat([left[:, :, middle], right[:, :, middle]], 2)


def scene_of(material: Material, row: int) -> captions.Scene:
    """What the view in ``row`` shows, in words."""
    view = material.views[row]
    thing = material.things[view.thing]
    return captions.Scene(thing.words, packages.STYLES[view.style], thing.colours[view.style], view.background)


def tokens_of(tokenizer: CLIPTokenizer, texts: list[str]) -> torch.Tensor:
    """(B, positions) token numbers, padded and cut to the tokenizer's length."""
    length = tokenizer.model_max_length
    return tokenizer(texts, padding="max_length", max_length=length, truncation=True, return_tensors="pt").input_ids
