"""Reads a checkpoint in one .safetensors file, with the configs and the tokenizer that ship with the program.

diffusers would fetch those from the network at this point, which is why so many offline programs fail here.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from diffusers.loaders.single_file_utils import create_diffusers_clip_model_from_ldm
from safetensors.torch import load_file
from transformers import CLIPTextModel, CLIPTextModelWithProjection

from sdstudio import paths
from sdstudio.engine.loaded import Parts
from sdstudio.engine.tokenizer import read_tokenizer
from sdstudio.errors import ModelProblem
from sdstudio.models.header import read_header
from sdstudio.models.info import ModelInfo

_OPEN_CLIP_PADDING = "!"  # token 0; OpenAI's text encoder is padded with the end token instead
_TEXT_ENCODERS: dict[str, list[tuple[str, Any, dict[str, str]]]] = {
    "sd1": [("text_encoder", CLIPTextModel, {})],
    "sd2": [("text_encoder", CLIPTextModel, {"pad_token": _OPEN_CLIP_PADDING})],
    "sdxl": [
        ("text_encoder", CLIPTextModel, {}),
        ("text_encoder_2", CLIPTextModelWithProjection, {"pad_token": _OPEN_CLIP_PADDING}),
    ],
    "sdxl_refiner": [("text_encoder_2", CLIPTextModelWithProjection, {"pad_token": _OPEN_CLIP_PADDING})],
}


def read(info: ModelInfo, path: Path, dtype: torch.dtype, on_part: Callable[[float], None]) -> Parts:
    """The parts of the checkpoint at `path`; `on_part` hears the share (0..1) that is done and may raise to stop.

    Raises ModelProblem for a family that has no configs here, and what diffusers raises for one that does not fit.
    """
    families = paths.resources() / "families"
    if info.family not in _TEXT_ENCODERS:
        raise ModelProblem(f"The model “{info.title}” is of the family “{info.family}”, which is not supported.")
    read_header(path)
    on_part(0.0)
    weights = load_file(path)
    options = {"config": str(families / info.family), "local_files_only": True, "torch_dtype": dtype}
    channels = {"in_channels": 9} if info.inpaint else {}
    modules = {"unet": UNet2DConditionModel.from_single_file(dict(weights), subfolder="unet", **options, **channels)}
    on_part(0.6)
    modules["vae"] = AutoencoderKL.from_single_file(dict(weights), subfolder="vae", **options)
    on_part(0.7)
    tokenizers = []
    for name, kind, token in _TEXT_ENCODERS[info.family]:
        modules[name] = create_diffusers_clip_model_from_ldm(kind, dict(weights), subfolder=name, **options)
        tokenizers.append(read_tokenizer(families / "tokenizer", **token))
    config = _scheduler_config(families / info.family, info, weights)
    return Parts(modules, tokenizers, config, zero_when_empty=info.family.startswith("sdxl"))


def _scheduler_config(family: Path, info: ModelInfo, weights: dict[str, torch.Tensor]) -> dict[str, Any]:
    config = json.loads((family / "scheduler" / "scheduler_config.json").read_text(encoding="utf-8"))
    config["prediction_type"] = info.prediction
    if "ztsnr" in weights:  # how checkpoints say that they were trained down to pure noise
        config |= {"rescale_betas_zero_snr": True, "timestep_spacing": "trailing"}
    return dict(config)
