"""Writes LoRA files for a network in the layouts that trainers give them, with random factors.

Imports torch, so only tests of the engine may use it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from sdstudio.engine.extras.names import original

RANK = 3
ATTENTION = ("to_q", "to_k", "to_v", "to_out.0")
TEXT = ("q_proj", "k_proj", "v_proj", "out_proj")


def factors(network: Any, endings: tuple[str, ...], seed: int = 0) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
    """Random down and up matrices for every layer whose name ends so."""
    generator = torch.Generator().manual_seed(seed)
    made = {}
    for name, layer in network.named_modules():
        if name.endswith(endings) and getattr(layer, "weight", None) is not None:
            weight = layer.weight
            down = torch.randn(RANK, *weight.shape[1:], generator=generator) * 0.2
            up = torch.randn(weight.shape[0], RANK, *(1 for _ in weight.shape[2:]), generator=generator) * 0.2
            made[name] = (down, up)
    return made


def write_kohya(
    path: Path, unet: Any, encoders: list[Any], *, alpha: float = 2.0, blocks: str = "diffusers", seed: int = 0
) -> Path:
    """As kohya's trainer writes it; `blocks="original"` is how it names SDXL's layers."""
    weights = {}
    for name, pair in factors(unet, ATTENTION, seed).items():
        spelled = original(unet, name) if blocks == "original" else name
        weights |= _kohya(f"lora_unet_{spelled}", pair, alpha)
    prefixes = ["lora_te_"] if len(encoders) == 1 else ["lora_te1_", "lora_te2_"]
    for prefix, encoder in zip(prefixes, encoders, strict=False):
        for name, pair in factors(encoder, TEXT, seed + 1).items():
            weights |= _kohya(f"{prefix}text_model.{name.removeprefix('text_model.')}", pair, alpha)
    save_file(weights, path)
    return path


def _kohya(name: str, pair: tuple[torch.Tensor, torch.Tensor], alpha: float) -> dict[str, torch.Tensor]:
    flat = name.replace(".", "_")
    down, up = pair
    return {
        f"{flat}.lora_down.weight": down,
        f"{flat}.lora_up.weight": up,
        f"{flat}.alpha": torch.tensor(alpha),
    }


def write_diffusers(path: Path, unet: Any, encoder: Any | None = None, *, style: str = "peft", seed: int = 0) -> Path:
    """As diffusers writes it: "peft" (lora_A), "linear" (lora.down) or "processor" (to_q_lora.down)."""
    weights = {}
    pairs = {f"unet.{name}": pair for name, pair in factors(unet, ATTENTION, seed).items()}
    if encoder is not None:
        for name, pair in factors(encoder, TEXT, seed + 1).items():
            pairs[f"text_encoder.text_model.{name.removeprefix('text_model.')}"] = pair
    for name, (down, up) in pairs.items():
        if style == "peft":
            weights |= {f"{name}.lora_A.weight": down, f"{name}.lora_B.weight": up}
        elif style == "linear":
            weights |= {f"{name}.lora.down.weight": down, f"{name}.lora.up.weight": up}
        else:
            parent, layer = name.removesuffix(".0").rsplit(".", 1)
            place = parent + ".processor" if name.startswith("unet") else parent
            layer = layer if layer.startswith("to_") else "to_" + layer.removesuffix("_proj")
            weights |= {f"{place}.{layer}_lora.down.weight": down, f"{place}.{layer}_lora.up.weight": up}
    save_file(weights, path)
    return path
