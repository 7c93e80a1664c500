"""Writes checkpoints of full size with random weights: the names, shapes and odd tensors of the original files."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

KINDS = ("sd1", "sd2", "sdxl", "sdxl_refiner", "sd1_inpaint", "sd2_inpaint", "sd2_depth", "sdxl_inpaint")
DTYPES = {"fp16": ("F16", 2), "bf16": ("BF16", 2), "fp32": ("F32", 4), "fp8": ("F8_E4M3", 1)}
_DRAWN = 2**22 - 3  # numbers; no multiple of any width, so that no two rows are equal
_INPUTS = {"inpaint": 9, "depth": 5}


def write(path: Path, kind: str, dtype: str) -> None:
    """A checkpoint of that kind, one tensor in memory at a time."""
    import torch

    code, width = DTYPES[dtype]
    number = {"F16": torch.float16, "BF16": torch.bfloat16, "F32": torch.float32, "F8_E4M3": torch.float8_e4m3fn}[code]
    tensors = dict(_tensors(kind))
    header: dict[str, Any] = {}
    end = 0
    for name, shape in tensors.items():
        begin, end = end, end + math.prod(shape) * width
        header[name] = {"dtype": code, "shape": shape, "data_offsets": [begin, end]}
    text = json.dumps(header).encode()
    numbers = torch.randn(_DRAWN, generator=torch.Generator().manual_seed(0))
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for name, shape in tensors.items():
            value = _random(name, shape, numbers).to(number).contiguous()
            file.write(value.flatten().view(torch.uint8).numpy().tobytes())


def _random(name: str, shape: list[int], numbers: Any) -> Any:
    """What keeps a random network's activations in range: norms do nothing, everything else keeps the variance.

    The same `numbers` over and over: drawing billions of them would take most of the time.
    """
    import torch

    if len(shape) < 2:
        return torch.ones(shape) if name.endswith("weight") else torch.zeros(shape)
    count = math.prod(shape)
    drawn = numbers.repeat(count // len(numbers) + 1)[:count].view(shape)
    return drawn * 0.02 if "embedding" in name else drawn / math.sqrt(math.prod(shape[1:]))


def _tensors(kind: str) -> Iterator[tuple[str, list[int]]]:
    """Names and shapes, as the original repositories write them."""
    from tests.helpers.single_files import checkpoint

    family, unet, vae, encoders = _networks(kind)
    named = checkpoint(unet, vae, *encoders, kind=family if family in ("sd2", "sdxl_refiner") else "")
    for name, value in named.items():
        yield name, list(value.shape)
    yield from _besides(family)


def write_lora(path: Path, kind: str) -> None:
    """A LoRA for a checkpoint of that kind, as kohya's trainer writes them, for the denoiser and the text encoders."""
    from tests.helpers import lora_files

    family, unet, _, encoders = _networks(kind)
    blocks = "original" if family.startswith("sdxl") else "diffusers"
    lora_files.write_kohya(path, unet, encoders, blocks=blocks)


def _networks(kind: str) -> tuple[str, Any, Any, list[Any]]:
    """The family, and its denoiser, autoencoder and text encoders without any weights."""
    import torch
    from diffusers import AutoencoderKL, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

    from sdstudio import paths

    family, _, variant = (kind, "", "") if kind == "sdxl_refiner" else kind.partition("_")
    folder = paths.resources() / "families" / family

    def config(part: str) -> dict[str, Any]:
        return dict(json.loads((folder / part / "config.json").read_text(encoding="utf-8")))

    more = {"in_channels": _INPUTS[variant]} if variant else {}
    with torch.device("meta"):
        unet = UNet2DConditionModel.from_config(config("unet") | more)
        vae = AutoencoderKL.from_config(config("vae"))
        encoders = [
            kind_of(CLIPTextConfig(**config(part)))
            for part, kind_of in (("text_encoder", CLIPTextModel), ("text_encoder_2", CLIPTextModelWithProjection))
            if (folder / part).is_dir()
        ]
    return family, unet, vae, encoders


def _besides(family: str) -> Iterator[tuple[str, list[int]]]:
    """What the trainers of those files left in them and no picture needs."""
    if family in ("sd1", "sd2"):
        for name in ("betas", "alphas_cumprod", "alphas_cumprod_prev", "sqrt_alphas_cumprod", "log_one_minus_alphas"):
            yield name, [1000]
        yield "model_ema.decay", []
        yield "model_ema.num_updates", []
    if family == "sd1":
        yield "cond_stage_model.transformer.text_model.embeddings.position_ids", [1, 77]
    if family == "sdxl":
        yield "denoiser.sigmas", [1000]
        yield "conditioner.embedders.0.transformer.text_model.embeddings.position_ids", [1, 77]
