"""From a model on the disk to modules that are ready to run. Local .safetensors files only; nothing is ever executed.

The classes that a model may consist of are a fixed table; a model that asks for others is refused by name.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, AutoencoderTiny, UNet2DConditionModel
from safetensors import SafetensorError
from transformers import CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

from sdstudio.engine import pixels, preview
from sdstudio.engine.failures import ModelMissing, is_out_of_memory
from sdstudio.engine.interrupt import Interruption
from sdstudio.engine.prompts import Embedding, PromptEncoder, TextModel
from sdstudio.errors import ModelProblem
from sdstudio.models.header import read_header
from sdstudio.models.info import ModelInfo
from sdstudio.raster.geometry import Extent

_UNETS = {"UNet2DConditionModel": UNet2DConditionModel}
_VAES = {"AutoencoderKL": AutoencoderKL, "AutoencoderTiny": AutoencoderTiny}
_TEXT_ENCODERS = {"CLIPTextModel": CLIPTextModel, "CLIPTextModelWithProjection": CLIPTextModelWithProjection}
# What diffusers, transformers and json raise for files that are not what they seem.
_UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError, SafetensorError)


@dataclass
class LoadedModel:
    """One model in memory. Everything that differs between families is answered here."""

    info: ModelInfo
    prompts: PromptEncoder
    unet: Any
    vae: Any
    scheduler_config: dict[str, Any]
    device: torch.device
    dtype: torch.dtype  # of the denoiser and its latents
    interruption: Interruption = field(init=False)

    def __post_init__(self) -> None:
        self.interruption = Interruption([self.unet, self.vae])

    @property
    def cell(self) -> int:
        return pixels.cell_size(self.vae)

    @property
    def latent_channels(self) -> int:
        return int(self.vae.config.latent_channels)

    @property
    def distilled_guidance(self) -> bool:
        """The guidance scale is an input of the network, which then needs no second pass for the negative prompt."""
        return self.unet.config.time_cond_proj_dim is not None

    @cached_property
    def previewer(self) -> preview.Previewer:
        return preview.fit(self.vae)

    def conditioning(
        self, positive: Embedding, negative: Embedding | None, extent: Extent, cfg_scale: float
    ) -> dict[str, Any]:
        """Keyword arguments of the denoiser that stay the same in all steps of a job."""
        both = [positive] if negative is None else [negative, positive]
        kwargs: dict[str, Any] = {
            "encoder_hidden_states": torch.cat([text.tokens for text in both]).to(self.device, self.dtype)
        }
        if self.unet.config.addition_embed_type == "text_time":  # SDXL: pooled text, and the size it should look like
            sizes = torch.tensor([[extent.height, extent.width, 0, 0, extent.height, extent.width]] * len(both))
            pooled = torch.cat([text.pooled for text in both if text.pooled is not None])
            kwargs["added_cond_kwargs"] = {
                "text_embeds": pooled.to(self.device, self.dtype),
                "time_ids": sizes.to(self.device, self.dtype),
            }
        if self.distilled_guidance:
            kwargs["timestep_cond"] = _guidance_embedding(cfg_scale - 1, self.unet.config.time_cond_proj_dim).to(
                self.device, self.dtype
            )
        return kwargs


def load(info: ModelInfo, device: torch.device, on_part: Callable[[float], None]) -> LoadedModel:
    """Load a diffusers folder. `on_part` hears the share (0..1) that is done and may raise to stop.

    Raises ModelMissing when nothing is there and ModelProblem when it cannot be used.
    """
    folder = Path(info.path)
    if not folder.exists():
        raise ModelMissing(f"The model “{info.title}” is not where it was: {folder.name} has been moved or deleted.")
    try:
        return _load_folder(info, folder, device, on_part)
    except _UNREADABLE as error:
        if is_out_of_memory(error):
            raise
        raise ModelProblem(
            f"The model “{info.title}” cannot be loaded: its files are damaged or incomplete.", detail=str(error)
        ) from error


def _load_folder(info: ModelInfo, folder: Path, device: torch.device, on_part: Callable[[float], None]) -> LoadedModel:
    index = json.loads((folder / "model_index.json").read_text(encoding="utf-8"))
    texts = [name for name in ("text_encoder", "text_encoder_2") if index.get(name, [None])[0] is not None]
    parts = ["unet", "vae", *texts]
    dtype = _choose_dtype(folder, parts, device)
    loaded: dict[str, Any] = {}
    for number, (part, classes) in enumerate([("unet", _UNETS), ("vae", _VAES), *((t, _TEXT_ENCODERS) for t in texts)]):
        on_part(number / len(parts))
        loaded[part] = _load_part(info, folder / part, classes, dtype).to(device).eval().requires_grad_(False)
    if device.type == "cpu":
        for part in ("unet", "vae"):  # convolutions are a tenth faster this way round
            loaded[part] = loaded[part].to(memory_format=torch.channels_last)
    if dtype == torch.float16 and loaded["vae"].config.get("force_upcast"):
        loaded["vae"] = loaded["vae"].to(torch.float32)
    xl = len(texts) > 1
    text_models = [TextModel(_load_tokenizer(folder, name), loaded[name], penultimate=xl) for name in texts]
    prompts = PromptEncoder(text_models, zero_when_empty=bool(index.get("force_zeros_for_empty_prompt", xl)))
    scheduler_config = json.loads((folder / "scheduler" / "scheduler_config.json").read_text(encoding="utf-8"))
    return LoadedModel(info, prompts, loaded["unet"], loaded["vae"], scheduler_config, device, dtype)


def _load_part(info: ModelInfo, folder: Path, classes: dict[str, Any], dtype: torch.dtype) -> Any:
    """One module. Its class must be in `classes`, and its file must hold every weight, each of them finite."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    name = config.get("_class_name") or next(iter(config.get("architectures") or [None]))
    if name not in classes:
        raise ModelProblem(f"The model “{info.title}” has a part of the kind “{name}”, which is not supported.")
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise ModelProblem(
            f"The model “{info.title}” has no .safetensors file in “{folder.name}”. Other kinds of files "
            "can hide programs and are not opened."
        )
    for file in files:
        read_header(file)
    options: dict[str, Any] = {"local_files_only": True, "use_safetensors": True, "output_loading_info": True}
    if all(file.name.endswith(".fp16.safetensors") for file in files):
        options["variant"] = "fp16"
    module, report = classes[name].from_pretrained(folder, torch_dtype=dtype, **options)
    if missing := report["missing_keys"]:
        raise ModelProblem(
            f"The model “{info.title}” is incomplete: {len(missing)} weights are missing in “{folder.name}”.",
            detail="\n".join(sorted(missing)),
        )
    if not all(torch.isfinite(weight).all() for weight in module.parameters()):
        raise ModelProblem(
            f"The model “{info.title}” is damaged: some of its weights in “{folder.name}” are not numbers (NaN)."
        )
    return module


def _load_tokenizer(folder: Path, text_encoder: str) -> Any:
    return CLIPTokenizer.from_pretrained(
        folder / text_encoder.replace("text_encoder", "tokenizer"), local_files_only=True
    )


def _choose_dtype(folder: Path, parts: list[str], device: torch.device) -> torch.dtype:
    """Half precision saves memory and time on a GPU; a small model does not need it, and a CPU is slower with it."""
    size = sum(file.stat().st_size for part in parts for file in (folder / part).glob("*.safetensors"))
    return torch.float16 if device.type == "cuda" and size > 2**30 else torch.float32


def _guidance_embedding(scale: float, width: int) -> torch.Tensor:
    """Sinusoidal embedding of the guidance scale, (1, width), as latent consistency models read it."""
    frequencies = torch.exp(torch.arange(width // 2) * -(torch.log(torch.tensor(10000.0)) / (width // 2 - 1)))
    angles = 1000 * scale * frequencies[None]
    return torch.cat([angles.sin(), angles.cos()], dim=1)
