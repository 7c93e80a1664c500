"""Diffusers folders with tiny random networks, written into a temporary folder: real in every way but size.

Imports torch, so only tests of the engine may use it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, AutoencoderTiny, DDIMScheduler, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

WIDTH = 32  # of the text embedding
SECOND_WIDTH = 48  # of that of the second text encoder, where there is one
NOISE = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "clip_sample": False}
EPSILON = NOISE | {"steps_offset": 1, "set_alpha_to_one": False, "timestep_spacing": "leading"}
_XL = {
    "cross_attention_dim": WIDTH + SECOND_WIDTH,
    "addition_embed_type": "text_time",
    "addition_time_embed_dim": 8,
    "projection_class_embeddings_input_dim": 6 * 8 + WIDTH,
}
_REFINER = _XL | {"cross_attention_dim": SECOND_WIDTH, "projection_class_embeddings_input_dim": 5 * 8 + WIDTH}
ZERO_SNR_V = NOISE | {
    "prediction_type": "v_prediction",
    "rescale_betas_zero_snr": True,
    "steps_offset": 1,
    "timestep_spacing": "trailing",
}


def write_tokenizer(folder: Path, length: int = 77) -> int:
    """A byte-level CLIP tokenizer with two merges; returns the size of its vocabulary."""
    folder.mkdir(parents=True)
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    letters = [chr(byte) for byte in printable] + [chr(256 + number) for number in range(len(others))]
    merges = [("r", "e"), ("re", "d</w>")]
    words = [*letters, *(letter + "</w>" for letter in letters), *("".join(pair) for pair in merges)]
    vocabulary = {word: number for number, word in enumerate([*words, "<|startoftext|>", "<|endoftext|>"])}
    (folder / "vocab.json").write_text(json.dumps(vocabulary), encoding="utf-8")
    lines = ["#version: 0.2", *(" ".join(pair) for pair in merges)]
    (folder / "merges.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    end = "<|endoftext|>"
    config = {"tokenizer_class": "CLIPTokenizer", "model_max_length": length, "bos_token": "<|startoftext|>"}
    config |= {"eos_token": end, "unk_token": end, "pad_token": end}
    (folder / "tokenizer_config.json").write_text(json.dumps(config), encoding="utf-8")
    return len(vocabulary)


def write_model(
    folder: Path,
    *,
    inpaint: bool = False,
    depth: bool = False,
    tiny_autoencoder: bool = False,
    latent_channels: int = 4,
    length: int = 77,
    scheduler: dict[str, Any] = EPSILON,
    xl: bool = False,
    refiner: bool = False,
    guided: bool = False,
) -> Path:
    """A whole model; the same every time. The autoencoder has 8 pixels a cell (tiny_autoencoder: 4)."""
    torch.manual_seed(0)
    words = write_tokenizer(folder / "tokenizer", length)
    if not refiner:
        _text_encoder(CLIPTextModel, WIDTH, words, length).save_pretrained(folder / "text_encoder")
    if xl or refiner:
        write_tokenizer(folder / "tokenizer_2", length)
        second = _text_encoder(CLIPTextModelWithProjection, SECOND_WIDTH, words, length)
        second.save_pretrained(folder / "text_encoder_2")
    inputs = 2 * latent_channels + 1 if inpaint else latent_channels + depth
    options: dict[str, Any] = _REFINER if refiner else _XL if xl else {}
    if guided:
        options = options | {"time_cond_proj_dim": 16}
    _unet(latent_channels, inputs, **options).save_pretrained(folder / "unet")
    vae = _tiny_autoencoder(latent_channels) if tiny_autoencoder else _autoencoder(latent_channels)
    vae.save_pretrained(folder / "vae")
    DDIMScheduler(**scheduler).save_pretrained(folder / "scheduler")
    index: dict[str, Any] = {
        "_class_name": "StableDiffusionPipeline",
        "scheduler": ["diffusers", "DDIMScheduler"],
        "text_encoder": ["transformers", "CLIPTextModel"],
        "tokenizer": ["transformers", "CLIPTokenizer"],
        "unet": ["diffusers", "UNet2DConditionModel"],
        "vae": ["diffusers", "AutoencoderTiny" if tiny_autoencoder else "AutoencoderKL"],
    }
    if refiner:
        index["text_encoder"] = index["tokenizer"] = [None, None]
    if xl or refiner:
        index["text_encoder_2"] = ["transformers", "CLIPTextModelWithProjection"]
        index["tokenizer_2"] = ["transformers", "CLIPTokenizer"]
    (folder / "model_index.json").write_text(json.dumps(index), encoding="utf-8")
    return folder


def _text_encoder(kind: type, width: int, words: int, length: int) -> Any:
    config = CLIPTextConfig(
        vocab_size=words,
        hidden_size=width,
        intermediate_size=37,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=length,
        bos_token_id=words - 2,
        eos_token_id=words - 1,
        pad_token_id=words - 1,
        projection_dim=WIDTH,
    )
    return kind(config).eval()


def _unet(latent_channels: int, inputs: int, **options: Any) -> UNet2DConditionModel:
    return UNet2DConditionModel(
        block_out_channels=(32, 64),
        layers_per_block=1,
        sample_size=8,
        in_channels=inputs,
        out_channels=latent_channels,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        norm_num_groups=8,
        attention_head_dim=8,
        **({"cross_attention_dim": WIDTH} | options),
    ).eval()


def _autoencoder(latent_channels: int) -> AutoencoderKL:
    return AutoencoderKL(
        block_out_channels=(8, 8, 16, 16),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        latent_channels=latent_channels,
        norm_num_groups=4,
        sample_size=64,
    ).eval()


def _tiny_autoencoder(latent_channels: int) -> AutoencoderTiny:
    return AutoencoderTiny(
        encoder_block_out_channels=(8, 8, 8),
        decoder_block_out_channels=(8, 8, 8),
        num_encoder_blocks=(1, 1, 1),
        num_decoder_blocks=(1, 1, 1),
        latent_channels=latent_channels,
    ).eval()
