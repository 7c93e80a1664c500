"""Diffusers folders of the transformer families with tiny random networks: real in every way but size.

Imports torch, so only tests of the engine may use it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AutoencoderKL,
    AutoencoderKLQwenImage,
    FlowMatchEulerDiscreteScheduler,
    FluxTransformer2DModel,
    QwenImageTransformer2DModel,
    SD3Transformer2DModel,
    ZImageTransformer2DModel,
)
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen2Tokenizer,
    Qwen3Config,
    Qwen3Model,
    T5Config,
    T5EncoderModel,
    T5Tokenizer,
)

from tests.helpers.tiny_models import write_tokenizer

CLIP_WIDTH, SECOND_WIDTH, LONG_WIDTH = 32, 48, 96
DYNAMIC = {"use_dynamic_shifting": True, "base_shift": 0.5, "max_shift": 1.15, "shift": 3.0}
SCHEDULERS: dict[str, dict[str, Any]] = {
    "sd3": {"shift": 3.0},
    "flux": DYNAMIC,
    "qwen_image": DYNAMIC | {"max_shift": 0.9, "shift": 1.0, "max_image_seq_len": 8192, "shift_terminal": 0.02},
    "z_image": {"shift": 3.0},
}
PIPELINES = {
    "sd3": "StableDiffusion3Pipeline",
    "flux": "FluxPipeline",
    "qwen_image": "QwenImagePipeline",
    "z_image": "ZImagePipeline",
}
VARIANT_INPUTS = {"fill": 384, "follow": 128}
_CHAT = (
    "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}{% endfor %}"
    "{{ '<|im_start|>assistant\n' }}"
)


def write_flow_model(
    folder: Path, family: str, *, guided: bool = True, t5: bool = True, dual: bool = False, variant: str = ""
) -> Path:
    """A whole model of the family; the same every time. `guided`: Flux dev, else schnell; `dual`: SD 3.5 medium's.

    `variant` is a relative of Flux that reads more: "fill", "follow" or "kontext".
    """
    torch.manual_seed(0)
    parts = {"sd3": _sd3, "flux": _flux, "qwen_image": _qwen_image, "z_image": _z_image}[family](folder)
    if not t5:
        del parts["text_encoder_3"]
    inputs = {"in_channels": VARIANT_INPUTS.get(variant, 64), "out_channels": 64}
    options = {"flux": {"guidance_embeds": guided} | inputs, "sd3": _DUAL if dual else {}}.get(family, {})
    parts["transformer"] = transformer(family, **options)
    parts["vae"] = _film_autoencoder() if family == "qwen_image" else _autoencoder()
    for name, part in parts.items():
        part.save_pretrained(folder / name)
    FlowMatchEulerDiscreteScheduler(**SCHEDULERS[family]).save_pretrained(folder / "scheduler")
    name = "FluxKontextPipeline" if variant == "kontext" else PIPELINES[family]
    index: dict[str, Any] = {"_class_name": name}
    index |= {name: [type(part).__module__.split(".")[0], type(part).__name__] for name, part in parts.items()}
    (folder / "model_index.json").write_text(json.dumps(index), encoding="utf-8")
    return folder


def transformer(family: str, **options: Any) -> Any:
    kind, config = _TRANSFORMERS[family]
    return kind(**(config | options)).eval()


_DUAL = {"dual_attention_layers": (0,), "qk_norm": "rms_norm"}
_TRANSFORMERS: dict[str, tuple[Any, dict[str, Any]]] = {
    "sd3": (
        SD3Transformer2DModel,
        {
            "sample_size": 16, "num_layers": 2, "attention_head_dim": 8, "num_attention_heads": 4,
            "joint_attention_dim": LONG_WIDTH, "caption_projection_dim": 32,
            "pooled_projection_dim": CLIP_WIDTH + SECOND_WIDTH, "pos_embed_max_size": 16,
        },
    ),
    "flux": (
        FluxTransformer2DModel,
        {
            "num_layers": 2, "num_single_layers": 2, "attention_head_dim": 16, "num_attention_heads": 2,
            "joint_attention_dim": LONG_WIDTH, "pooled_projection_dim": CLIP_WIDTH, "axes_dims_rope": (4, 4, 8),
        },
    ),
    "qwen_image": (
        QwenImageTransformer2DModel,
        {
            "num_layers": 2, "attention_head_dim": 16, "num_attention_heads": 2, "joint_attention_dim": 32,
            "axes_dims_rope": (8, 4, 4),
        },
    ),
    "z_image": (
        ZImageTransformer2DModel,
        {
            "dim": 32, "n_layers": 2, "n_refiner_layers": 1, "n_heads": 2, "n_kv_heads": 2, "cap_feat_dim": 32,
            "axes_dims": [8, 4, 4], "axes_lens": [1024, 64, 64],
        },
    ),
}  # fmt: skip


def _sd3(folder: Path) -> dict[str, Any]:
    words = write_tokenizer(folder / "tokenizer")
    write_tokenizer(folder / "tokenizer_2")
    told = json.loads((folder / "tokenizer_2" / "tokenizer_config.json").read_text(encoding="utf-8"))
    told["pad_token"] = "!"  # as OpenCLIP pads
    (folder / "tokenizer_2" / "tokenizer_config.json").write_text(json.dumps(told), encoding="utf-8")
    first, second = (_clip(CLIPTextModelWithProjection, width, words) for width in (CLIP_WIDTH, SECOND_WIDTH))
    first.text_projection.weight.data = torch.eye(CLIP_WIDTH)  # as it is where a file has none
    return {
        "text_encoder": first,
        "text_encoder_2": second,
        "text_encoder_3": _t5(write_t5_tokenizer(folder / "tokenizer_3")),
    }


def _flux(folder: Path) -> dict[str, Any]:
    words = write_tokenizer(folder / "tokenizer")
    return {
        "text_encoder": _clip(CLIPTextModel, CLIP_WIDTH, words),
        "text_encoder_2": _t5(write_t5_tokenizer(folder / "tokenizer_2")),
    }


def _qwen_image(folder: Path) -> dict[str, Any]:
    words = write_qwen_tokenizer(folder / "tokenizer")
    config = Qwen2_5_VLConfig(
        text_config=_QWEN | {"vocab_size": words, "rope_parameters": _MROPE},
        vision_config={"depth": 1, "hidden_size": 16, "intermediate_size": 16, "num_heads": 2, "out_hidden_size": 32},
    )
    return {"text_encoder": Qwen2_5_VLForConditionalGeneration(config).eval()}


def _z_image(folder: Path) -> dict[str, Any]:
    words = write_qwen_tokenizer(folder / "tokenizer")
    config = Qwen3Config(vocab_size=words, head_dim=16, **_QWEN)
    return {"text_encoder": Qwen3Model(config).eval()}


_QWEN = {
    "hidden_size": 32, "intermediate_size": 37, "num_hidden_layers": 3, "num_attention_heads": 2,
    "num_key_value_heads": 2, "max_position_embeddings": 2048,
}  # fmt: skip
_MROPE = {"rope_type": "default", "type": "default", "mrope_section": [2, 3, 3], "rope_theta": 1e6}


def _clip(kind: type, width: int, words: int) -> Any:
    config = CLIPTextConfig(
        vocab_size=words, hidden_size=width, intermediate_size=37, num_hidden_layers=2, num_attention_heads=4,
        bos_token_id=words - 2, eos_token_id=words - 1, pad_token_id=words - 1, projection_dim=width,
    )  # fmt: skip
    return kind(config).eval()


def _t5(words: int) -> Any:
    config = T5Config(
        vocab_size=words, d_model=LONG_WIDTH, d_kv=8, d_ff=37, num_layers=2, num_heads=4, feed_forward_proj="gated-gelu"
    )
    return T5EncoderModel(config).eval()


def write_t5_tokenizer(folder: Path) -> int:
    """Letters, each with a price; returns the size of the vocabulary."""
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,!?-"
    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -2.0), ("▁red", -3.0)]
    tokenizer = T5Tokenizer(vocab=[*pieces, *((letter, -4.0) for letter in letters)], extra_ids=2)
    tokenizer.save_pretrained(folder)
    return len(tokenizer)


def write_qwen_tokenizer(folder: Path) -> int:
    """Every byte a token, with one merge; returns the size of the vocabulary."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    letters = [chr(byte) for byte in printable] + [chr(256 + number) for number in range(len(others))]
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    words = {word: number for number, word in enumerate([*letters, "re", *special])}
    tokenizer = Qwen2Tokenizer(vocab=words, merges=[("r", "e")], additional_special_tokens=special[1:])
    tokenizer.chat_template = _CHAT
    tokenizer.save_pretrained(folder)
    return len(words)


def _autoencoder() -> AutoencoderKL:
    return AutoencoderKL(
        block_out_channels=(8, 8, 16, 16),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        latent_channels=16,
        norm_num_groups=4,
        sample_size=64,
        use_quant_conv=False,
        use_post_quant_conv=False,
        scaling_factor=1.5305,
        shift_factor=0.0609,
    ).eval()


def _film_autoencoder() -> AutoencoderKLQwenImage:
    return AutoencoderKLQwenImage(base_dim=8, dim_mult=[1, 1, 2, 2], num_res_blocks=1).eval()
