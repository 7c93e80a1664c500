"""A whole CLIP (arXiv:2103.00020): how well words go with a picture. Its sizes are read from its shapes.

Must not know which words are asked about.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file
from transformers import CLIPConfig, CLIPModel, CLIPTextConfig, CLIPVisionConfig

from sdstudio import paths
from sdstudio.engine.extras.damage import check_numbers, refused_as
from sdstudio.engine.extras.vision import KNOWN, as_clip_sees
from sdstudio.engine.tokenizer import read_tokenizer
from sdstudio.models.extras import ExtraInfo
from sdstudio.models.header import read_header

_BATCH = 32
_HEAD = 64  # channels of one attention head of CLIP's text encoders


class Clip:
    """Raises ModelProblem when its file is damaged or of another kind."""

    def __init__(self, info: ExtraInfo, device: torch.device) -> None:
        name = f"CLIP model “{info.title}”"
        with refused_as(f"The {name} cannot be used: its file is damaged or of another kind."):
            read_header(Path(info.path))
            weights = load_file(info.path)
            network = CLIPModel(_config(weights))
            weights = {name: value for name, value in weights.items() if not name.endswith("position_ids")}
            network.load_state_dict(weights)
        check_numbers(network, name)
        self._network: Any = network.float().to(device).eval().requires_grad_(False)
        self._tokenizer = read_tokenizer(paths.resources() / "families" / "tokenizer")

    @torch.inference_mode()
    def picture(self, pixels: np.ndarray) -> torch.Tensor:
        """RGB uint8 (h, w, 3) to a direction (1, width) of length 1."""
        side = self._network.config.vision_config.image_size
        seen = as_clip_sees(pixels, side).to(self._network.device)
        hidden = self._network.vision_model(seen).pooler_output
        return _unit(self._network.visual_projection(hidden))

    @torch.inference_mode()
    def words(self, texts: Sequence[str], tell: Callable[[float], None]) -> torch.Tensor:
        """Directions (texts, width) of length 1. `tell` hears the share that is done and may raise to stop."""
        made = []
        for start in range(0, len(texts), _BATCH):
            tell(start / len(texts))
            # Causal attention never looks ahead, so that short texts need no padding to the full length.
            ids = self._tokenizer(list(texts[start : start + _BATCH]), padding=True, truncation=True, max_length=77,
                                  return_tensors="pt").to(self._network.device)  # fmt: skip
            hidden = self._network.text_model(input_ids=ids.input_ids, attention_mask=ids.attention_mask)
            made.append(_unit(self._network.text_projection(hidden.pooler_output)))
        return torch.cat(made)


def _unit(values: torch.Tensor) -> torch.Tensor:
    return values / values.norm(dim=-1, keepdim=True)


def _config(weights: dict[str, torch.Tensor]) -> CLIPConfig:
    patches = weights["vision_model.embeddings.patch_embedding.weight"]
    places = len(weights["vision_model.embeddings.position_embedding.weight"]) - 1
    width = patches.shape[0]
    heads, activation = KNOWN.get(width, (max(1, width // _HEAD), "quick_gelu"))
    words = weights["text_model.embeddings.token_embedding.weight"]
    projection = weights["text_projection.weight"].shape[0]
    vision = CLIPVisionConfig(
        hidden_size=width, patch_size=patches.shape[-1], image_size=round(places**0.5) * patches.shape[-1],
        num_attention_heads=heads, hidden_act=activation, projection_dim=projection,
        **_depth(weights, "vision_model"),
    )  # fmt: skip
    text = CLIPTextConfig(
        vocab_size=words.shape[0], hidden_size=words.shape[1], num_attention_heads=max(1, words.shape[1] // _HEAD),
        max_position_embeddings=len(weights["text_model.embeddings.position_embedding.weight"]), hidden_act=activation,
        projection_dim=projection, bos_token_id=words.shape[0] - 2, eos_token_id=words.shape[0] - 1,
        **_depth(weights, "text_model"),
    )  # fmt: skip
    return CLIPConfig(text_config=text.to_dict(), vision_config=vision.to_dict(), projection_dim=projection)


def _depth(weights: dict[str, torch.Tensor], part: str) -> dict[str, Any]:
    prefix = f"{part}.encoder.layers."
    return {
        "num_hidden_layers": 1 + max(int(name.split(".")[3]) for name in weights if name.startswith(prefix)),
        "intermediate_size": weights[f"{prefix}0.mlp.fc1.weight"].shape[0],
    }
