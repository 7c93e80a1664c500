"""Trains the UNet on cached latents, with v-prediction; the text encoder goes with it as `wording` has taught it.

Owns the weighting (as min-SNR, arXiv 2303.09556, but noisy steps in full: they decide what is drawn), the loop, its
checkpoint ``diffusion.pt`` and the contact sheets. Must not know pixels or the autoencoder's insides.
"""

import logging
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from diffusers import UNet2DConditionModel
from torch import nn
from transformers import CLIPTextModel

from sdstudio.training import checkpoint, device, networks
from sdstudio.training.batches import Batch, Material, batch_of
from sdstudio.training.faults import TrainingError
from sdstudio.training.feed import ahead
from sdstudio.training.pace import Pace
from sdstudio.training.recipe import Recipe

log = logging.getLogger(__name__)


class Networks(nn.Module):
    """The two networks that belong together, so that one state dictionary and one average hold both."""

    def __init__(self, recipe: Recipe, vocabulary: int) -> None:
        super().__init__()
        self.text: CLIPTextModel = networks.make_text(recipe, vocabulary)
        self.unet: UNet2DConditionModel = networks.make_unet(recipe)


def loss_of(nets: Networks, batch: Batch, alphas: torch.Tensor, min_snr: float) -> torch.Tensor:
    """Weighted squared error of the predicted v; ``alphas`` (1000,) are the cumulative products of the schedule.

    Where what is seen is not what is wanted (a sketch), v is the one that leads from it to the wanted latents.
    """
    alpha = alphas[batch.steps].view(-1, 1, 1, 1)
    noisy = alpha.sqrt() * batch.seen + (1 - alpha).sqrt() * batch.noise
    wanted = alpha.sqrt() * batch.noise - (1 - alpha).sqrt() * batch.latents
    wanted += alpha / (1 - alpha).sqrt() * (batch.seen - batch.latents)
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
        there = Batch(*(part.to(self.device) for part in vars(batch).values()))
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
