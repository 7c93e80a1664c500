"""Tiny control models for the tiny transformers of `flow_models`: random throughout, so that they have a say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from diffusers import FluxControlNetModel, QwenImageControlNetModel, SD3ControlNetModel
from safetensors.torch import save_file

from tests.helpers.flow_files import original, write

_OWN: dict[str, dict[str, Any]] = {
    "flux": {"num_layers": 1, "num_single_layers": 1},
    "union": {"num_layers": 1, "num_single_layers": 0, "num_mode": 5},
    "hint": {"num_layers": 1, "num_single_layers": 1, "conditioning_embedding_channels": 16, "patch_size": 2},
    "xlabs": {"num_layers": 2, "num_single_layers": 0, "conditioning_embedding_channels": 16, "patch_size": 2},
    "sd3": {"num_layers": 1},
    "qwen": {"num_layers": 1},
    "large": {
        "num_layers": 1, "use_pos_embed": False, "pos_embed_type": None, "joint_attention_dim": None,
        "force_zeros_for_pooled_projection": False,
    },
}  # fmt: skip


def control_model(name: str, transformer: Any) -> Any:
    """One that fits to `transformer`; of another kind by its name, see above."""
    torch.manual_seed(3)
    kind = {"sd3": SD3ControlNetModel, "large": SD3ControlNetModel, "qwen": QwenImageControlNetModel}.get(
        name, FluxControlNetModel
    )
    network = kind.from_config(dict(transformer.config) | _OWN[name])
    with torch.no_grad():
        for value in network.parameters():
            value.copy_(torch.randn_like(value) * 0.1)
    return network.eval()


def write_control_folder(folder: Path, network: Any) -> Path:
    network.save_pretrained(folder)
    return folder


def write_xlabs_file(path: Path, network: Any) -> Path:
    """By the names that XLabs gives: Flux's own, and numbers for the layers that look at the picture."""
    names = {"controlnet_x_embedder": "pos_embed_input"}
    hint = ["conv_in", *(f"blocks.{number}" for number in range(len(network.input_hint_block.blocks))), "conv_out"]
    names |= {f"input_hint_block.{layer}": f"input_hint_block.{2 * number}" for number, layer in enumerate(hint)}
    weights = {}
    for name, value in original("flux", network).items():
        layer, _, end = name.rpartition(".")
        weights[f"{names.get(layer, layer)}.{end}"] = value
    return write(path, weights)


def write_control_file(path: Path, network: Any) -> Path:
    save_file({name: value.contiguous() for name, value in network.state_dict().items()}, path)
    return path
