"""Writes an edition as a diffusers folder: tokenizer, text encoder, UNet, autoencoder, scheduler, in float16.

Owns the layout, ``sdstudio.json`` (what the program reads: native size, default steps, known words) and putting the
decoder's latest weights in. Must not know how anything was trained.
"""

import json
import shutil
from pathlib import Path
from typing import Any

import msgspec
import torch
from diffusers import AutoencoderTiny

from sdstudio.training.diffusion import Networks
from sdstudio.training.latents import DEVIATION
from sdstudio.training.networks import make_schedule
from sdstudio.training.pictures import COLOURS
from sdstudio.training.recipe import Recipe

PARTS = {
    "scheduler": ["diffusers", "DDIMScheduler"],
    "text_encoder": ["transformers", "CLIPTextModel"],
    "tokenizer": ["transformers", "CLIPTokenizer"],
    "unet": ["diffusers", "UNet2DConditionModel"],
    "vae": ["diffusers", "AutoencoderTiny"],
    "feature_extractor": [None, None],
    "image_encoder": [None, None],
    "safety_checker": [None, None],
}


def write(folder: Path, nets: Networks, vae: AutoencoderTiny, tokenizer: Path, recipe: Recipe, words: list[str],
          styles: list[str], counters: dict[str, Any]) -> None:  # fmt: skip
    """Write the whole model to ``folder`` (parts that exist are replaced); ``tokenizer`` is the folder to copy from.

    ``counters`` say what training cost; they are kept for the card.
    """
    folder.mkdir(parents=True, exist_ok=True)
    vae.register_to_config(scaling_factor=1 / DEVIATION)
    _half(vae).save_pretrained(folder / "vae", safe_serialization=True)
    _half(nets.unet).save_pretrained(folder / "unet", safe_serialization=True)
    _half(nets.text).save_pretrained(folder / "text_encoder", safe_serialization=True)
    # transformers loads the precision that this file names, diffusers float32: let the parts agree by themselves
    _set(folder / "text_encoder" / "config.json", dtype="float32")
    make_schedule().save_pretrained(folder / "scheduler")
    shutil.copytree(tokenizer, folder / "tokenizer", dirs_exist_ok=True)
    for weights in folder.rglob("*.safetensors"):
        weights.chmod(0o644)  # safetensors makes them private
    index = {"_class_name": "StableDiffusionPipeline", "_diffusers_version": "0.38.0", "requires_safety_checker": False}
    _write_json(folder / "model_index.json", index | PARTS)
    about = msgspec.to_builtins(recipe.defaults) | {
        "native_size": recipe.size,
        "styles": styles,
        "backgrounds": list(COLOURS),
        "vocabulary": words,
        "training": counters,
    }
    _write_json(folder / "sdstudio.json", about)


def _half(module: torch.nn.Module) -> Any:
    module.to(device="cpu", dtype=torch.float16)
    for weight in module.parameters():
        weight.data = weight.data.contiguous()
    return module


def _set(path: Path, **values: str) -> None:
    _write_json(path, json.loads(path.read_text(encoding="utf-8")) | values)


def _write_json(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
