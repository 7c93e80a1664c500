"""Same model, same seed: latents are those of diffusers' own pipelines, bit for bit wherever the arithmetic allows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import (
    FlowMatchEulerDiscreteScheduler,
    FluxImg2ImgPipeline,
    FluxInpaintPipeline,
    FluxPipeline,
    QwenImageImg2ImgPipeline,
    QwenImageInpaintPipeline,
    QwenImagePipeline,
    StableDiffusion3Img2ImgPipeline,
    StableDiffusion3InpaintPipeline,
    StableDiffusion3Pipeline,
    ZImageImg2ImgPipeline,
    ZImageInpaintPipeline,
    ZImagePipeline,
)
from PIL import Image
from transformers import Qwen2_5_VLForConditionalGeneration

from sdstudio.engine.flow.denoisers import unpack
from sdstudio.engine.flow.still_vae import StillAutoencoder
from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.sampling import sample
from sdstudio.engine.validation import Pixels
from tests.engine.conftest import Listener, make_request

# So many steps that those of each strength used here are a whole number: their way of rounding is not ours.
SEED, STEPS = 77, 10
PIPELINES = {
    "sd3": (StableDiffusion3Pipeline, StableDiffusion3Img2ImgPipeline, StableDiffusion3InpaintPipeline),
    "flux": (FluxPipeline, FluxImg2ImgPipeline, FluxInpaintPipeline),
    "qwen_image": (QwenImagePipeline, QwenImageImg2ImgPipeline, QwenImageInpaintPipeline),
    "z_image": (ZImagePipeline, ZImageImg2ImgPipeline, ZImageInpaintPipeline),
}
# What moves the last bits: Z-Image's pipeline gives the language model 512 tokens, mostly padding, and guides by
# another, equal formula (its scale counts from 0, everyone else's from 1); Flux's shows schnell prompt and negative
# prompt one after the other, not together.
BOUND = {"z_image": 2e-4, "schnell": 2e-5}
NAMES = ("sd3", "medium", "no_t5", "flux", "schnell", "qwen_image", "z_image")
names = pytest.mark.parametrize("name", NAMES)
Get = Callable[[str], LoadedModel]


def pipeline(kind: type, model: LoadedModel, **more: Any) -> Any:
    """diffusers' pipeline around the same networks, and those of `more`."""
    clip, long = model.prompts.text_models, model.prompts.long
    parts: dict[str, Any] = {
        "vae": model.vae.films if isinstance(model.vae, StillAutoencoder) else model.vae,
        "transformer": model.network,
        "scheduler": FlowMatchEulerDiscreteScheduler.from_config(model.scheduler_config),
    }
    encoders = [(one.tokenizer, one.encoder) for one in (*clip, *([long] if long else []))]
    for number, (tokenizer, encoder) in enumerate(encoders):
        suffix = f"_{number + 1}" if number else ""
        parts |= {f"tokenizer{suffix}": tokenizer, f"text_encoder{suffix}": encoder}
    if model.info.family == "sd3" and long is None:
        parts |= {"tokenizer_3": None, "text_encoder_3": None}
    made = kind(**parts, **more)
    made.set_progress_bar_config(disable=True)
    if model.info.family == "qwen_image":
        made.prompt_template_encode_start_idx = len(long.tokenizer(long.task).input_ids)
    return made


def theirs(kind: type, model: LoadedModel, cfg_scale: float, **options: Any) -> torch.Tensor:
    family = model.info.family
    guidance = {"guidance_scale": cfg_scale, "negative_prompt": "blue"}
    if family == "flux":
        guidance = {"guidance_scale": cfg_scale}
        if not model.distilled_guidance:
            guidance = {"true_cfg_scale": cfg_scale, "negative_prompt": "blue"}
    elif family == "qwen_image":
        guidance = {"true_cfg_scale": cfg_scale, "negative_prompt": "blue"}
    elif family == "z_image":
        guidance["guidance_scale"] = cfg_scale - 1
    with torch.inference_mode():
        latents: torch.Tensor = pipeline(kind, model)(
            prompt="a red apple",
            num_inference_steps=STEPS,
            generator=torch.Generator().manual_seed(SEED),
            output_type="latent",
            **guidance,
            **options,
        ).images
    return unpack(latents, 8, 8) if latents.ndim == 3 else latents


def ours(model: LoadedModel, cfg_scale: float, pixels: Pixels, **changes: Any) -> torch.Tensor:
    request = make_request(sampler="euler", cfg_scale=cfg_scale, seed=SEED, steps=STEPS, **changes)
    with torch.inference_mode():
        return sample(request, pixels, model, Listener(previews=True))[0]


def check(name: str, made: torch.Tensor, expected: torch.Tensor) -> None:
    assert made.shape == expected.shape
    assert (made - expected).abs().max() <= BOUND.get(name, 0.0)


@names
@pytest.mark.parametrize("cfg_scale", [1.0, 4.5], ids=["unguided", "guided"])
def test_text_to_image(flow_model: Get, name: str, cfg_scale: float) -> None:
    model = flow_model(name)
    expected = theirs(PIPELINES[model.info.family][0], model, cfg_scale, width=64, height=64)
    check(name, ours(model, cfg_scale, Pixels(None, None)), expected)


@names
@pytest.mark.parametrize("strength", [0.6, 0.8])
def test_image_to_image(flow_model: Get, photo: np.ndarray, name: str, strength: float) -> None:
    model = flow_model(name)
    options = {"image": Image.fromarray(photo), "strength": strength, "width": 64, "height": 64}
    expected = theirs(PIPELINES[model.info.family][1], model, 4.5, **options)
    check(name, ours(model, 4.5, Pixels(photo, None), strength=strength), expected)


@names
def test_inpainting(flow_model: Get, photo: np.ndarray, hard_mask: np.ndarray, name: str) -> None:
    model = flow_model(name)
    options = {"image": Image.fromarray(photo), "mask_image": Image.fromarray(hard_mask), "strength": 0.6}
    expected = theirs(PIPELINES[model.info.family][2], model, 4.5, width=64, height=64, **options)
    check(name, ours(model, 4.5, Pixels(photo, hard_mask), strength=0.6), expected)


def test_the_language_model_alone_reads_as_the_whole_one_does(flow_model: Get, flow_folders: Any) -> None:
    """Qwen-Image's encoder is a model for pictures and words; only its part for words is loaded."""
    long = flow_model("qwen_image").prompts.long
    whole = Qwen2_5_VLForConditionalGeneration.from_pretrained(flow_folders["qwen_image"] / "text_encoder").eval()
    numbers = torch.tensor([long.tokenizer("a red apple").input_ids])
    with torch.inference_mode():
        expected, made = (
            one(input_ids=numbers, attention_mask=torch.ones_like(numbers), output_hidden_states=True).hidden_states[-1]
            for one in (whole, long.encoder)
        )
    assert torch.equal(made, expected)
