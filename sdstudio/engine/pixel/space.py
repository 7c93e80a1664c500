"""The autoencoder of models that have none: a picture's latents are its pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from diffusers import ConfigMixin, ModelMixin
from diffusers.configuration_utils import register_to_config


@dataclass(frozen=True)
class _Seen:
    latents: torch.Tensor


class PixelSpace(ModelMixin, ConfigMixin):  # type: ignore[misc]
    """Answers as AutoencoderTiny does; one pixel a cell."""

    @register_to_config  # type: ignore[untyped-decorator]
    def __init__(
        self, latent_channels: int = 3, scaling_factor: float = 1.0, block_out_channels: tuple[int, ...] = (3,)
    ) -> None:
        super().__init__()
        self.nothing = torch.nn.Parameter(torch.zeros(1), requires_grad=False)  # says where it is, and in which type

    def encode(self, picture: torch.Tensor) -> Any:
        return _Seen(picture)

    def decode(self, latents: torch.Tensor, return_dict: bool = False) -> tuple[torch.Tensor]:
        return (latents,)
