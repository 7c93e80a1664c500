"""Turns a tiny diffusers model into a checkpoint in one file, with the names that those files have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

_UNET_RESNET = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "time_emb_proj": "emb_layers.1",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "conv_shortcut": "skip_connection",
}
_VAE_ATTENTION = {"group_norm": "norm", "to_q": "q", "to_k": "k", "to_v": "v", "to_out.0": "proj_out"}


_OPEN_CLIP = {
    "encoder.layers": "transformer.resblocks",
    "layer_norm": "ln_",
    "self_attn": "attn",
    "fc1": "c_fc",
    "fc2": "c_proj",
    "embeddings.token_embedding": "token_embedding",
    "embeddings.position_embedding.weight": "positional_embedding",
    "final_ln_": "ln_final",
    "final_layer_norm": "ln_final",
}


def write_checkpoint(path: Path, unet: Any, vae: Any, *text_encoders: Any, kind: str = "") -> Path:
    """A checkpoint in one file; see `checkpoint`."""
    weights = checkpoint(unet, vae, *text_encoders, kind=kind)
    save_file({name: value.contiguous() for name, value in weights.items()}, path)
    return path


def checkpoint(unet: Any, vae: Any, *text_encoders: Any, kind: str = "") -> dict[str, torch.Tensor]:
    """Tensors by the names that files have; modules on the meta device give names and shapes alone.

    One text encoder makes a file like those of Stable Diffusion 1, two make one like SDXL's. `kind` "sd2" and
    "sdxl_refiner" have a single text encoder that is OpenCLIP's. SD 2's has one layer more than is read, and what
    OpenCLIP has besides.
    """
    weights = {f"model.diffusion_model.{name}": value for name, value in _unet(unet).items()}
    weights |= {f"first_stage_model.{name}": value for name, value in vae_names(vae).items()}
    if kind:
        (only,) = text_encoders
        root = {"sd2": "cond_stage_model.model", "sdxl_refiner": "conditioner.embedders.0.model"}[kind]
        names = _open_clip(only)
        if kind == "sd2":
            last = only.config.num_hidden_layers
            extra = {name: value for name, value in names.items() if f".resblocks.{last - 1}." in name}
            names |= {name.replace(f".{last - 1}.", f".{last}.", 1): value * 2 for name, value in extra.items()}
            names["text_projection"] = torch.eye(only.config.hidden_size)
        names["logit_scale"] = torch.tensor(4.6)
        return weights | {f"{root}.{name}": value for name, value in names.items()}
    first, *others = text_encoders
    root = "conditioner.embedders.0" if others else "cond_stage_model"
    weights |= {f"{root}.transformer.text_model.{name}": value for name, value in _text(first).items()}
    for second in others:
        weights |= {f"conditioner.embedders.1.model.{name}": value for name, value in _open_clip(second).items()}
    return weights


def _text(encoder: Any) -> dict[str, torch.Tensor]:
    return {name.removeprefix("text_model."): value for name, value in encoder.state_dict().items()}


def _open_clip(encoder: Any) -> dict[str, torch.Tensor]:
    """As OpenCLIP names them, with query, key and value in one matrix."""
    renamed: dict[str, torch.Tensor] = {}
    for name, value in _text(encoder).items():
        if name == "text_projection.weight":
            renamed["text_projection"] = value.T
            continue
        for old, new in _OPEN_CLIP.items():
            name = name.replace(old, new)
        renamed[name] = value
    for name in [name for name in renamed if ".q_proj." in name]:
        parts = [renamed.pop(name.replace(".q_proj.", f".{letter}_proj.")) for letter in "qkv"]
        renamed[name.replace(".q_proj.", ".in_proj_")] = torch.cat(parts)
    return renamed


def _renamed(module: Any, prefix: str, names: dict[str, str] | None = None) -> dict[str, torch.Tensor]:
    renamed = {}
    for key, value in module.state_dict().items():
        for old, new in (names or {}).items():
            if key.startswith(old + "."):
                key = new + key.removeprefix(old)
                break
        renamed[f"{prefix}.{key}"] = value
    return renamed


def _unet(unet: Any) -> dict[str, torch.Tensor]:
    layers = unet.config.layers_per_block
    weights = _renamed(unet.time_embedding, "time_embed", {"linear_1": "0", "linear_2": "2"})
    weights |= _renamed(unet.conv_in, "input_blocks.0.0")
    weights |= _renamed(unet.conv_norm_out, "out.0") | _renamed(unet.conv_out, "out.2")
    if unet.config.addition_embed_type == "text_time":
        weights |= _renamed(unet.add_embedding, "label_emb.0", {"linear_1": "0", "linear_2": "2"})
    if unet.config.num_class_embeds:
        weights |= _renamed(unet.class_embedding, "label_emb")
    for number, block in enumerate(unet.down_blocks):
        weights |= _layers(block, "input_blocks", 1 + number * (layers + 1))
        for sampler in block.downsamplers or []:
            weights |= _renamed(sampler.conv, f"input_blocks.{(number + 1) * (layers + 1)}.0.op")
    weights |= _renamed(unet.mid_block.resnets[0], "middle_block.0", _UNET_RESNET)
    weights |= _renamed(unet.mid_block.attentions[0], "middle_block.1")
    weights |= _renamed(unet.mid_block.resnets[1], "middle_block.2", _UNET_RESNET)
    for number, block in enumerate(unet.up_blocks):
        weights |= _layers(block, "output_blocks", number * (layers + 1))
        place = 2 if hasattr(block, "attentions") else 1
        for sampler in block.upsamplers or []:
            weights |= _renamed(sampler.conv, f"output_blocks.{number * (layers + 1) + layers}.{place}.conv")
    return weights


def _layers(block: Any, name: str, first: int) -> dict[str, torch.Tensor]:
    weights = {}
    for number, resnet in enumerate(block.resnets):
        weights |= _renamed(resnet, f"{name}.{first + number}.0", _UNET_RESNET)
        if hasattr(block, "attentions"):
            weights |= _renamed(block.attentions[number], f"{name}.{first + number}.1")
    return weights


def vae_names(vae: Any) -> dict[str, torch.Tensor]:
    """An autoencoder's weights by their original names."""
    weights: dict[str, torch.Tensor] = {}
    for name in ("quant_conv", "post_quant_conv"):
        if getattr(vae, name) is not None:
            weights |= _renamed(getattr(vae, name), name)
    for side, half in (("encoder", vae.encoder), ("decoder", vae.decoder)):
        weights |= _renamed(half.conv_in, f"{side}.conv_in") | _renamed(half.conv_out, f"{side}.conv_out")
        weights |= _renamed(half.conv_norm_out, f"{side}.norm_out")
        for number, resnet in enumerate(half.mid_block.resnets):
            weights |= _renamed(resnet, f"{side}.mid.block_{number + 1}")
        attention = _renamed(half.mid_block.attentions[0], f"{side}.mid.attn_1", _VAE_ATTENTION)
        # The files have 1 x 1 convolutions here where diffusers has linear layers.
        weights |= {key: value[:, :, None, None] if value.ndim == 2 else value for key, value in attention.items()}
        blocks = half.down_blocks if side == "encoder" else half.up_blocks
        for number, block in enumerate(blocks):
            place = f"encoder.down.{number}" if side == "encoder" else f"decoder.up.{len(blocks) - 1 - number}"
            for layer, resnet in enumerate(block.resnets):
                weights |= _renamed(resnet, f"{place}.block.{layer}", {"conv_shortcut": "nin_shortcut"})
            samplers = block.downsamplers if side == "encoder" else block.upsamplers
            for sampler in samplers or []:
                weights |= _renamed(sampler.conv, f"{place}.{'down' if side == 'encoder' else 'up'}sample.conv")
    return weights
