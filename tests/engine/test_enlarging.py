"""Stable Diffusion's x4 upscaler gives bit for bit what diffusers' pipeline gives, where both draw the same noise."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from diffusers import DDIMScheduler, StableDiffusionUpscalePipeline

from sdstudio.engine import noise
from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.sampling import sample
from sdstudio.engine.validation import Pixels
from sdstudio.raster.geometry import Extent
from tests.engine.conftest import CPU, Listener, load, make_request
from tests.engine.test_parity import SEED, STEPS
from tests.helpers import tiny_stages


@pytest.fixture(scope="module")
def upscaler(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    return load(tiny_stages.write_upscaler(tmp_path_factory.mktemp("x4") / "x4"))


def test_it_enlarges_as_diffusers_does(upscaler: LoadedModel) -> None:
    assert (upscaler.info.enlarges, upscaler.info.defaults.sampler) == (4, "ddim")
    (text,) = upscaler.prompts.text_models
    pipeline = StableDiffusionUpscalePipeline(
        vae=upscaler.vae, text_encoder=text.encoder, tokenizer=text.tokenizer, unet=upscaler.unet,
        low_res_scheduler=upscaler.enlarging.scheduler,
        scheduler=DDIMScheduler.from_config(upscaler.scheduler_config),
    )  # fmt: skip
    pipeline.set_progress_bar_config(disable=True)
    small = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
    generator = noise.generator(SEED)
    latents = noise.draw((1, 4, 16, 16), generator, CPU, torch.float32)  # we draw this first, diffusers last
    with torch.inference_mode():
        expected = pipeline(
            prompt="a red apple", negative_prompt="blue", num_inference_steps=STEPS, guidance_scale=7.0,
            image=torch.from_numpy(2.0 * (small.astype(np.float32) / 255) - 1).permute(2, 0, 1)[None],
            noise_level=20, latents=latents, generator=generator, output_type="latent",
        ).images  # fmt: skip
        request = make_request(seed=SEED, steps=STEPS, mode="image_to_image", extent=Extent(64, 64))
        source = small.repeat(4, axis=0).repeat(4, axis=1)
        made = sample(request, Pixels(source, None), upscaler, Listener())[0]
    assert torch.allclose(made, expected, atol=1e-4)  # the small picture is averaged back from the large one
