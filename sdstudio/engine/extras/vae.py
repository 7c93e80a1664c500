"""Another autoencoder than the model's own: read from a single file or a folder, and checked to speak its latents."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL
from diffusers.loaders.single_file_utils import convert_ldm_vae_checkpoint
from safetensors import SafetensorError

from sdstudio.engine.failures import is_out_of_memory
from sdstudio.engine.weights_file import are_numbers, read_weights
from sdstudio.errors import ModelProblem
from sdstudio.models.extras import ExtraInfo

_PREFIX = "first_stage_model."
_UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError, SafetensorError)


def read(info: ExtraInfo, own: Any) -> AutoencoderKL:
    """The autoencoder at `info.path`, with the configuration of the model's own one, which must be of its kind.

    Raises ModelProblem when it is damaged or has other latents.
    """
    if not isinstance(own, AutoencoderKL):
        raise ModelProblem(f"The VAE “{info.title}” cannot be used: this model has an autoencoder of its own kind.")
    vae: Any = load(Path(info.path), info.title, dict(own.config), own.dtype)
    vae = vae.to(own.device).eval().requires_grad_(False)
    return vae.to(memory_format=torch.channels_last) if own.device.type == "cpu" else vae


def load(path: Path, title: str, own: dict[str, Any], dtype: torch.dtype) -> AutoencoderKL:
    """The autoencoder in the file at `path`, or within a checkpoint there; `own` is the config of the model's family.

    Raises ModelProblem when it is damaged or has other latents.
    """
    try:
        found = read_weights(path, dtype)
        weights = {name.removeprefix(_PREFIX): value for name, value in found.items()}
        vae: Any = AutoencoderKL.from_config(_config(own, path))
        if any(name.startswith("encoder.down.") for name in weights):
            weights = convert_ldm_vae_checkpoint(weights, vae.config)
        vae.load_state_dict(weights)
    except _UNREADABLE as error:
        if is_out_of_memory(error):
            raise
        raise ModelProblem(
            f"The VAE “{title}” cannot be used with this model: it is damaged or made for another kind.",
            detail=str(error),
        ) from error
    if not are_numbers(vae.parameters()):
        raise ModelProblem(f"The VAE “{title}” is damaged: some of its weights are no numbers (NaN).")
    return vae.to(dtype)


def _config(own: dict[str, Any], path: Path) -> dict[str, Any]:
    """The model's own, or what lies beside the file where both have the same latents."""
    beside = path.parent / "config.json"
    config = dict(own)
    if beside.is_file():
        told = json.loads(beside.read_text(encoding="utf-8"))
        if isinstance(told, dict) and told.get("_class_name") == "AutoencoderKL":
            same = ("latent_channels", "scaling_factor", "shift_factor")
            config |= {name: value for name, value in told.items() if name in config and name not in same}
    return config
