"""Stable Diffusion's x4 upscaler gives bit for bit what diffusers' pipeline gives, where both draw the same noise."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import DDIMScheduler, StableDiffusionUpscalePipeline

from sdstudio import paths
from sdstudio.engine import loading, noise
from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.sampling import sample
from sdstudio.engine.validation import Pixels
from sdstudio.models.info import ModelInfo
from sdstudio.raster.geometry import Extent
from tests.engine.conftest import CPU, Listener, load, make_request
from tests.engine.test_parity import SEED, STEPS
from tests.helpers import tiny_stages
from tests.helpers.single_files import write_checkpoint


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


def test_a_single_file_of_it_is_the_same_model(
    upscaler: LoadedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (text,) = upscaler.prompts.text_models
    path = write_checkpoint(tmp_path / "x4.safetensors", upscaler.unet, upscaler.vae, text.encoder, kind="sd2")
    families = tmp_path / "families"
    configs = shutil.ignore_patterns("*.safetensors", "tokenizer*")
    shutil.copytree(upscaler.info.path, families / "sd_x4", ignore=configs)
    shutil.copytree(Path(upscaler.info.path) / "tokenizer", families / "tokenizer")
    monkeypatch.setattr(paths, "resources", lambda: tmp_path)
    info = ModelInfo(
        id="x4", title="x4", path=str(path), family="sd2", enlarges=4, size_multiple=4, prediction="v_prediction"
    )
    model = loading.load(info, CPU, lambda done: None)
    model.prompts = upscaler.prompts  # files are read with OpenCLIP's padding, which the folder here has not
    small = np.random.default_rng(1).integers(0, 256, (16, 16, 3), np.uint8).repeat(4, axis=0).repeat(4, axis=1)
    request = make_request(seed=SEED, steps=STEPS, mode="image_to_image", extent=Extent(64, 64))
    with torch.inference_mode():
        made, expected = (sample(request, Pixels(small, None), one, Listener())[0] for one in (model, upscaler))
    assert torch.equal(made, expected)
