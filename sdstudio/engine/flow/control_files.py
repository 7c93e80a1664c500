"""Control models for the transformer families, from diffusers folders and from single files with diffusers' names.

What a single file does not tell is taken from the transformer that it is to guide. Must not know requests.
"""

from __future__ import annotations

import inspect
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from diffusers import FluxControlNetModel, QwenImageControlNetModel, SD3ControlNetModel

from sdstudio.engine.extras.control_files import misfit
from sdstudio.engine.extras.damage import check_numbers, refused_as
from sdstudio.engine.flow.denoisers import Denoiser, FluxDenoiser, QwenDenoiser, SD3Denoiser
from sdstudio.engine.flow.layouts import FLUX, Weights, to_diffusers
from sdstudio.engine.flow.sizes import count_of
from sdstudio.engine.flow.weights import read_files
from sdstudio.errors import ModelProblem
from sdstudio.models.extras import KIND_WORDS, ExtraInfo

_HINT = "input_hint_block"
_SAME = ("joint_attention_dim", "pooled_projection_dim")  # what both have to read


def read(info: ExtraInfo, host: Denoiser) -> Any:
    """The network at `info.path`, where the denoiser is. Raises ModelProblem when it is damaged or does not fit."""
    path, words = Path(info.path), KIND_WORDS[info.kind]
    if not path.exists():
        raise ModelProblem(f"The {words} “{info.title}” is not where it was: it has been moved or deleted.")
    with refused_as(misfit(info, "").message):
        weights = read_files(sorted(path.glob("*.safetensors"))[:1] if path.is_dir() else [path], host.dtype)
        weights = _from_xlabs(weights)
        kind, shapes = _KINDS[type(host)]
        config = dict(host.config) | shapes(weights, host)
        if path.is_dir():
            config |= json.loads((path / "config.json").read_text(encoding="utf-8"))
        known = inspect.signature(kind.__init__).parameters
        network: Any = kind.from_config({name: value for name, value in config.items() if name in known})
        network.load_state_dict(weights)
    check_numbers(network, f"{words} “{info.title}”")
    _check_fits(info, network, host)
    return network.to(host.device, host.dtype).eval().requires_grad_(False)


def _from_xlabs(weights: Weights) -> Weights:
    """XLabs' control models for Flux have Flux's original names, and number what looks at the picture."""
    if not any(name.startswith("double_blocks.") for name in weights):
        return weights
    steps = sorted({int(name.split(".")[1]) for name in weights if name.startswith(f"{_HINT}.")})
    parts = ["conv_in", *(f"blocks.{number}" for number in range(len(steps) - 2)), "conv_out"]
    names = {f"{_HINT}.{step}": f"{_HINT}.{part}" for step, part in zip(steps, parts, strict=True)}
    names["pos_embed_input"] = "controlnet_x_embedder"
    renamed = {}
    for name, value in to_diffusers(weights, FLUX).items():
        layer, _, end = name.rpartition(".")
        renamed[f"{names.get(layer, layer)}.{end}"] = value
    return renamed


def _flux_config(weights: Weights, host: Denoiser) -> dict[str, Any]:
    width, inputs = weights["x_embedder.weight"].shape
    hint, modes = weights.get("input_hint_block.conv_out.weight"), weights.get("controlnet_mode_embedder.weight")
    return {
        "in_channels": inputs,
        "num_layers": count_of(weights, "transformer_blocks"),
        "num_single_layers": count_of(weights, "single_transformer_blocks"),
        "num_attention_heads": width // host.config["attention_head_dim"],
        "joint_attention_dim": weights["context_embedder.weight"].shape[1],
        "pooled_projection_dim": weights["time_text_embed.text_embedder.linear_1.weight"].shape[1],
        "guidance_embeds": "time_text_embed.guidance_embedder.linear_1.weight" in weights,
        "num_mode": None if modes is None else len(modes),
        "conditioning_embedding_channels": None if hint is None else len(hint),
        "patch_size": 1 if hint is None else math.isqrt(weights["controlnet_x_embedder.weight"].shape[1] // len(hint)),
    }


def _sd3_config(weights: Weights, host: Denoiser) -> dict[str, Any]:
    layers, reads = count_of(weights, "transformer_blocks"), weights.get("context_embedder.weight")
    places = weights.get("pos_embed.pos_embed")
    width = len(weights["controlnet_blocks.0.weight"])
    channels = host.config["in_channels"]
    return {
        "num_layers": layers,
        "num_attention_heads": width // host.config["attention_head_dim"],
        "joint_attention_dim": None if reads is None else reads.shape[1],
        "caption_projection_dim": width if reads is None else reads.shape[0],
        "pooled_projection_dim": weights["time_text_embed.text_embedder.linear_1.weight"].shape[1],
        "extra_conditioning_channels": weights["pos_embed_input.proj.weight"].shape[1] - channels,
        "dual_attention_layers": [
            layer for layer in range(layers) if f"transformer_blocks.{layer}.attn2.to_q.weight" in weights
        ],
        "qk_norm": "rms_norm" if "transformer_blocks.0.attn.norm_q.weight" in weights else None,
        "use_pos_embed": "pos_embed.proj.weight" in weights,
        "pos_embed_type": "sincos" if places is not None else None,
        "pos_embed_max_size": host.config["pos_embed_max_size"] if places is None else math.isqrt(places.shape[1]),
        "force_zeros_for_pooled_projection": reads is not None,  # those without it were taught later, and otherwise
    }


def _qwen_config(weights: Weights, host: Denoiser) -> dict[str, Any]:
    width, inputs = weights["img_in.weight"].shape
    return {
        "in_channels": inputs,
        "num_layers": count_of(weights, "transformer_blocks"),
        "num_attention_heads": width // host.config["attention_head_dim"],
        "joint_attention_dim": weights["txt_in.weight"].shape[1],
        "extra_condition_channels": weights["controlnet_x_embedder.weight"].shape[1] - inputs,
    }


Shapes = Callable[[Weights, Denoiser], dict[str, Any]]
_KINDS: dict[type[Denoiser], tuple[Any, Shapes]] = {
    FluxDenoiser: (FluxControlNetModel, _flux_config),
    SD3Denoiser: (SD3ControlNetModel, _sd3_config),
    QwenDenoiser: (QwenImageControlNetModel, _qwen_config),
}


def _check_fits(info: ExtraInfo, network: Any, host: Denoiser) -> None:
    if network.config.get("extra_conditioning_channels") or network.config.get("extra_condition_channels"):
        raise ModelProblem(
            f"The control model “{info.title}” reads a mask beside its picture, which this program does not give it; "
            "select the part to fill instead, with a model such as Flux Fill."
        )
    inner = network.inner_dim, host.config["num_attention_heads"] * host.config["attention_head_dim"]
    if inner[0] != inner[1]:
        raise misfit(info, f"width: {inner[0]} and {inner[1]}")
    for name in _SAME:
        own = network.config.get(name)
        if own is not None and own != host.config[name]:
            raise misfit(info, f"{name}: {own} and {host.config[name]}")
    if isinstance(host, FluxDenoiser) and network.config["in_channels"] != host.network.out_channels:
        raise misfit(info, f"{network.config['in_channels']} numbers of each patch")


def sees_latents(network: Any) -> bool:
    """Whether its picture goes through the autoencoder first; else it looks at pixels itself."""
    return getattr(network, "input_hint_block", None) is None


def device_of(network: Any) -> torch.device:
    """Where its weights are."""
    return next(network.parameters()).device
