"""Folders of models that make pictures in stages, with tiny random networks: DeepFloyd IF, and SD's x4 upscaler.

Imports torch, so only tests of the engine may use it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, DDIMScheduler, DDPMScheduler, UNet2DConditionModel
from transformers import T5Config, T5EncoderModel

from tests.helpers import tiny_models
from tests.helpers.flow_models import write_t5_tokenizer

_NOISE = {"beta_schedule": "squaredcos_cap_v2", "clip_sample": True, "thresholding": True, "sample_max_value": 1.5}


def write_stage(folder: Path, *, second: bool = False) -> Path:
    """Stage I of DeepFloyd IF, or stage II, which enlarges four times."""
    torch.manual_seed(1)
    words = write_t5_tokenizer(folder / "tokenizer")
    config = T5Config(
        vocab_size=words, d_model=tiny_models.WIDTH, d_kv=8, d_ff=37, num_layers=2, num_heads=4,
        feed_forward_proj="gated-gelu",
    )  # fmt: skip
    T5EncoderModel(config).eval().save_pretrained(folder / "text_encoder")
    options: dict[str, Any] = {"in_channels": 6, "class_embed_type": "timestep"} if second else {"in_channels": 3}
    UNet2DConditionModel(
        sample_size=32,
        layers_per_block=1,
        block_out_channels=(32, 64),
        down_block_types=("ResnetDownsampleBlock2D", "SimpleCrossAttnDownBlock2D"),
        mid_block_type="UNetMidBlock2DSimpleCrossAttn",
        up_block_types=("SimpleCrossAttnUpBlock2D", "ResnetUpsampleBlock2D"),
        out_channels=6,
        cross_attention_dim=32,
        encoder_hid_dim=tiny_models.WIDTH,
        attention_head_dim=8,
        addition_embed_type="text",
        addition_embed_type_num_heads=2,
        cross_attention_norm="group_norm",
        resnet_time_scale_shift="scale_shift",
        act_fn="gelu",
        **options,
    ).eval().save_pretrained(folder / "unet")
    DDPMScheduler(**_NOISE, variance_type="learned_range").save_pretrained(folder / "scheduler")
    index = {"_class_name": "IFSuperResolutionPipeline" if second else "IFPipeline"}
    if second:
        DDPMScheduler(**_NOISE).save_pretrained(folder / "image_noising_scheduler")
    (folder / "model_index.json").write_text(json.dumps(index), encoding="utf-8")
    return folder


def write_upscaler(folder: Path) -> Path:
    """As Stable Diffusion's x4 upscaler: it reads the small picture beside latents of the same size."""
    tiny_models.write_model(folder)
    torch.manual_seed(2)
    UNet2DConditionModel(
        block_out_channels=(32, 64),
        layers_per_block=1,
        sample_size=16,
        in_channels=7,
        out_channels=4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        norm_num_groups=8,
        attention_head_dim=8,
        cross_attention_dim=tiny_models.WIDTH,
        num_class_embeds=1000,
    ).eval().save_pretrained(folder / "unet")
    AutoencoderKL(
        block_out_channels=(8, 8, 16),
        down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3,
        latent_channels=4,
        norm_num_groups=4,
        scaling_factor=0.08333,
    ).eval().save_pretrained(folder / "vae")
    scheduler = DDIMScheduler(**(tiny_models.EPSILON | {"prediction_type": "v_prediction"}))
    scheduler.save_pretrained(folder / "scheduler")
    DDPMScheduler(beta_schedule="scaled_linear").save_pretrained(folder / "low_res_scheduler")
    return folder
