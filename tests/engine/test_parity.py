"""Same model, same seed: latents are bit for bit those of diffusers' own pipelines."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from diffusers import (
    DDIMScheduler,
    DDPMScheduler,
    DEISMultistepScheduler,
    DPMSolverMultistepScheduler,
    DPMSolverSDEScheduler,
    DPMSolverSinglestepScheduler,
    EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler,
    HeunDiscreteScheduler,
    KDPM2AncestralDiscreteScheduler,
    KDPM2DiscreteScheduler,
    LCMScheduler,
    LMSDiscreteScheduler,
    PNDMScheduler,
    SASolverScheduler,
    StableDiffusionImg2ImgPipeline,
    StableDiffusionInpaintPipeline,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    TCDScheduler,
    UniPCMultistepScheduler,
)
from PIL import Image

from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.sampling import sample
from sdstudio.engine.validation import Pixels
from tests.engine.conftest import Listener, make_request

SCHEDULERS = {
    "ddim": DDIMScheduler,
    "ddpm": DDPMScheduler,
    "euler": EulerDiscreteScheduler,
    "euler_a": EulerAncestralDiscreteScheduler,
    "dpmpp_2m": DPMSolverMultistepScheduler,
    "unipc": UniPCMultistepScheduler,
}
# Those that follow diffusers' options beyond the class are built with them.
OTHERS = {
    "heun": (HeunDiscreteScheduler, {}),
    "lms": (LMSDiscreteScheduler, {}),
    "plms": (PNDMScheduler, {"skip_prk_steps": True}),
    "dpm2": (KDPM2DiscreteScheduler, {}),
    "dpm2_a": (KDPM2AncestralDiscreteScheduler, {}),
    "deis": (DEISMultistepScheduler, {}),
    "dpmpp_2s": (DPMSolverSinglestepScheduler, {}),
    "dpmpp_3m": (DPMSolverMultistepScheduler, {"solver_order": 3}),
    "dpmpp_2m_sde": (DPMSolverMultistepScheduler, {"algorithm_type": "sde-dpmsolver++"}),
    "dpmpp_sde": (DPMSolverSDEScheduler, {"noise_sampler_seed": 77}),
    "sa_solver": (SASolverScheduler, {}),
    "lcm": (LCMScheduler, {}),
    "tcd": (TCDScheduler, {}),
}
SEED, STEPS = 77, 7
samplers = pytest.mark.parametrize("sampler", SCHEDULERS)
guidance = pytest.mark.parametrize("cfg_scale", [1.0, 7.5], ids=["unguided", "guided"])


def their_scheduler(model: LoadedModel, sampler: str, options: dict[str, object]) -> object:
    kind, usual = OTHERS[sampler] if sampler in OTHERS else (SCHEDULERS[sampler], {})
    return kind.from_config(model.scheduler_config, **usual, **options)


def theirs(kind: type, model: LoadedModel, sampler: str, cfg_scale: float, **options: object) -> torch.Tensor:
    """Latents of diffusers' pipeline around the same networks. Memory format and precision are the model's own."""
    text = model.prompts.text_models[0]
    pipeline = kind(
        vae=model.vae,
        text_encoder=text.encoder,
        tokenizer=text.tokenizer,
        unet=model.unet,
        scheduler=their_scheduler(model, sampler, dict(options.pop("scheduler_options", {}))),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.set_progress_bar_config(disable=True)
    with torch.inference_mode():
        return pipeline(
            prompt="a red apple",
            negative_prompt="blue",
            num_inference_steps=STEPS,
            guidance_scale=cfg_scale,
            generator=torch.Generator().manual_seed(SEED),
            output_type="latent",
            **options,
        ).images


def ours(model: LoadedModel, sampler: str, cfg_scale: float, pixels: Pixels, **changes: object) -> torch.Tensor:
    request = make_request(sampler=sampler, cfg_scale=cfg_scale, seed=SEED, steps=STEPS, **changes)
    with torch.inference_mode():
        return sample(request, pixels, model, Listener(previews=True))[0]


@pytest.fixture(scope="module")
def hard_mask() -> np.ndarray:
    """Free in the middle, along the edges of latent cells."""
    mask = np.zeros((64, 64), np.uint8)
    mask[16:48, 8:56] = 255
    return mask


@samplers
@guidance
def test_text_to_image(sd: LoadedModel, sampler: str, cfg_scale: float) -> None:
    expected = theirs(StableDiffusionPipeline, sd, sampler, cfg_scale, width=64, height=64)
    assert torch.equal(ours(sd, sampler, cfg_scale, Pixels(None, None)), expected)


@pytest.mark.parametrize("sampler", OTHERS)
def test_the_other_samplers(sd: LoadedModel, photo: np.ndarray, sampler: str) -> None:
    unasked = {"eta": 0.3} if sampler == "tcd" else {}  # the scheduler's own, which the pipeline overrides with 0
    expected = theirs(StableDiffusionPipeline, sd, sampler, 7.5, width=64, height=64, **unasked)
    assert torch.equal(ours(sd, sampler, 7.5, Pixels(None, None)), expected)
    refined = {"image": Image.fromarray(photo), "strength": 0.6}
    expected = theirs(StableDiffusionImg2ImgPipeline, sd, sampler, 7.5, **refined)
    made = ours(sd, sampler, 7.5, Pixels(photo, None), strength=0.6)
    if sampler in ("lcm", "tcd"):  # there the pipeline tells them the strength, which cuts their own schedule otherwise
        assert made.shape == expected.shape
    else:
        assert torch.equal(made, expected)


SCHEDULE_OPTIONS = {
    "karras": {"use_karras_sigmas": True},
    "exponential": {"use_exponential_sigmas": True},
    "beta": {"use_beta_sigmas": True},
    "sgm_uniform": {"timestep_spacing": "trailing"},
}


@pytest.mark.parametrize("schedule", SCHEDULE_OPTIONS)
@pytest.mark.parametrize("sampler", ["euler", "heun", "dpm2_a", "dpmpp_2m", "unipc", "deis"])
def test_schedules(sd: LoadedModel, sampler: str, schedule: str) -> None:
    options = {"width": 64, "height": 64, "scheduler_options": SCHEDULE_OPTIONS[schedule]}
    expected = theirs(StableDiffusionPipeline, sd, sampler, 7.5, **options)
    assert torch.equal(ours(sd, sampler, 7.5, Pixels(None, None), schedule=schedule), expected)


def test_rescaled_guidance_and_eta(sd: LoadedModel) -> None:
    options = {"width": 64, "height": 64, "guidance_rescale": 0.7, "eta": 0.5}
    expected = theirs(StableDiffusionPipeline, sd, "ddim", 7.5, **options)
    assert torch.equal(ours(sd, "ddim", 7.5, Pixels(None, None), cfg_rescale=0.7, eta=0.5), expected)


@samplers
@guidance
@pytest.mark.parametrize("strength", [0.6, 0.9])
def test_image_to_image(sd: LoadedModel, photo: np.ndarray, sampler: str, cfg_scale: float, strength: float) -> None:
    expected = theirs(
        StableDiffusionImg2ImgPipeline, sd, sampler, cfg_scale, image=Image.fromarray(photo), strength=strength
    )
    assert torch.equal(ours(sd, sampler, cfg_scale, Pixels(photo, None), strength=strength), expected)


@samplers
@guidance
@pytest.mark.parametrize("strength", [0.6, 1.0])
def test_inpainting_model(
    inpaint: LoadedModel, photo: np.ndarray, hard_mask: np.ndarray, sampler: str, cfg_scale: float, strength: float
) -> None:
    expected = theirs(
        StableDiffusionInpaintPipeline,
        inpaint,
        sampler,
        cfg_scale,
        image=Image.fromarray(photo),
        mask_image=Image.fromarray(hard_mask),
        width=64,
        height=64,
        strength=strength,
    )
    assert torch.equal(ours(inpaint, sampler, cfg_scale, Pixels(photo, hard_mask), strength=strength), expected)


# Samplers that draw noise at each step differ: diffusers encodes the masked picture as well, although this kind of
# model has no use for it, and so moves the generator on.
@pytest.mark.parametrize("sampler", ["ddim", "euler", "dpmpp_2m", "unipc"])
@pytest.mark.parametrize("strength", [0.6, 1.0])
def test_inpainting_with_an_ordinary_model(
    sd: LoadedModel, photo: np.ndarray, hard_mask: np.ndarray, sampler: str, strength: float
) -> None:
    expected = theirs(
        StableDiffusionInpaintPipeline,
        sd,
        sampler,
        7.5,
        image=Image.fromarray(photo),
        mask_image=Image.fromarray(hard_mask),
        width=64,
        height=64,
        strength=strength,
    )
    assert torch.equal(ours(sd, sampler, 7.5, Pixels(photo, hard_mask), strength=strength), expected)


@samplers
def test_a_model_with_v_prediction_and_zero_terminal_snr(starter: LoadedModel, sampler: str) -> None:
    expected = theirs(StableDiffusionPipeline, starter, sampler, 7.5, width=64, height=64)
    assert torch.equal(ours(starter, sampler, 7.5, Pixels(None, None)), expected)


@pytest.mark.parametrize("negative_prompt", ["blue", ""])
@guidance
def test_a_model_with_two_text_encoders(xl: LoadedModel, cfg_scale: float, negative_prompt: str) -> None:
    first, second = xl.prompts.text_models
    pipeline = StableDiffusionXLPipeline(
        vae=xl.vae,
        text_encoder=first.encoder,
        text_encoder_2=second.encoder,
        tokenizer=first.tokenizer,
        tokenizer_2=second.tokenizer,
        unet=xl.unet,
        scheduler=EulerDiscreteScheduler.from_config(xl.scheduler_config),
        add_watermarker=False,
    )
    pipeline.set_progress_bar_config(disable=True)
    with torch.inference_mode():
        expected = pipeline(
            prompt="a red apple",
            negative_prompt=negative_prompt or None,  # None is what stands for no negative prompt there
            num_inference_steps=STEPS,
            guidance_scale=cfg_scale,
            generator=torch.Generator().manual_seed(SEED),
            width=64,
            height=64,
            output_type="latent",
        ).images
    latents = ours(xl, "euler", cfg_scale, Pixels(None, None), negative_prompt=negative_prompt)
    assert torch.equal(latents, expected)
