"""Tiny control models with random weights: diffusers' folders, and single files as the first repository names them.

Imports torch, so only tests of the engine may use it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from diffusers import ControlNetModel
from safetensors.torch import save_file

from sdstudio.engine.extras.names import original


def make(unet: Any, cell: int = 8, seed: int = 0) -> ControlNetModel:
    """A control model for `unet` whose output is not zero; `cell` is how often it shrinks its picture."""
    torch.manual_seed(seed)
    widths = (4, 8, 8, 16, 16)[: cell.bit_length()]
    network = ControlNetModel.from_unet(unet, conditioning_embedding_out_channels=widths)
    for block in (*network.controlnet_down_blocks, network.controlnet_mid_block, network.controlnet_cond_embedding):
        for weight in block.parameters():
            torch.nn.init.normal_(weight, std=0.1)
    return network.eval().requires_grad_(False)


def write_folder(folder: Path, network: ControlNetModel) -> Path:
    network.save_pretrained(folder)
    return folder


def write_original(path: Path, network: ControlNetModel, prefix: str = "control_model.") -> Path:
    """One file with the names of the repository in which control models were published first."""
    weights = {}
    last = 2 * (len(network.controlnet_cond_embedding.blocks) + 1)
    for name, value in network.state_dict().items():
        if name.startswith("controlnet_cond_embedding."):
            *_, place, kind = name.split(".")
            number = {"conv_in": 0, "conv_out": last}.get(place)
            new = f"input_hint_block.{2 * (int(place) + 1) if number is None else number}.{kind}"
        elif name.startswith("controlnet_down_blocks."):
            _, place, kind = name.split(".")
            new = f"zero_convs.{place}.0.{kind}"
        else:
            new = original(network, name.replace("controlnet_mid_block", "middle_block_out.0"))
        weights[prefix + new] = value.contiguous()
    save_file(weights, path)
    return path


def write_diffusers_file(path: Path, network: ControlNetModel) -> Path:
    save_file({name: value.contiguous() for name, value in network.state_dict().items()}, path)
    return path
