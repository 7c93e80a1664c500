"""Trains the decoder on, alone, after the UNet: its latents are in use, so the encoder stays as it is.

Half of what it sees are true latents, which keeps it faithful; half are drafts, which teach it to mend what the sampler
leaves. Owns that loss; writes ``decoder.pt``. Must not know captions or noise schedules.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderTiny

from sdstudio.training import autoencoder, device, drafts, run
from sdstudio.training.batches import Material
from sdstudio.training.drafts import Drafts
from sdstudio.training.drawings import Drawings
from sdstudio.training.recipe import Recipe

DRAFT_WEIGHT = 0.5  # of the drafts' loss: what a draft has lost cannot all be found again
Batch = tuple[np.ndarray, torch.Tensor, np.ndarray]  # true pictures, drafts, what the drafts should show


def train(
    model: AutoencoderTiny, drawn: Drafts, material: Material, drawings: Drawings, recipe: Recipe, work: Path,
    stop_after: int | None = None, each_step: Callable[[], bool] = lambda: False,
) -> None:  # fmt: skip
    """Train ``model``'s decoder until the budget is used up, from the last checkpoint if there is one."""
    sizes, where = recipe.autoencoder, device.pick()
    torch.manual_seed(recipe.seed)
    model = device.place(model, where)
    manner = run.Manner(sizes.polish_rate, sizes.polish, sizes.ema)
    going = run.Run(work / "decoder.pt", model, manner, model.decoder.parameters())

    def batch_of(step: int) -> Batch:
        return autoencoder.crops(drawings, recipe, step, 5), *drafts.crops(drawn, material, drawings, recipe, step)

    def loss(batch: Batch) -> torch.Tensor:
        real, rough, meant = batch
        rng = torch.Generator().manual_seed(recipe.seed * 1_000_003 + going.pace.step)
        shown = autoencoder.as_tensor(real).to(where)
        with device.autocast(where):
            with torch.no_grad():
                true = model.encoder(shown).float()
            true += sizes.latent_noise * torch.randn(true.shape, generator=rng).to(where)
            made = model.decoder(torch.cat([true, rough.to(where)])).float()
        kept, mended = made.split([len(true), len(rough)])
        wanted = autoencoder.as_tensor(meant).to(where)
        return autoencoder.difference(kept, shown) + DRAFT_WEIGHT * autoencoder.difference(mended, wanted)

    run.train(going, batch_of, loss, stop_after, each_step)
