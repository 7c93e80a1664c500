"""A finished model as the ground that extras are trained on: pictures to latents, captions to text, and the loss.

Owns batches and the arithmetic of the loss; v- and epsilon-prediction alike. Must not know what is being learned.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import DDIMScheduler

from sdstudio.engine import loading, pixels
from sdstudio.engine.loaded import LoadedModel
from sdstudio.errors import StudioError
from sdstudio.models.library import describe
from sdstudio.training import device
from sdstudio.training.extras.examples import Examples
from sdstudio.training.extras.recipe import ExtraRecipe
from sdstudio.training.faults import TrainingError

NOISY_FROM = 0.5


@dataclass(frozen=True)
class Batch:
    """Latents (B, C, h, w) as the denoiser knows them, noise alike, steps (B,), captions, and control pictures
    (B, 3, H, W) in 0..1 when they are asked for."""

    latents: torch.Tensor
    noise: torch.Tensor
    steps: torch.Tensor
    texts: list[str]
    hints: torch.Tensor | None = None


class Lesson:
    """The loaded model, its noise schedule, and its way of reading captions."""

    def __init__(self, folder: Path) -> None:
        """Raises TrainingError when there is no model that can be trained on."""
        try:
            self.model: LoadedModel = loading.load(describe(folder), device.pick(), lambda done: None)
        except StudioError as error:
            raise TrainingError(error.message, detail=error.detail) from error
        if len(self.model.prompts.text_models) != 1:
            raise TrainingError("Extras can be trained for models with one text encoder only, not for SDXL.")
        self.text = self.model.prompts.text_models[0]
        self.unet: Any = self.model.unet
        schedule = DDIMScheduler.from_config(self.model.scheduler_config)
        self.alphas: torch.Tensor = schedule.alphas_cumprod.to(self.model.device)
        self.predicts_v = schedule.config.prediction_type == "v_prediction"

    def encode(self, images: np.ndarray) -> torch.Tensor:
        """(B, H, W, 3) uint8 to latents on the CPU, without the autoencoder's sampling noise."""
        with torch.no_grad():
            return torch.cat([pixels.encode(self.model.vae, pixels.to_tensor(one), None).cpu() for one in images])

    def words(self, texts: list[str]) -> torch.Tensor:
        """(B, length, width): captions as the denoiser reads them, cut to what the encoder can read."""
        tokenizer, room = self.text.tokenizer, self.text.length - 2
        rows = [[tokenizer.bos_token_id, *self.text.numbers(text)[:room], tokenizer.eos_token_id] for text in texts]
        rows = [row + [tokenizer.pad_token_id] * (self.text.length - len(row)) for row in rows]
        made: torch.Tensor = self.text.encoder(torch.tensor(rows, device=self.model.device))[0]
        return made

    def noised(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        """What the denoiser gets, and what it should answer."""
        alpha = self.alphas[batch.steps.to(self.alphas.device)].view(-1, 1, 1, 1)
        latents, noise = batch.latents.to(alpha.device), batch.noise.to(alpha.device)
        noisy = alpha.sqrt() * latents + (1 - alpha).sqrt() * noise
        wanted = alpha.sqrt() * noise - (1 - alpha).sqrt() * latents if self.predicts_v else noise
        return noisy, wanted

    def loss(self, made: torch.Tensor, wanted: torch.Tensor, steps: torch.Tensor, min_snr: float) -> torch.Tensor:
        """Squared error, weighted as the edition's own training weighs it (min-SNR, arXiv 2303.09556)."""
        alpha = self.alphas[steps.to(self.alphas.device)].view(-1, 1, 1, 1)
        if self.predicts_v:
            weight = (min_snr * (1 - alpha)).clamp(max=1)
        else:
            weight = (min_snr * (1 - alpha) / alpha).clamp(max=1)
        return (weight * (made.float() - wanted).square()).mean()


def batch_of(
    examples: Examples, latents: torch.Tensor, recipe: ExtraRecipe, step: int, *, with_hints: bool = False
) -> Batch:
    """The batch of a step: the same for the same seed and step. ``latents`` are those of the examples, in order."""
    rng = np.random.default_rng((recipe.seed, 6, step))
    generator = torch.Generator().manual_seed(recipe.seed * 1_000_003 + step)
    rows = rng.integers(len(examples), size=recipe.batch)
    texts = ["" if rng.random() < recipe.caption_dropout else examples.caption(int(row), rng) for row in rows]
    chosen = latents[rows].float()
    noise = torch.randn(chosen.shape, generator=generator)
    parts = (torch.arange(recipe.batch) + torch.rand(recipe.batch, generator=generator)) / recipe.batch
    parts[::2] = NOISY_FROM + (1 - NOISY_FROM) * parts[::2]  # where a look and a layout are decided
    hints = None
    if with_hints:
        drawn = np.stack([examples.hint(int(row), rng) for row in rows])
        hints = torch.from_numpy(drawn).permute(0, 3, 1, 2).float() / 255
    return Batch(chosen, noise, (parts * 1000).long().clamp(0, 999), texts, hints)
