"""DeepFloyd IF's stages from folders in diffusers' layout: a UNet on pixels, T5, and no autoencoder."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from diffusers import UNet2DConditionModel
from transformers import T5EncoderModel, T5Tokenizer

from sdstudio.engine.enlarging import Enlarging, read_enlarging
from sdstudio.engine.flow.texts import JointPromptEncoder
from sdstudio.engine.flow.weights import fill, unscaled
from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.pixel.space import PixelSpace
from sdstudio.engine.pixel.texts import LowerCaseT5
from sdstudio.engine.weights_file import read_weights
from sdstudio.models.info import ModelInfo

_NOISE_LEVEL = 250  # on the small picture, of 1000, as diffusers has it


def load(
    info: ModelInfo, folder: Path, device: torch.device, dtype: torch.dtype, on_part: Callable[[float], None]
) -> LoadedModel:
    """Load stage I or II. `on_part` hears the share (0..1) that is done and may raise to stop.

    Raises ModelProblem when weights are missing or no numbers.
    """
    on_part(0.0)
    unet: Any = fill(UNet2DConditionModel, _config(folder, "unet"), _weights(folder, "unet", dtype), info.title, "UNet")
    unet = unet.to(device).eval().requires_grad_(False)
    if device.type == "cpu":
        unet = unet.to(memory_format=torch.channels_last)
    on_part(0.4)
    texts = _weights(folder, "text_encoder", dtype)
    texts.setdefault("encoder.embed_tokens.weight", texts.get("shared.weight", torch.empty(0)))
    config = T5EncoderModel.config_class.from_pretrained(folder / "text_encoder", local_files_only=True)
    encoder = fill(T5EncoderModel, config, texts, info.title, "text encoder").to(device).eval().requires_grad_(False)
    tokenizer = T5Tokenizer.from_pretrained(folder / "tokenizer", local_files_only=True)
    prompts = JointPromptEncoder([], LowerCaseT5(tokenizer, encoder), config.d_model, side_by_side=False)
    on_part(0.9)
    space = PixelSpace().to(device, dtype)
    scheduler = json.loads((folder / "scheduler" / "scheduler_config.json").read_text(encoding="utf-8"))
    enlarging: Enlarging | None = None
    if info.enlarges > 1:
        enlarging = read_enlarging(folder / "image_noising_scheduler", info.enlarges, _NOISE_LEVEL)
    return LoadedModel(info, prompts, unet, space, scheduler, device, dtype, enlarging=enlarging)


def _config(folder: Path, part: str) -> dict[str, Any]:
    return dict(json.loads((folder / part / "config.json").read_text(encoding="utf-8")))


def _weights(folder: Path, part: str, dtype: torch.dtype) -> dict[str, torch.Tensor]:
    """Those in full precision where there are both."""
    files = sorted((folder / part).glob("*.safetensors"))
    weights: dict[str, torch.Tensor] = {}
    for file in [file for file in files if ".fp16" not in file.name] or files:
        weights |= read_weights(file, dtype)
    return unscaled(weights, dtype)
