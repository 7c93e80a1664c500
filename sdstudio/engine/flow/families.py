"""What each of the transformer families consists of: one table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from diffusers import (
    AutoencoderKL,
    AutoencoderKLQwenImage,
    FluxTransformer2DModel,
    QwenImageTransformer2DModel,
    SD3Transformer2DModel,
    ZImageTransformer2DModel,
)
from transformers import (
    CLIPTextModel,
    CLIPTextModelWithProjection,
    PreTrainedModel,
    Qwen2_5_VLTextModel,
    Qwen3Model,
    T5EncoderModel,
)

from sdstudio.engine.flow.denoisers import Denoiser, FluxDenoiser, QwenDenoiser, SD3Denoiser, ZImageDenoiser


@dataclass(frozen=True)
class Encoder:
    """One text encoder: its role, its class, and the folders of a model in which it and its tokenizer lie."""

    role: str  # as in ModelInfo.lacks
    kind: type[PreTrainedModel]
    folder: str
    tokenizer: str
    may_lack: bool = False


@dataclass(frozen=True)
class Family:
    """Classes of the parts."""

    transformer: Any
    denoiser: type[Denoiser]
    vae: Any
    encoders: tuple[Encoder, ...]


FAMILIES = {
    "sd3": Family(
        SD3Transformer2DModel,
        SD3Denoiser,
        AutoencoderKL,
        (
            Encoder("clip_l", CLIPTextModelWithProjection, "text_encoder", "tokenizer"),
            Encoder("clip_g", CLIPTextModelWithProjection, "text_encoder_2", "tokenizer_2"),
            Encoder("t5", T5EncoderModel, "text_encoder_3", "tokenizer_3", may_lack=True),
        ),
    ),
    "flux": Family(
        FluxTransformer2DModel,
        FluxDenoiser,
        AutoencoderKL,
        (
            Encoder("clip_l", CLIPTextModel, "text_encoder", "tokenizer"),
            Encoder("t5", T5EncoderModel, "text_encoder_2", "tokenizer_2"),
        ),
    ),
    "qwen_image": Family(
        QwenImageTransformer2DModel,
        QwenDenoiser,
        AutoencoderKLQwenImage,
        (Encoder("qwen2_vl", Qwen2_5_VLTextModel, "text_encoder", "tokenizer"),),
    ),
    "z_image": Family(
        ZImageTransformer2DModel,
        ZImageDenoiser,
        AutoencoderKL,
        (Encoder("qwen3", Qwen3Model, "text_encoder", "tokenizer"),),
    ),
}
