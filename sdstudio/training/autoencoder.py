"""Trains the autoencoder: pictures to latents and back (diffusers' AutoencoderTiny, deterministic).

Owns its data (random crops of drawings over random backgrounds), losses and loop. Latents get a little noise while
training and a small penalty on their size, which keeps them near unit scale and forgiving of the sampler's errors; some
steps also decode half-size latents into half-size pictures (EQ-VAE, arXiv 2502.09509), which makes them smoother and
easier to generate. Must not know captions or the UNet.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - the name everyone knows
from diffusers import AutoencoderTiny

from sdstudio.training import checkpoint, device, packages, pictures, run
from sdstudio.training.drawings import Drawings
from sdstudio.training.faults import TrainingError
from sdstudio.training.recipe import AutoencoderRecipe, Recipe

SQUARED = 4.0  # weight of the squared error, which PSNR measures, beside the absolute ones, which keep edges crisp
HELD_OUT_EVERY = 29  # every 29th thing is left out of the autoencoder's training and measured


def make(recipe: AutoencoderRecipe) -> AutoencoderTiny:
    """A new autoencoder with random weights: (B, 3, H, W) in -1..1 to (B, latent_channels, H / f, W / f) and back."""
    stages = len(recipe.encoder_blocks)
    return AutoencoderTiny(
        encoder_block_out_channels=(recipe.width,) * stages,
        decoder_block_out_channels=(recipe.width,) * stages,
        num_encoder_blocks=tuple(recipe.encoder_blocks),
        num_decoder_blocks=tuple(recipe.decoder_blocks),
        latent_channels=recipe.latent_channels,
    )


def crops(drawings: Drawings, recipe: Recipe, step: int, stream: int = 1) -> np.ndarray:
    """The training batch of a step: (batch, crop, crop, 3) uint8, the same for the same seed, stream and step."""
    rng = np.random.default_rng((recipe.seed, stream, step))
    entries = [entry for row, entry in enumerate(drawings.entries) if row % HELD_OUT_EVERY]
    sets = list(packages.STYLES)
    side, crop = recipe.size, recipe.autoencoder.crop
    out = np.empty((recipe.autoencoder.batch, crop, crop, 3), np.uint8)
    for row in range(len(out)):
        drawing = drawings.get(entries[rng.integers(len(entries))], sets[rng.integers(len(sets))])
        scale = 1.0 if rng.random() < 0.4 else rng.uniform(0.5, 1.0)
        where = pictures.Placement(scale, flip=bool(rng.random() < 0.5))
        placed = pictures.place(drawing, where, side)
        top, left = rng.integers(0, side - crop + 1, 2)
        cut = placed[top : top + crop, left : left + crop]
        out[row] = pictures.over(cut, pictures.any_background(rng, crop))
    return out


def difference(made: torch.Tensor, real: torch.Tensor) -> torch.Tensor:
    """L1 on pixels, on their gradients and on 4x averages (which holds the mean colour), and squared error.

    Images (B, 3, H, W) in -1..1.
    """
    error = made - real
    across = (error[..., 1:] - error[..., :-1]).abs().mean()
    down = (error[..., 1:, :] - error[..., :-1, :]).abs().mean()
    means = F.avg_pool2d(error, 4).abs().mean()
    return error.abs().mean() + across + down + means + SQUARED * error.square().mean()


def loss_of(
    model: AutoencoderTiny,
    real: torch.Tensor,
    recipe: AutoencoderRecipe,
    rng: torch.Generator,
    decoder_only: bool = False,
) -> torch.Tensor:
    """The loss of one batch of pictures (B, 3, H, W) in -1..1; ``rng`` is a CPU generator."""
    with device.autocast(real.device):
        with torch.set_grad_enabled(not decoder_only):
            latents = model.encoder(real).float()
        noisy = latents + recipe.latent_noise * torch.randn(latents.shape, generator=rng).to(latents.device)
        half = bool(torch.rand((), generator=rng) < 0.25) and not decoder_only
        made = model.decoder(F.avg_pool2d(noisy, 2) if half else noisy).float()
    target = F.interpolate(real, scale_factor=0.5, mode="area") if half else real
    return difference(made, target) + recipe.latent_penalty * latents.square().mean()


def as_tensor(images: np.ndarray) -> torch.Tensor:
    """(B, H, W, 3) uint8 to (B, 3, H, W) float32 in -1..1, channels last in memory."""
    return torch.from_numpy(images).permute(0, 3, 1, 2).float().div(127.5).sub(1)


def train(
    drawings: Drawings, recipe: Recipe, work: Path, stop_after: int | None = None,
    each_step: Callable[[], bool] = lambda: False, polish: AutoencoderTiny | None = None,
) -> None:  # fmt: skip
    """Train until the budget is used up, from the last checkpoint if there is one; writes ``autoencoder.pt``.

    ``stop_after`` pauses the run at that step, to be gone on with later; ``each_step`` is called after every step, and
    True pauses it too. With ``polish``, an autoencoder whose latents are already in use, only its decoder learns on;
    that writes ``decoder.pt``.
    """
    sizes, where = recipe.autoencoder, device.pick()
    path = work / ("decoder.pt" if polish else "autoencoder.pt")
    budget, rate = (sizes.polish, sizes.polish_rate) if polish else (sizes.budget, sizes.learning_rate)
    torch.manual_seed(recipe.seed)
    model = device.place(polish or make(sizes), where)
    learns = (model.decoder if polish else model).parameters()
    going = run.Run(path, model, run.Manner(rate, budget, sizes.ema), learns)

    def loss(batch: np.ndarray) -> torch.Tensor:
        rng = torch.Generator().manual_seed(recipe.seed * 1_000_003 + going.pace.step)
        return loss_of(model, as_tensor(batch).to(where), sizes, rng, decoder_only=polish is not None)

    run.train(going, lambda step: crops(drawings, recipe, step, 5 if polish else 1), loss, stop_after, each_step)


def load(recipe: Recipe, work: Path) -> AutoencoderTiny:
    """The averaged autoencoder of the last checkpoint, for use. Raises TrainingError when there is none."""
    state = checkpoint.load(work / "autoencoder.pt")
    if state is None:
        raise TrainingError("There is no trained autoencoder in the work folder; run the autoencoder command first.")
    model = make(recipe.autoencoder)
    model.load_state_dict(state["average"])
    return model.eval()
