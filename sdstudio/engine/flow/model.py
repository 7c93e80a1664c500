"""A loaded model of the transformer families."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from sdstudio.engine.extras.names import flat
from sdstudio.engine.flow.control import FlowShelf
from sdstudio.engine.flow.denoisers import Denoiser, FluxDenoiser
from sdstudio.engine.flow.layouts import LAYOUTS, spellings
from sdstudio.engine.flow.likeness import FluxLikeness
from sdstudio.engine.flow.texts import JointPromptEncoder
from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.prompts import Embedding
from sdstudio.protocol.request import PICTURE_INPUT, GenerationRequest
from sdstudio.raster.geometry import Extent

# What LoRA files call the text encoder that reads a whole text; kohya's trainer counts T5 as the third everywhere.
_LONG_NAMES = {
    "sd3": ("text_encoder_3",),
    "flux": ("text_encoder_2", "text_encoder_3"),
    "qwen_image": ("text_encoder",),
    "z_image": ("text_encoder",),
}
# What is before the names of a language model's layers where the whole model was trained.
_BEFORE_LAYERS = ("model.", "language_model.", "model.language_model.")


@dataclass
class FlowModel(LoadedModel):
    """`unet` is a Denoiser here."""

    prompts: JointPromptEncoder
    unet: Denoiser

    def __post_init__(self) -> None:
        super().__post_init__()
        shift = (getattr(self.vae.config, "shift_factor", None) or 0.0) * self.vae.config.scaling_factor
        self.controls = FlowShelf(self.unet, lambda picture: self.encode(picture, None), shift, self.interruption.add)
        if isinstance(self.unet, FluxDenoiser):
            self.likeness = FluxLikeness(self.unet)
        self.wardrobe.learn("unet", spellings(LAYOUTS[self.info.family], self.network))
        if self.prompts.long is not None:
            encoder, (name, *others) = self.prompts.long.encoder, _LONG_NAMES[self.info.family]
            self.wardrobe.include(name, encoder, others)
            layers = [layer for layer, _ in encoder.named_modules() if layer]
            self.wardrobe.learn(name, {flat(before + layer): (layer,) for layer in layers for before in _BEFORE_LAYERS})

    @property
    def network(self) -> Any:
        return self.unet.network

    @property
    def distilled_guidance(self) -> bool:
        return self.unet.takes_guidance

    def steady(self, guided: torch.Tensor, positive: torch.Tensor) -> torch.Tensor:
        return self.unet.steady(guided, positive)

    @property
    def input_channels(self) -> int:
        """Flux's relatives read masks and pictures beside the latents."""
        return self.unet.own_channels or self.latent_channels

    def channels_for(self, request: GenerationRequest) -> int:
        """A picture to edit is as many channels again."""
        pictures = sum(use.model == PICTURE_INPUT for use in request.controls) if self.info.reads != "follow" else 0
        return self.input_channels + pictures * self.latent_channels

    def with_hole(self, mask: torch.Tensor, code: torch.Tensor) -> torch.Tensor:
        """As Flux Fill reads them: the masked picture, then the mask at every pixel, one channel for each in a cell."""
        pixels = torch.nn.functional.pixel_unshuffle(mask, self.cell)
        return torch.cat([code, pixels.to(code)], dim=1)

    def conditioning(self, texts: Sequence[Embedding], extent: Extent, cfg_scale: float) -> dict[str, Any]:
        return self.unet.conditioning(texts, cfg_scale)
