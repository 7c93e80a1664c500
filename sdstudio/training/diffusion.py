"""Trains the UNet on cached latents, with v-prediction; the text encoder goes with it as `wording` has taught it.

Owns the batches, the weighting (as min-SNR, arXiv 2303.09556, but noisy steps in full: they decide what is drawn),
the loop, its checkpoint ``diffusion.pt`` and the contact sheets. Must not know pixels or the autoencoder's insides.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from diffusers import UNet2DConditionModel
from torch import nn
from transformers import CLIPTextModel, CLIPTokenizer

from sdstudio.training import captions, checkpoint, device, networks, packages
from sdstudio.training.faults import TrainingError
from sdstudio.training.feed import ahead
from sdstudio.training.latents import DEVIATION, View
from sdstudio.training.pace import Pace
from sdstudio.training.recipe import Recipe
from sdstudio.training.vocabulary import Thing

log = logging.getLogger(__name__)
PLAIN_SHARE = 0.45  # of the pictures: the view that a caption which says only "a cat" should give
WHITE_SHARE = 0.6  # of the others lie on white
CENTRED_SHARE = 0.8  # of those on white are in the middle
NOISY_FROM = 0.65  # of the way to pure noise, from where the caption decides what it will be
NOISIEST_FROM = 0.9  # and from where it decides alone
SHIFTED_BELOW = 0.85  # up to where a sketch can still be seen, half of the pictures lie elsewhere
SHIFT = 4  # latent positions at most


class Networks(nn.Module):
    """The two networks that belong together, so that one state dictionary and one average hold both."""

    def __init__(self, recipe: Recipe, vocabulary: int) -> None:
        super().__init__()
        self.text: CLIPTextModel = networks.make_text(recipe, vocabulary)
        self.unet: UNet2DConditionModel = networks.make_unet(recipe)


@dataclass(frozen=True)
class Material:
    """What a run learns from: things, views (in the order of ``latents``), (N, C, h, w) latents, tokenizer."""

    things: list[Thing]
    views: list[View]
    latents: torch.Tensor
    tokenizer: CLIPTokenizer


@dataclass(frozen=True)
class Batch:
    """Unit-deviation latents (B, C, h, w), noise of the same shape, steps (B,) and tokens (B, positions)."""

    latents: torch.Tensor
    noise: torch.Tensor
    steps: torch.Tensor
    tokens: torch.Tensor


def batch_of(material: Material, recipe: Recipe, step: int, size: int = 0, still: bool = False) -> Batch:
    """The batch of a step: the same for the same seed and step. Most of it lies on white, half of it in much noise.

    ``still``: every picture where its view has it, none shifted.
    """
    rng = np.random.default_rng((recipe.seed, 4, step % 2**32))
    generator = torch.Generator().manual_seed(recipe.seed * 1_000_003 + step)
    size, per_drawing = size or recipe.diffusion.batch, recipe.diffusion.views
    whites = max(1, per_drawing // 3)
    shares = np.array([recipe.diffusion.style_shares[name] for name in packages.STYLES])
    rows, texts = [], []
    for _ in range(size):
        plain = rng.random() < PLAIN_SHARE
        style = 0 if plain else int(rng.choice(len(shares), p=shares))
        drawing = int(rng.integers(len(material.things))) * len(shares) + style
        white = plain or whites == per_drawing or rng.random() < WHITE_SHARE
        first = 0 if plain or rng.random() < CENTRED_SHARE else int(rng.integers(whites))
        row = drawing * per_drawing + (first if white else int(rng.integers(whites, per_drawing)))
        rows.append(row)
        texts.append(captions.caption(scene_of(material, row), rng, recipe.diffusion.caption_dropout))
    latents = material.latents[rows].float() / DEVIATION
    noise = torch.randn(latents.shape, generator=generator)
    # one step from each of ``size`` equal parts of the schedule: less variance from batch to batch
    parts = (torch.arange(size) + torch.rand(size, generator=generator)) / size
    parts[::4] = NOISIEST_FROM + (1 - NOISIEST_FROM) * parts[::4]
    parts[2::4] = NOISY_FROM + (1 - NOISY_FROM) * parts[2::4]
    shifts = (parts.numpy() < SHIFTED_BELOW) & (rng.random(size) < 0.5) & (not still)
    for place in np.flatnonzero(shifts):
        latents[place] = shifted(latents[place], *rng.integers(-SHIFT, SHIFT + 1, 2))
    return Batch(latents, noise, (parts * 1000).long().clamp(0, 999), tokens_of(material.tokenizer, texts))


def shifted(latents: torch.Tensor, down: int, right: int) -> torch.Tensor:
    """(C, h, w) latents moved by whole positions; the edges go on, as a plain background does."""
    height, width = latents.shape[1:]
    rows = (torch.arange(height) - int(down)).clamp(0, height - 1)
    columns = (torch.arange(width) - int(right)).clamp(0, width - 1)
    return latents[:, rows][:, :, columns]


def scene_of(material: Material, row: int) -> captions.Scene:
    """What the view in ``row`` shows, in words."""
    view = material.views[row]
    thing = material.things[view.thing]
    return captions.Scene(
        thing.words, packages.STYLES[view.style], thing.colours[view.style], view.background, view.place
    )


def tokens_of(tokenizer: CLIPTokenizer, texts: list[str]) -> torch.Tensor:
    """(B, positions) token numbers, padded and cut to the tokenizer's length."""
    length = tokenizer.model_max_length
    return tokenizer(texts, padding="max_length", max_length=length, truncation=True, return_tensors="pt").input_ids


def loss_of(nets: Networks, batch: Batch, alphas: torch.Tensor, min_snr: float) -> torch.Tensor:
    """Weighted squared error of the predicted v; ``alphas`` (1000,) are the cumulative products of the schedule."""
    alpha = alphas[batch.steps].view(-1, 1, 1, 1)
    noisy = alpha.sqrt() * batch.latents + (1 - alpha).sqrt() * batch.noise
    wanted = alpha.sqrt() * batch.noise - (1 - alpha).sqrt() * batch.latents
    with device.autocast(noisy.device), device.attention(noisy.device):
        with torch.no_grad():  # the text encoder has learned by regression what it will ever know
            words = nets.text(batch.tokens)[0]
        made = nets.unet(noisy, batch.steps, words).sample
    weight = (min_snr * (1 - alpha)).clamp(max=1)  # = min(SNR + 1, min_snr) / (SNR + 1)
    return (weight * (made.float() - wanted).square()).mean()


def train(
    material: Material, recipe: Recipe, work: Path,
    draw: Callable[[Networks, Path], None] | None = None, stop_after: int | None = None,
    each_step: Callable[[], bool] = lambda: False, begin: Callable[[Networks], None] = lambda nets: None,
) -> None:  # fmt: skip
    """Train until the budget is used up, from the last checkpoint if there is one.

    ``draw`` makes a contact sheet now and then; ``stop_after`` pauses the run at that step, to be gone on with later;
    ``each_step`` is called after every step, and True pauses the run too; ``begin`` may prepare new networks.
    """
    run = Run(material, recipe, work)
    if run.pace.step == 0:
        begin(run.nets)
        run.average = checkpoint.Average(run.nets, recipe.diffusion.ema)
    losses: list[float] = []
    said = drawn = time.monotonic()
    for batch in ahead(lambda step: batch_of(material, recipe, step), run.pace.step):
        if run.pace.over or run.pace.step == stop_after:
            break
        losses.append(run.step(batch))
        if each_step():
            break
        now = time.monotonic()
        if now - said > 60:
            said = now
            log.info("diffusion step %d, %.0f s: loss %.4f, rate %.1e, %.0f %% done", run.pace.step, run.pace.seconds,
                     float(np.mean(losses[-400:])), run.pace.rate(recipe.diffusion.learning_rate),
                     100 * run.pace.fraction)  # fmt: skip
            if run.pace.step // 250 > run.saved // 250:
                run.save()
        if draw is not None and now - drawn > 60 * recipe.diffusion.sheet_minutes:
            drawn = now
            draw(run.averaged(), work / f"sheet-{run.pace.step:06d}.png")
    run.save()


class Run:
    """A training run's whole state: networks, average, optimiser, pace."""

    def __init__(self, material: Material, recipe: Recipe, work: Path) -> None:
        self.recipe, self.path, self.device = recipe, work / "diffusion.pt", device.pick()
        torch.manual_seed(recipe.seed)
        self.vocabulary = len(material.tokenizer)
        sizes = recipe.diffusion
        self.nets = device.place(Networks(recipe, self.vocabulary), self.device)
        self.optimizer = torch.optim.AdamW(
            self.nets.unet.parameters(), lr=sizes.learning_rate, betas=(0.9, 0.999), weight_decay=1e-2, fused=True
        )
        self.average, self.pace = checkpoint.Average(self.nets, sizes.ema), Pace(sizes.budget)
        self.alphas = networks.make_schedule().alphas_cumprod.to(self.device)
        self.saved = 0
        if (state := checkpoint.load(self.path)) is not None:
            self.nets.load_state_dict(state["model"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.average.weights, self.average.count = state["average"], state["count"]
            self.pace = Pace(sizes.budget, state["step"], state["seconds"])
            self.saved = self.pace.step

    def step(self, batch: Batch) -> float:
        """Learn from one batch; returns its loss."""
        sizes = self.recipe.diffusion
        for group in self.optimizer.param_groups:
            group["lr"] = self.pace.rate(sizes.learning_rate, warmup=200)
        there = Batch(*(part.to(self.device) for part in (batch.latents, batch.noise, batch.steps, batch.tokens)))
        loss = loss_of(self.nets, there, self.alphas, sizes.min_snr)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.nets.unet.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.average.update(self.nets)
        self.pace.tick()
        return loss.item()

    def averaged(self) -> Networks:
        """A copy of the networks with the averaged weights, for use."""
        nets = Networks(self.recipe, self.vocabulary)
        nets.load_state_dict(self.average.weights)
        return nets.to(self.device).eval()

    def save(self) -> None:
        """Write the checkpoint."""
        state = {"step": self.pace.step, "seconds": self.pace.seconds, "count": self.average.count}
        weights = {"average": self.average.weights, "model": self.nets.state_dict()}
        checkpoint.save(self.path, state | weights | {"optimizer": self.optimizer.state_dict()})
        self.saved = self.pace.step


def load(recipe: Recipe, vocabulary: int, work: Path) -> tuple[Networks, int, float]:
    """The last checkpoint's averaged networks, its step and its training seconds; TrainingError if there is none."""
    state = checkpoint.load(work / "diffusion.pt")
    if state is None:
        raise TrainingError("There is no trained UNet in the work folder; run the diffusion command first.")
    nets = Networks(recipe, vocabulary)
    nets.load_state_dict(state["average"])
    return nets.eval(), state["step"], state["seconds"]
