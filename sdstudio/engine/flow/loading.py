"""Models of the transformer families, from diffusers folders and from single files in the original layout."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL
from diffusers.loaders.single_file_utils import convert_ldm_vae_checkpoint, convert_wan_vae_to_diffusers
from transformers import CLIPTextModel, CLIPTextModelWithProjection, T5EncoderModel

from sdstudio import paths
from sdstudio.engine.flow import texts
from sdstudio.engine.flow.denoisers import Denoiser
from sdstudio.engine.flow.families import FAMILIES, Encoder, Family
from sdstudio.engine.flow.layouts import LAYOUTS, WHOLE, Weights, to_diffusers
from sdstudio.engine.flow.model import FlowModel
from sdstudio.engine.flow.sizes import transformer_config
from sdstudio.engine.flow.still_vae import StillAutoencoder
from sdstudio.engine.flow.tokenizers import read_long_tokenizer
from sdstudio.engine.flow.weights import below, fill, read_files, unscaled
from sdstudio.engine.prompts import TextModel
from sdstudio.engine.tokenizer import read_tokenizer
from sdstudio.errors import ModelProblem
from sdstudio.models.flow_detect import ENCODERS
from sdstudio.models.info import ModelInfo
from sdstudio.models.parts import ROLE_WORDS
from sdstudio.models.text_readers import T5_LENGTH

_VAE_PREFIXES = ("first_stage_model.", "vae.")
_OPEN_CLIP_PADDING = {"clip_g": {"pad_token": "!"}}


@dataclass
class _Source:
    """Where a model's parts come from: the weights of one file, or the folders of a model; configs beside them."""

    info: ModelInfo
    folder: Path  # with the configs: the model's own, or the family's
    weights: Weights | None  # None: each part's folder has them
    dtype: torch.dtype  # for what is stored packed
    chosen: dict[str, Path]  # files for single parts, by role
    keep_packed: bool

    def config(self, part: str) -> dict[str, Any]:
        name = "scheduler_config.json" if part == "scheduler" else "config.json"
        return dict(json.loads((self.folder / part / name).read_text(encoding="utf-8")))

    def part(self, folder: str, role: str, *prefixes: str) -> Weights:
        """The weights of one part, without the prefix that a file with all parts gives them; may be empty."""
        if role in self.chosen:
            found = read_files([self.chosen[role]], self.dtype, keep_packed=self.keep_packed)
            return below(found, *prefixes) or found
        if self.weights is None:
            return read_files(_files(self.folder / folder), self.dtype)
        return below(self.weights, *prefixes)


def load(
    info: ModelInfo,
    path: Path,
    device: torch.device,
    dtype: torch.dtype,
    on_part: Callable[[float], None],
    *,
    keep_packed: bool = False,
) -> FlowModel:
    """Load the model at `path`. `on_part` hears the share (0..1) that is done and may raise to stop.

    `keep_packed`: weights that a file packs stay so, and are unpacked whenever they are used.
    Raises ModelProblem when a part is missing or does not fit.
    """
    family = FAMILIES[info.family]
    chosen = {part.role: Path(part.path) for part in info.parts}
    on_part(0.0)
    if path.is_dir():
        source = _Source(info, path, None, dtype, chosen, keep_packed)
    else:
        shipped = paths.resources() / "families" / info.family
        weights = read_files([path], dtype, keep_packed=keep_packed)
        source = _Source(info, shipped, weights, dtype, chosen, keep_packed)
    on_part(0.1)
    transformer = _transformer(source, family, dtype)
    on_part(0.5)
    vae = _vae(source, family, dtype)
    clip: list[TextModel] = []
    long: texts.LongText | None = None
    for number, encoder in enumerate(family.encoders):
        on_part(0.55 + 0.45 * number / len(family.encoders))
        network = _encoder(source, encoder, dtype)
        if network is None:
            continue
        network = network.to(device).eval().requires_grad_(False)
        if encoder.kind in (CLIPTextModel, CLIPTextModelWithProjection):
            tokenizer = _clip_tokenizer(source, encoder)
            kind = texts.PooledText if encoder.kind is CLIPTextModel else TextModel
            clip.append(kind(tokenizer, network, penultimate=kind is TextModel))
        else:
            long = _long(info.family, read_long_tokenizer(source.folder, encoder), network)
    vae = vae.to(device).eval().requires_grad_(False)
    if device.type != "mps" and family.vae is AutoencoderKL:
        vae = vae.to(memory_format=torch.channels_last)  # convolutions are faster this way round
    denoiser = family.denoiser(transformer.to(device).eval().requires_grad_(False))
    width = denoiser.config.get("joint_attention_dim", 0)
    prompts = texts.JointPromptEncoder(clip, long, width, side_by_side=info.family == "sd3")
    if info.family == "z_image":
        dtype = torch.float32  # of the latents: its velocity is given in full precision
    return FlowModel(info, prompts, denoiser, vae, _scheduler(source, denoiser), device, dtype)


def _scheduler(source: _Source, denoiser: Denoiser) -> dict[str, Any]:
    """The model's own; Flux schnell's levels are not shifted, which its file alone does not tell."""
    config = source.config("scheduler")
    if source.weights is not None and source.info.family == "flux" and not denoiser.takes_guidance:
        config |= {"use_dynamic_shifting": False, "shift": 1.0}
    return config


def _transformer(source: _Source, family: Family, dtype: torch.dtype) -> Any:
    if source.weights is None:
        weights = source.part("transformer", "transformer")
        config = source.config("transformer")
    else:
        known = below(source.weights, WHOLE) or source.weights
        weights = to_diffusers(known, LAYOUTS[source.info.family])
        config = transformer_config(source.info.family, source.config("transformer"), weights)
    return fill(family.transformer, config, unscaled(weights, dtype), source.info.title, "transformer")


def _vae(source: _Source, family: Family, dtype: torch.dtype) -> Any:
    weights = source.part("vae", "vae", *_VAE_PREFIXES)
    if not weights:
        raise _missing(source.info, "vae")
    config = source.config("vae")
    if family.vae is AutoencoderKL:
        if any(name.startswith("encoder.down.") for name in weights):
            weights = convert_ldm_vae_checkpoint(weights, config)
        return fill(AutoencoderKL, config, unscaled(weights, dtype), source.info.title, "autoencoder")
    if "decoder.middle.0.residual.0.gamma" in weights:
        weights = convert_wan_vae_to_diffusers(weights)
    return StillAutoencoder(fill(family.vae, config, unscaled(weights, dtype), source.info.title, "autoencoder"))


def _encoder(source: _Source, encoder: Encoder, dtype: torch.dtype) -> Any:
    """The text encoder, or None where the family can do without it."""
    weights = source.part(encoder.folder, encoder.role, ENCODERS[encoder.role] + "transformer.", ENCODERS[encoder.role])
    if not weights:
        if encoder.may_lack:
            return None
        raise _missing(source.info, encoder.role)
    config: Any = encoder.kind.config_class.from_pretrained(source.folder / encoder.folder, local_files_only=True)
    config = getattr(config, "text_config", config)
    if encoder.kind is CLIPTextModel:
        weights = {name.removeprefix("text_model."): value for name, value in weights.items()}
    elif encoder.kind is CLIPTextModelWithProjection:
        if encoder.role == "clip_l" and source.weights is not None:
            weights["text_projection.weight"] = torch.eye(config.hidden_size)  # such files mean: none
    elif encoder.kind is T5EncoderModel:
        weights.setdefault("encoder.embed_tokens.weight", weights.get("shared.weight", torch.empty(0)))
    else:
        table = next((name for name in weights if name.endswith("embed_tokens.weight")), "embed_tokens.weight")
        weights = below(weights, table.removesuffix("embed_tokens.weight"))
    part = encoder.folder.replace("_", " ")
    return fill(encoder.kind, config, unscaled(weights, dtype), source.info.title, part)


def _clip_tokenizer(source: _Source, encoder: Encoder) -> Any:
    if source.weights is None:
        return read_tokenizer(source.folder / encoder.tokenizer)
    shipped = paths.resources() / "families" / "tokenizer"
    return read_tokenizer(shipped, **_OPEN_CLIP_PADDING.get(encoder.role, {}))


def _long(family: str, tokenizer: Any, network: Any) -> texts.LongText:
    if family == "qwen_image":
        return texts.qwen_image(tokenizer, network)
    if family == "z_image":
        return texts.z_image(tokenizer, network)
    return texts.T5Text(tokenizer, network, T5_LENGTH[family])


def _files(folder: Path) -> list[Path]:
    """The weights of a part in full; half precision only where there is nothing else."""
    files = sorted(folder.glob("*.safetensors"))
    return [file for file in files if ".fp16" not in file.name and ".bf16" not in file.name] or files


def _missing(info: ModelInfo, role: str) -> ModelProblem:
    return ModelProblem(
        f"The model “{info.title}” is not whole: it lacks {ROLE_WORDS[role]}. "
        "Choose a file for it under Parts in the Extras panel (--text-encoder, --vae)."
    )
