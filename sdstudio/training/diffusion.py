"""Trains the UNet on cached latents, with v-prediction; the text encoder goes with it as `wording` has taught it.

Owns the weighting (as min-SNR, arXiv 2303.09556, but noisy steps in full: they decide what is drawn), its checkpoint
``diffusion.pt`` and the contact sheets. Must not know pixels or the autoencoder's insides.
"""

from collections.abc import Callable
from pathlib import Path
from typing import cast

import torch
from diffusers import UNet2DConditionModel
from torch import nn
from transformers import CLIPTextModel

from sdstudio.training import checkpoint, device, networks, run
from sdstudio.training.batches import Batch, Material, batch_of
from sdstudio.training.faults import TrainingError
from sdstudio.training.recipe import Recipe


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


def begin(material: Material, recipe: Recipe, work: Path) -> run.Run:
    """A run on ``material`` with new networks, or where it was stopped; its module is a ``Networks``."""
    torch.manual_seed(recipe.seed)
    nets, sizes = device.place(Networks(recipe, len(material.tokenizer)), device.pick()), recipe.diffusion
    manner = run.Manner(sizes.learning_rate, sizes.budget, sizes.ema, (0.9, 0.999), weight_decay=1e-2, warmup=200)
    return run.Run(work / "diffusion.pt", nets, manner, nets.unet.parameters())


def train(
    material: Material, recipe: Recipe, work: Path,
    draw: Callable[[Networks, Path], None] | None = None, stop_after: int | None = None,
    each_step: Callable[[], bool] = lambda: False, teach: Callable[[Networks], None] = lambda nets: None,
) -> None:  # fmt: skip
    """Train until the budget is used up, from the last checkpoint if there is one.

    ``draw`` makes a contact sheet now and then; ``stop_after`` pauses the run at that step, to be gone on with later;
    ``each_step`` is called after every step, and True pauses the run too; ``teach`` may prepare new networks.
    """
    going, where = begin(material, recipe, work), device.pick()
    nets = cast(Networks, going.module)
    going.begin(lambda: teach(nets))
    alphas = networks.make_schedule().alphas_cumprod.to(where)

    def loss(batch: Batch) -> torch.Tensor:
        there = Batch(*(part.to(where) for part in vars(batch).values()))
        return loss_of(nets, there, alphas, recipe.diffusion.min_snr)

    def sheet() -> None:
        averaged = Networks(recipe, len(material.tokenizer))
        averaged.load_state_dict(going.average.weights)
        if draw is not None:
            draw(averaged.to(where).eval(), work / f"sheet-{going.pace.step:06d}.png")

    often = None if draw is None else (60 * recipe.diffusion.sheet_minutes, sheet)
    run.train(going, lambda step: batch_of(material, recipe, step), loss, stop_after, each_step, often)


def load(recipe: Recipe, vocabulary: int, work: Path) -> tuple[Networks, int, float]:
    """The last checkpoint's averaged networks, its step and its training seconds; TrainingError if there is none."""
    state = checkpoint.load(work / "diffusion.pt")
    if state is None:
        raise TrainingError("There is no trained UNet in the work folder; run the diffusion command first.")
    nets = Networks(recipe, vocabulary)
    nets.load_state_dict(state["average"])
    return nets.eval(), state["step"], state["seconds"]
