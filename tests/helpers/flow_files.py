"""Turns tiny models of the transformer families into single files with the names that those files have."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from sdstudio.engine.flow.layouts import LAYOUTS, Layout
from tests.helpers.single_files import vae_names

Weights = dict[str, torch.Tensor]
ENCODERS = {
    "text_encoder": {"sd3": "clip_l", "flux": "clip_l", "qwen_image": "qwen25_7b", "z_image": "qwen3_4b"},
    "text_encoder_2": {"sd3": "clip_g", "flux": "t5xxl"},
    "text_encoder_3": {"sd3": "t5xxl"},
}
_NUMBERED = re.compile(r"^(\w+)\.(\d+)\.(.+)$")


def write_whole(path: Path, family: str, parts: dict[str, Any], dtype: torch.dtype = torch.float32) -> Path:
    """One file with all of `parts`, by the names of diffusers' folders."""
    prefix = "vae." if family == "flux" else "first_stage_model."
    weights = {f"model.diffusion_model.{name}": value for name, value in original(family, parts["transformer"]).items()}
    weights |= {f"{prefix}{name}": value for name, value in vae_weights(parts["vae"]).items()}
    for folder, part in parts.items():
        if folder in ENCODERS:
            root = f"text_encoders.{ENCODERS[folder][family]}.transformer."
            weights |= {root + name: value for name, value in encoder_weights(part).items()}
    return write(path, weights, dtype)


def write(path: Path, weights: Weights, dtype: torch.dtype = torch.float32) -> Path:
    save_file({name: value.to(dtype).clone().contiguous() for name, value in weights.items()}, path)
    return path


def encoder_weights(encoder: Any) -> Weights:
    """As files of their own have them."""
    weights = dict(encoder.state_dict())
    if "shared.weight" in weights:
        weights.pop("encoder.embed_tokens.weight", None)
    if "embeddings.token_embedding.weight" in weights:
        weights = {f"text_model.{name}": value for name, value in weights.items()}
    if any(name.startswith("layers.") for name in weights):
        weights = {f"model.{name}": value for name, value in weights.items()}
    return {name: value for name, value in weights.items() if not name.endswith("position_ids")}


def vae_weights(vae: Any) -> Weights:
    """In the original layout; Qwen-Image's in diffusers'."""
    return vae_names(vae) if hasattr(vae.config, "latent_channels") else dict(vae.state_dict())


def original(family: str, transformer: Any) -> Weights:
    """The denoiser's weights by their original names: the tables of the engine, read backwards."""
    layout, weights = LAYOUTS[family], dict(transformer.state_dict())
    blocks = {ours: theirs for theirs, ours in layout.blocks.items()}
    alone = {"pos_embed.pos_embed", "x_pad_token", "cap_pad_token"} & set(weights)  # weights that are no layers'
    layers = {key.rpartition(".")[0] for key in set(weights) - alone} | alone
    renamed: Weights = {}
    done: set[str] = set()
    for layer in sorted(layers):
        if layer in done:
            continue
        theirs, parts = _source(layer, layout, blocks)
        done |= set(parts)
        ends = {key.removeprefix(parts[0]) for key in weights if key.rpartition(".")[0] == parts[0] or key == parts[0]}
        for end in ends:
            value = torch.cat([weights[part + end] for part in parts]) if len(parts) > 1 else weights[parts[0] + end]
            if _swapped(theirs, layout, weights, blocks):
                value = torch.cat(value.chunk(2)[::-1])
            is_norm = family == "flux" and theirs.endswith(("query_norm", "key_norm"))
            renamed[theirs + (".scale" if is_norm else end)] = value
    return renamed


def _source(layer: str, layout: Layout, blocks: dict[str, str]) -> tuple[str, list[str]]:
    """The original layer that `layer` is a part of, and all of its parts."""
    for theirs, ours in layout.outer.items():
        if ours == layer:
            return theirs, [layer]
    found = _NUMBERED.match(layer)
    if found is None or found[1] not in blocks:
        return layer, [layer]
    row, at = blocks[found[1]], f"{found[1]}.{found[2]}."
    for key, inner in layout.inner.items():
        names = [inner] if isinstance(inner, str) else [name for name, _ in inner]
        if key.startswith(f"{row}: ") and found[3] in names:
            return f"{row}.{found[2]}.{key.removeprefix(f'{row}: ')}", [at + name for name in names]
    return f"{row}.{found[2]}.{found[3]}", [layer]


def _swapped(theirs: str, layout: Layout, weights: Weights, blocks: dict[str, str]) -> bool:
    found = _NUMBERED.match(theirs)
    if found is None or found[1] not in layout.blocks:
        return theirs in layout.swapped
    row = layout.blocks[found[1]]
    last = max(int(name.split(".")[1]) for name in weights if name.startswith(row + "."))
    return int(found[2]) == last and f"{found[1]}: {found[3]}" in layout.swapped_in_last
