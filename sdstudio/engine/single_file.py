"""Reads a checkpoint in one file, with the configs and the tokenizer that ship with the program.

diffusers would fetch those from the network at this point, which is why so many offline programs fail here. Parts that
the file has not, or that a job takes from elsewhere, come from files of their own (ModelInfo.parts).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from diffusers.loaders.single_file_utils import convert_ldm_unet_checkpoint, create_diffusers_clip_model_from_ldm
from transformers import CLIPTextModel, CLIPTextModelWithProjection

from sdstudio import paths
from sdstudio.engine.extras import vae
from sdstudio.engine.loaded import Parts
from sdstudio.engine.tokenizer import read_tokenizer
from sdstudio.engine.weights_file import read_weights
from sdstudio.errors import ModelProblem
from sdstudio.models.info import ModelInfo, PartFile
from sdstudio.models.parts import ROLE_WORDS, VAE

Weights = dict[str, torch.Tensor]
_OPEN_CLIP_PADDING = {"pad_token": "!"}  # token 0; OpenAI's text encoder is padded with the end token instead
UPSCALER = "sd_x4"  # in the folder of the families' configs: Stable Diffusion's x4 upscaler
_UNET = "model.diffusion_model."
_GUIDANCE = "time_embed.cond_proj.weight"  # of latent consistency models, which read the guidance scale
_HALVES = {torch.float16, torch.bfloat16}
_DIFFUSERS_GUIDANCE = "time_embedding.cond_proj.weight"


@dataclass(frozen=True)
class _Encoder:
    role: str
    name: str  # diffusers' folder
    kind: Any
    token: dict[str, str]


_CLIP_L = _Encoder("clip_l", "text_encoder", CLIPTextModel, {})
_CLIP_G = _Encoder("clip_g", "text_encoder_2", CLIPTextModelWithProjection, _OPEN_CLIP_PADDING)
_TEXT_ENCODERS = {
    "sd1": [_CLIP_L],
    "sd2": [_Encoder("clip_h", "text_encoder", CLIPTextModel, _OPEN_CLIP_PADDING)],
    "sdxl": [_CLIP_L, _CLIP_G],
    "sdxl_refiner": [_CLIP_G],
}


def read(info: ModelInfo, path: Path, dtype: torch.dtype, on_part: Callable[[float], None]) -> Parts:
    """The parts of the checkpoint at `path`; `on_part` hears the share (0..1) that is done and may raise to stop.

    Raises ModelProblem for a family that has no configs here, and what diffusers raises for one that does not fit.
    """
    families = paths.resources() / "families"
    if info.family not in _TEXT_ENCODERS:
        raise ModelProblem(f"The model “{info.title}” is of the family “{info.family}”, which is not supported.")
    on_part(0.0)
    weights = read_weights(path, dtype)
    chosen = {part.role: part for part in info.parts}
    folder = families / (UPSCALER if info.enlarges > 1 else info.family)
    options = {"config": str(folder), "local_files_only": True, "torch_dtype": dtype}
    modules = {"unet": _read_unet(weights, _config(folder, "unet/config.json"), options)}
    on_part(0.6)
    if VAE in chosen:
        config = _config(folder, "vae/config.json")
        modules[VAE] = vae.load(Path(chosen[VAE].path), chosen[VAE].title, config, dtype)
    else:
        modules[VAE] = AutoencoderKL.from_single_file(dict(weights), subfolder="vae", **options)
    on_part(0.7)
    tokenizers = []
    for encoder in _TEXT_ENCODERS[info.family]:
        modules[encoder.name] = _read_encoder(encoder, weights, chosen.get(encoder.role), options)
        tokenizers.append(read_tokenizer(families / "tokenizer", **encoder.token))
    scheduler = _scheduler_config(folder, info, weights)
    return Parts(modules, tokenizers, scheduler, zero_when_empty=info.family.startswith("sdxl"))


def _read_unet(weights: Weights, config: dict[str, Any], options: dict[str, Any]) -> Any:
    """From a whole checkpoint, or from a UNet alone in the original layout or in diffusers' own.

    Half precision stays what it is, in the pages of the file.
    """
    if "conv_in.weight" in weights:
        named = dict(weights)
    else:
        is_whole = any(name.startswith(_UNET) for name in weights)
        whole = dict(weights) if is_whole else {_UNET + name: value for name, value in weights.items()}
        named = convert_ldm_unet_checkpoint(whole, config)
        if _UNET + _GUIDANCE in whole:
            named[_DIFFUSERS_GUIDANCE] = whole[_UNET + _GUIDANCE]
    inputs = {"in_channels": named["conv_in.weight"].shape[1]}
    if _DIFFUSERS_GUIDANCE in named:
        inputs["time_cond_proj_dim"] = named[_DIFFUSERS_GUIDANCE].shape[1]
    if len(stored := {value.dtype for value in named.values()}) == 1 and stored <= _HALVES:
        options = options | {"torch_dtype": stored.pop()}  # `loading` converts them, in one go with their layout
    return UNet2DConditionModel.from_single_file(named, subfolder="unet", **options, **inputs)


def _read_encoder(encoder: _Encoder, weights: Weights, part: PartFile | None, options: dict[str, Any]) -> Any:
    """The model's own text encoder, or the one in the file `part`."""
    if part is None:
        return create_diffusers_clip_model_from_ldm(encoder.kind, dict(weights), subfolder=encoder.name, **options)
    try:
        found = _as_in_a_checkpoint(read_weights(Path(part.path), options["torch_dtype"]))
        return create_diffusers_clip_model_from_ldm(encoder.kind, found, subfolder=encoder.name, **options)
    except (KeyError, ValueError, StopIteration) as error:
        raise ModelProblem(
            f"The file “{part.title}” cannot be used as {ROLE_WORDS[encoder.role]}: it is damaged or of another kind.",
            detail=repr(error),
        ) from error


def _as_in_a_checkpoint(weights: Weights) -> Weights:
    """A text encoder from a file of its own by the names that it has in a checkpoint, in either layout."""
    table = next(name for name in weights if name.endswith("token_embedding.weight"))
    if not table.endswith("embeddings.token_embedding.weight"):
        root = table.removesuffix("token_embedding.weight")
        place = "conditioner.embedders.0.model."
        return {place + name.removeprefix(root): value for name, value in weights.items() if name.startswith(root)}
    root = table.removesuffix("embeddings.token_embedding.weight").removesuffix("text_model.")
    named = {}
    for name, value in weights.items():
        if name.startswith(root):
            inner = name.removeprefix(root).removeprefix("text_model.")
            named[inner if inner.startswith("text_projection") else f"text_model.{inner}"] = value
    return {f"cond_stage_model.transformer.{name}": value for name, value in named.items()}


def _config(folder: Path, name: str) -> dict[str, Any]:
    return dict(json.loads((folder / name).read_text(encoding="utf-8")))


def _scheduler_config(folder: Path, info: ModelInfo, weights: Weights) -> dict[str, Any]:
    config = _config(folder, "scheduler/scheduler_config.json")
    config["prediction_type"] = info.prediction
    if "ztsnr" in weights:  # how checkpoints say that they were trained down to pure noise
        config |= {"rescale_betas_zero_snr": True, "timestep_spacing": "trailing"}
    return config
