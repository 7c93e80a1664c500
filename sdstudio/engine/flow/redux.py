"""Flux Redux: a picture as words for T5's place, seen through SigLIP. Its files, and how a picture becomes tokens."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers.pipelines.flux.modeling_flux import ReduxImageEncoder
from PIL import Image
from transformers import SiglipVisionConfig, SiglipVisionModel

from sdstudio.engine.extras.damage import check_numbers, refused_as
from sdstudio.engine.flow.layouts import Weights
from sdstudio.engine.flow.sizes import count_of
from sdstudio.engine.flow.weights import below, read_files
from sdstudio.models.extras import ExtraInfo
from sdstudio.models.header import read_header

_HEADS = {1152: 16, 1024: 16, 768: 12}  # SigLIP's published sizes; no tensor tells
_UP, _DOWN = "redux_up.weight", "redux_down.weight"


def is_redux(info: ExtraInfo) -> bool:
    """Whether the file holds Redux and not an IP-Adapter."""
    return _UP in read_header(Path(info.path)).tensors


def read_redux(info: ExtraInfo, text_width: int) -> Any:
    """What makes words of `text_width` numbers from SigLIP's. Raises ModelProblem when the file is of no use here."""
    title = f"Redux model “{info.title}”"
    with refused_as(f"The {title} cannot be used with this model: it is damaged or made for another kind."):
        weights = read_files([Path(info.path)], torch.float32)
        network = ReduxImageEncoder(redux_dim=weights[_UP].shape[1], txt_in_features=len(weights[_DOWN]))
        network.load_state_dict(weights)
        if len(weights[_DOWN]) != text_width:
            raise ValueError(f"words of {len(weights[_DOWN])} numbers, not {text_width}")
    check_numbers(network, title)
    return network.eval().requires_grad_(False)


def read_siglip(info: ExtraInfo) -> Any:
    """The image encoder, its sizes read from its shapes."""
    title = f"image encoder “{info.title}”"
    with refused_as(f"The {title} cannot be used: its file is damaged or of another kind."):
        weights = below(read_files([Path(info.path)], torch.float32), "vision_model.")
        encoder = SiglipVisionModel(_config(weights))
        names = set(encoder.state_dict())
        prefix = "vision_model." if any(name.startswith("vision_model.") for name in names) else ""
        fitting = {prefix + name: value for name, value in weights.items() if prefix + name in names}
        encoder.load_state_dict(fitting)
    check_numbers(encoder, title)
    return encoder.eval().requires_grad_(False)


def _config(weights: Weights) -> SiglipVisionConfig:
    patches = weights["embeddings.patch_embedding.weight"]
    width, places = patches.shape[0], len(weights["embeddings.position_embedding.weight"])
    return SiglipVisionConfig(
        hidden_size=width,
        intermediate_size=weights["encoder.layers.0.mlp.fc1.weight"].shape[0],
        num_hidden_layers=count_of(below(weights, "encoder."), "layers"),
        num_attention_heads=_HEADS.get(width, max(1, width // 64)),
        patch_size=patches.shape[-1],
        image_size=round(places**0.5) * patches.shape[-1],
        vision_use_head=False,
    )


def tokens(encoder: Any, redux: Any, pixels: np.ndarray) -> torch.Tensor:
    """(1, tokens, width) for a picture, RGB uint8 (h, w, 3), which is squeezed into SigLIP's square."""
    side = encoder.config.image_size
    resized = np.asarray(Image.fromarray(pixels).resize((side, side), Image.Resampling.BICUBIC)).astype(np.float32)
    picture = torch.from_numpy((resized * np.float32(1 / 255) - 0.5) / 0.5).permute(2, 0, 1)[None]
    seen = encoder(picture.to(encoder.device, encoder.dtype)).last_hidden_state
    made: torch.Tensor = redux(seen).image_embeds
    return made
