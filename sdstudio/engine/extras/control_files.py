"""Reads control models and T2I-Adapters from diffusers folders and single files, in all their spellings.

What a single file does not tell is taken from the denoiser that it is to guide. Must not know requests.
"""

from __future__ import annotations

import inspect
import json
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers import ControlNetModel, ControlNetUnionModel, T2IAdapter
from safetensors.torch import load_file

from sdstudio.engine.extras.damage import check_numbers, refused_as
from sdstudio.engine.extras.names import original
from sdstudio.errors import ModelProblem
from sdstudio.models.extras import KIND_WORDS, ExtraInfo
from sdstudio.models.header import read_header

_HINT = "controlnet_cond_embedding."
_UNION = "task_embedding"
_FLAT = re.compile(r"body\.(\d+)\.(block1|block2|in_conv)\.(weight|bias)")  # T2I-Adapters of the first repository
_UNION_HEAD = 40  # channels of one attention head: 320 in 8


@dataclass(frozen=True)
class Host:
    """The denoiser to be guided, with its pixels a latent cell and its latent channels."""

    unet: Any
    cell: int
    channels: int


def read(info: ExtraInfo, host: Host) -> Any:
    """The network at `info.path`, where the denoiser is. Raises ModelProblem when it is damaged or does not fit."""
    path = Path(info.path)
    if not path.exists():
        raise ModelProblem(f"The {_kind(info)} “{info.title}” is not where it was: it has been moved or deleted.")
    with refused_as(misfit(info, "").message):
        network = (_adapter if info.kind == "t2i_adapter" else _control)(info, path, host)
    check_numbers(network, f"{_kind(info)} “{info.title}”")
    network = network.to(host.unet.device, host.unet.dtype).eval().requires_grad_(False)
    return network.to(memory_format=torch.channels_last) if network.device.type == "cpu" else network


def misfit(info: ExtraInfo, detail: str) -> ModelProblem:
    return ModelProblem(
        f"The {_kind(info)} “{info.title}” cannot be used with this model: it is damaged or made for another kind.",
        detail=detail,
    )


def _kind(info: ExtraInfo) -> str:
    return KIND_WORDS[info.kind]


def _weights(info: ExtraInfo, path: Path) -> dict[str, torch.Tensor]:
    files = sorted(path.glob("*.safetensors"))[:1] if path.is_dir() else [path]
    if not files:
        raise ModelProblem(f"The {_kind(info)} “{info.title}” has no .safetensors file.")
    read_header(files[0])
    return load_file(files[0])


def _beside(path: Path) -> dict[str, Any]:
    """The config of a folder."""
    config: dict[str, Any] = json.loads((path / "config.json").read_text(encoding="utf-8"))
    return config


# Control models


def _control(info: ExtraInfo, path: Path, host: Host) -> Any:
    weights = _weights(info, path)
    kind = ControlNetUnionModel if _UNION in weights else ControlNetModel
    if path.is_dir():
        told = _beside(path)
        config = _control_config(weights, host) | told if kind is ControlNetUnionModel else told
    else:
        weights = {name.removeprefix("control_model."): value for name, value in weights.items()}
        if "time_embed.0.weight" in weights:
            weights = _renamed(weights, host)
        config = _control_config(weights, host)
    network: Any = kind.from_config({name: value for name, value in config.items() if not name.startswith("_")})
    network.load_state_dict(_fitted(weights, network))
    _check_control(info, network, host)
    return network


def _control_config(weights: dict[str, torch.Tensor], host: Host) -> dict[str, Any]:
    """A single file has no config: it is the denoiser's own, with what the shapes say of the picture's encoder."""
    kind = ControlNetUnionModel if _UNION in weights else ControlNetModel
    known = inspect.signature(kind.__init__).parameters
    config = {name: value for name, value in host.unet.config.items() if name in known}
    numbers = [int(name.split(".")[2]) for name in weights if name.startswith(_HINT + "blocks.")]
    widths = [weights[_HINT + "conv_in.weight"].shape[0]]
    widths += [weights[f"{_HINT}blocks.{number}.weight"].shape[0] for number in sorted(set(numbers)) if number % 2]
    if config.get("encoder_hid_dim_type") == "ip_image_proj":  # an IP-Adapter in the denoiser at the moment
        config["encoder_hid_dim_type"] = None
    config |= {
        "in_channels": host.channels,
        "conditioning_channels": weights[_HINT + "conv_in.weight"].shape[1],
        "conditioning_embedding_out_channels": widths,
    }
    if kind is ControlNetUnionModel:
        count, width = weights[_UNION].shape
        layers = {name.split(".")[1] for name in weights if name.startswith("transformer_layes.")}
        config |= {
            "num_control_type": count,
            "num_trans_channel": width,
            "num_trans_head": max(1, width // _UNION_HEAD),
            "num_trans_layer": len(layers),
            "num_proj_channel": weights["spatial_ch_projs.weight"].shape[0],
        }
    return config


def _renamed(weights: dict[str, torch.Tensor], host: Host) -> dict[str, torch.Tensor]:
    """From the original repository's names to diffusers', by asking for each of the latter."""
    count = sum(name.startswith("input_hint_block.") and name.endswith(".weight") for name in weights)
    renamed = {}
    for number in range(count):
        inner = {0: "conv_in", count - 1: "conv_out"}.get(number, f"blocks.{number - 1}")
        for kind in ("weight", "bias"):
            renamed[f"{_HINT}{inner}.{kind}"] = weights[f"input_hint_block.{2 * number}.{kind}"]
    with torch.device("meta"):
        wanted = ControlNetModel.from_config(_control_config(renamed, host))
    for name in wanted.state_dict():
        if name.startswith("controlnet_down_blocks."):
            _, number, kind = name.split(".")
            renamed[name] = weights[f"zero_convs.{number}.0.{kind}"]
        elif name.startswith("controlnet_mid_block."):
            renamed[name] = weights[name.replace("controlnet_mid_block", "middle_block_out.0")]
        elif not name.startswith(_HINT):
            renamed[name] = weights[original(wanted, name)]
    return renamed


def _check_control(info: ExtraInfo, network: Any, host: Host) -> None:
    for name in ("cross_attention_dim", "block_out_channels", "layers_per_block", "addition_embed_type"):
        if _plain(network.config[name]) != _plain(host.unet.config[name]):
            raise misfit(info, f"{name}: {network.config[name]} and {host.unet.config[name]}")
    if network.config.in_channels != host.channels:
        raise misfit(info, f"{network.config.in_channels} latent channels")
    shrinks = 2 ** (len(network.config.conditioning_embedding_out_channels) - 1)
    if shrinks != host.cell:
        raise misfit(info, f"it shrinks its picture {shrinks} times where the model does {host.cell} times")


def _fitted(weights: dict[str, torch.Tensor], network: Any) -> dict[str, torch.Tensor]:
    """Matrices that files hold as 1 x 1 convolutions, or the other way round, in the network's own shape."""
    wanted = network.state_dict()
    return {
        name: value.reshape(wanted[name].shape) if name in wanted and value.numel() == wanted[name].numel() else value
        for name, value in weights.items()
    }


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple | list) else value


# T2I-Adapters


def _adapter(info: ExtraInfo, path: Path, host: Host) -> Any:
    weights = {name.removeprefix("adapter."): value for name, value in _weights(info, path).items()}
    if any(_FLAT.fullmatch(name) for name in weights) and "conv_in.weight" in weights:
        weights = _grouped(weights)
    weights = {re.sub(r"^(body\.\d+)\.body\.", r"\1.resnets.", name): value for name, value in weights.items()}
    config = _beside(path) if path.is_dir() else _adapter_config(weights, host)
    network: Any = T2IAdapter.from_config({name: value for name, value in config.items() if not name.startswith("_")})
    network.load_state_dict(_fitted({f"adapter.{name}": value for name, value in weights.items()}, network))
    channels, blocks = list(network.config.channels), list(host.unet.config.block_out_channels)
    if channels[: len(blocks)] != blocks[: len(channels)] or network.downscale_factor not in (host.cell, 2 * host.cell):
        raise misfit(info, f"channels {channels} and {blocks}, {network.downscale_factor} pixels folded")
    return network


def _grouped(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The first repository counts the blocks of all levels through; diffusers counts within each level."""
    places = [int(found[1]) for name in weights if (found := _FLAT.fullmatch(name)) and found[2] == "in_conv"]
    size = min(places)  # the first block of the second level is the first one that widens
    renamed = {}
    for name, value in weights.items():
        found = _FLAT.fullmatch(name)
        if found is None:
            renamed[name] = value
            continue
        group, number = divmod(int(found[1]), size)
        inner = "in_conv" if found[2] == "in_conv" else f"resnets.{number}.{found[2]}"
        renamed[f"body.{group}.{inner}.{found[3]}"] = value
    return renamed


def _adapter_config(weights: dict[str, torch.Tensor], host: Host) -> dict[str, Any]:
    """All of it is told by the shapes."""
    is_light = "conv_in.weight" not in weights
    inputs = weights["body.0.in_conv.weight" if is_light else "conv_in.weight"].shape[1]
    colours = 3 if inputs % 3 == 0 and math.isqrt(inputs // 3) ** 2 == inputs // 3 else 1
    fold = math.isqrt(inputs // colours)
    levels = 1 + max(int(name.split(".")[1]) for name in weights if name.startswith("body."))
    resnets = 1 + max(int(name.split(".")[3]) for name in weights if name.startswith("body.0.resnets."))
    if is_light:  # its last level repeats the width of the one before it
        channels = [weights[f"body.{level}.out_conv.weight"].shape[0] for level in range(levels - 1)]
        kind = "light_adapter"
    else:
        channels = [weights[f"body.{level}.resnets.0.block1.weight"].shape[0] for level in range(levels)]
        kind = "full_adapter_xl" if fold == 2 * host.cell else "full_adapter"
    return {
        "in_channels": colours,
        "channels": channels,
        "num_res_blocks": resnets,
        "downscale_factor": fold,
        "adapter_type": kind,
    }
