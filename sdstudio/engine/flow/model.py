"""A loaded model of the transformer families."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from sdstudio.engine.flow.denoisers import Denoiser
from sdstudio.engine.flow.layouts import LAYOUTS, spellings
from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.prompts import Embedding
from sdstudio.raster.geometry import Extent


@dataclass
class FlowModel(LoadedModel):
    """`unet` is a Denoiser here."""

    unet: Denoiser

    def __post_init__(self) -> None:
        super().__post_init__()
        self.wardrobe.learn("unet", spellings(LAYOUTS[self.info.family], self.network))

    @property
    def network(self) -> Any:
        return self.unet.network

    @property
    def distilled_guidance(self) -> bool:
        return self.unet.takes_guidance

    def steady(self, guided: torch.Tensor, positive: torch.Tensor) -> torch.Tensor:
        return self.unet.steady(guided, positive)

    def conditioning(self, texts: Sequence[Embedding], extent: Extent, cfg_scale: float) -> dict[str, Any]:
        return self.unet.conditioning(texts, cfg_scale)
