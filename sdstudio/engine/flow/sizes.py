"""How large a transformer is, read from the shapes of its weights: files do not tell it otherwise."""

from __future__ import annotations

import math
import re
from typing import Any

from sdstudio.engine.flow.layouts import Weights


def transformer_config(family: str, usual: dict[str, Any], weights: Weights) -> dict[str, Any]:
    """diffusers' config for these weights, by diffusers' names. `usual` has what no shape tells.

    Raises KeyError when a layer that every such model has is missing.
    """
    return usual | _READERS[family](usual, weights)


def count_of(weights: Weights, row: str) -> int:
    """How many blocks the row of this name has."""
    found = (re.match(rf"{row}\.(\d+)\.", name) for name in weights)
    return 1 + max((int(match[1]) for match in found if match), default=-1)


def _sd3(usual: dict[str, Any], weights: Weights) -> dict[str, Any]:
    width = weights["pos_embed.proj.weight"].shape[0]
    layers = count_of(weights, "transformer_blocks")
    return {
        "in_channels": weights["pos_embed.proj.weight"].shape[1],
        "num_layers": layers,
        "num_attention_heads": width // usual["attention_head_dim"],
        "joint_attention_dim": weights["context_embedder.weight"].shape[1],
        "caption_projection_dim": weights["context_embedder.weight"].shape[0],
        "pooled_projection_dim": weights["time_text_embed.text_embedder.linear_1.weight"].shape[1],
        "pos_embed_max_size": math.isqrt(weights["pos_embed.pos_embed"].shape[1]),
        "dual_attention_layers": [
            layer for layer in range(layers) if f"transformer_blocks.{layer}.attn2.to_q.weight" in weights
        ],
        "qk_norm": "rms_norm" if "transformer_blocks.0.attn.norm_q.weight" in weights else None,
    }


def _flux(usual: dict[str, Any], weights: Weights) -> dict[str, Any]:
    width, inputs = weights["x_embedder.weight"].shape
    outputs = weights["proj_out.weight"].shape[0]
    return {
        "in_channels": inputs,
        "out_channels": outputs if outputs != inputs else None,
        "num_layers": count_of(weights, "transformer_blocks"),
        "num_single_layers": count_of(weights, "single_transformer_blocks"),
        "num_attention_heads": width // usual["attention_head_dim"],
        "joint_attention_dim": weights["context_embedder.weight"].shape[1],
        "pooled_projection_dim": weights["time_text_embed.text_embedder.linear_1.weight"].shape[1],
        "guidance_embeds": "time_text_embed.guidance_embedder.linear_1.weight" in weights,
    }


def _qwen_image(usual: dict[str, Any], weights: Weights) -> dict[str, Any]:
    width, inputs = weights["img_in.weight"].shape
    return {
        "in_channels": inputs,
        "out_channels": weights["proj_out.weight"].shape[0] // usual["patch_size"] ** 2,
        "num_layers": count_of(weights, "transformer_blocks"),
        "num_attention_heads": width // usual["attention_head_dim"],
        "joint_attention_dim": weights["txt_in.weight"].shape[1],
    }


def _z_image(usual: dict[str, Any], weights: Weights) -> dict[str, Any]:
    width, inputs = weights["all_x_embedder.2-1.weight"].shape
    heads = width // sum(usual["axes_dims"])
    return {
        "in_channels": inputs // 4,
        "dim": width,
        "n_layers": count_of(weights, "layers"),
        "n_refiner_layers": count_of(weights, "noise_refiner"),
        "n_heads": heads,
        "n_kv_heads": heads,
        "cap_feat_dim": weights["cap_embedder.1.weight"].shape[1],
    }


_READERS = {"sd3": _sd3, "flux": _flux, "qwen_image": _qwen_image, "z_image": _z_image}
