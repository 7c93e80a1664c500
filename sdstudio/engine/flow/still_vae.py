"""Qwen-Image's autoencoder, made for films, behind the face of one for pictures: one frame, and latents of spread 1."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import torch
from diffusers.configuration_utils import FrozenDict


class StillAutoencoder(torch.nn.Module):
    """(n, 3, h, w) pictures and (n, channels, h / cell, w / cell) latents; mean and spread are taken off here."""

    def __init__(self, films: Any) -> None:
        super().__init__()
        self.films = films
        config = films.config
        self.config = FrozenDict(
            latent_channels=config.z_dim,
            block_out_channels=tuple(config.base_dim * factor for factor in config.dim_mult),
            scaling_factor=1.0,
            shift_factor=None,
            force_upcast=False,
        )
        shape = (1, config.z_dim, 1, 1, 1)
        self._mean = torch.tensor(config.latents_mean).view(shape)
        self._spread = torch.tensor(config.latents_std).view(shape)

    @property
    def dtype(self) -> torch.dtype:
        return next(self.films.parameters()).dtype

    @property
    def device(self) -> torch.device:
        return next(self.films.parameters()).device

    def encode(self, picture: torch.Tensor) -> Any:
        """As an autoencoder for pictures: the answer has a `latent_dist` to sample from."""
        films = self.films.encode(picture.contiguous().unsqueeze(2)).latent_dist
        return SimpleNamespace(latent_dist=_Seen(films, self._mean.to(picture), self._spread.to(picture)))

    def decode(self, latents: torch.Tensor, return_dict: bool = False) -> tuple[torch.Tensor]:
        films = latents.unsqueeze(2)
        inverse = 1.0 / self._spread.to(films)
        return (self.films.decode(films / inverse + self._mean.to(films), return_dict=False)[0][:, :, 0],)


class _Seen:
    """What the autoencoder saw, as latents to draw from."""

    def __init__(self, films: Any, mean: torch.Tensor, spread: torch.Tensor) -> None:
        self._films, self._mean, self._spread = films, mean, spread
        self.parameters: torch.Tensor = films.parameters

    def mode(self) -> torch.Tensor:
        return self._normal(self._films.mode())

    def sample(self, generator: torch.Generator | None = None) -> torch.Tensor:
        return self._normal(self._films.sample(generator))

    def _normal(self, films: torch.Tensor) -> torch.Tensor:
        inverse = 1.0 / self._spread
        normal: torch.Tensor = ((films - self._mean) * inverse)[:, :, 0]
        return normal
