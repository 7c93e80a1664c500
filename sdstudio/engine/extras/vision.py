"""CLIP's image tower: how it is read from a file, and how it is shown a picture.

IP-Adapters look through it, and pictures are described by it. Must not know either.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

from sdstudio.engine.extras.damage import check_numbers, refused_as
from sdstudio.models.extras import ExtraInfo
from sdstudio.models.header import read_header

# CLIP's published image encoders by their width: heads and activation, which no tensor tells.
KNOWN = {1024: (16, "quick_gelu"), 1280: (16, "gelu"), 1664: (16, "gelu"), 768: (12, "quick_gelu")}
_MEAN = np.array([0.48145466, 0.4578275, 0.40821073], np.float32)  # of CLIP's training pictures
_DEVIATION = np.array([0.26862954, 0.26130258, 0.27577711], np.float32)


def as_clip_sees(pixels: np.ndarray, side: int) -> torch.Tensor:
    """The middle square at `side` pixels, with CLIP's mean and deviation: (1, 3, side, side)."""
    height, width, _ = pixels.shape
    shorter = min(height, width)
    size = (int(side * width / shorter), int(side * height / shorter))
    resized = np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC))
    top, left = (size[1] - side) // 2, (size[0] - side) // 2
    square = resized[top : top + side, left : left + side].astype(np.float32) / 255
    return torch.from_numpy((square - _MEAN) / _DEVIATION).permute(2, 0, 1)[None]


def read_encoder(info: ExtraInfo) -> Any:
    """The image encoder, its sizes read from its shapes."""
    title = f"image encoder “{info.title}”"
    with refused_as(f"The {title} cannot be used: its file is damaged or of another kind."):
        read_header(Path(info.path))
        weights = {
            name: value
            for name, value in load_file(info.path).items()
            if name.startswith(("vision_model.", "visual_projection."))
        }
        patches = weights["vision_model.embeddings.patch_embedding.weight"]
        places = len(weights["vision_model.embeddings.position_embedding.weight"]) - 1
        width = patches.shape[0]
        heads, activation = KNOWN.get(width, (max(1, width // 64), "quick_gelu"))
        config = CLIPVisionConfig(
            hidden_size=width,
            intermediate_size=weights["vision_model.encoder.layers.0.mlp.fc1.weight"].shape[0],
            num_hidden_layers=1 + max(int(name.split(".")[3]) for name in weights if ".layers." in name),
            num_attention_heads=heads,
            patch_size=patches.shape[-1],
            image_size=round(places**0.5) * patches.shape[-1],
            projection_dim=weights["visual_projection.weight"].shape[0],
            hidden_act=activation,
        )
        encoder = CLIPVisionModelWithProjection(config)
        weights.pop("vision_model.embeddings.position_ids", None)
        missing, _ = encoder.load_state_dict(weights, strict=False)
        if [name for name in missing if not name.endswith("position_ids")]:
            raise ValueError(f"missing: {', '.join(missing[:5])}")
    check_numbers(encoder, title)
    return encoder.eval().requires_grad_(False)
