"""DeepFloyd IF's two stages give bit for bit what diffusers' pipelines give."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import DDPMScheduler, IFPipeline, IFSuperResolutionPipeline

from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.sampling import run_job, sample
from sdstudio.engine.validation import Pixels
from sdstudio.errors import BadRequest, ModelProblem
from sdstudio.models.library import describe
from sdstudio.raster.geometry import Extent
from tests.engine.conftest import Listener, load, make_request
from tests.engine.test_parity import SEED, STEPS
from tests.helpers import tiny_stages

WORDS = {"prompt": "A red apple", "negative_prompt": "blue"}


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory) -> tuple[LoadedModel, LoadedModel]:
    root = tmp_path_factory.mktemp("if")
    return load(tiny_stages.write_stage(root / "one")), load(tiny_stages.write_stage(root / "two", second=True))


def pipeline(kind: Any, model: LoadedModel, **more: Any) -> Any:
    long = model.prompts.long
    made = kind(
        tokenizer=long.tokenizer, text_encoder=long.encoder, unet=model.unet, safety_checker=None,
        scheduler=DDPMScheduler.from_config(model.scheduler_config), feature_extractor=None, watermarker=None,
        requires_safety_checker=False, **more,
    )  # fmt: skip
    made.set_progress_bar_config(disable=True)
    return made


@pytest.mark.parametrize("cfg_scale", [7.0, 1.0])
def test_the_first_stage_paints_as_diffusers_does(stages: tuple[LoadedModel, LoadedModel], cfg_scale: float) -> None:
    model = stages[0]
    with torch.inference_mode():
        expected = pipeline(IFPipeline, model)(
            **WORDS, num_inference_steps=STEPS, guidance_scale=cfg_scale, clean_caption=False, output_type="pt",
            generator=torch.Generator().manual_seed(SEED), height=32, width=32,
        ).images  # fmt: skip
        request = make_request(
            **WORDS, seed=SEED, steps=STEPS, cfg_scale=cfg_scale, sampler="ddpm", extent=Extent(32, 32)
        )
        made = sample(request, Pixels(None, None), model, Listener())[0]
    assert torch.equal(made, expected)


def test_the_second_stage_enlarges_as_diffusers_does(stages: tuple[LoadedModel, LoadedModel]) -> None:
    model = stages[1]
    small = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
    source = small.repeat(4, axis=0).repeat(4, axis=1)
    noising = model.enlarging.scheduler
    with torch.inference_mode():
        expected = pipeline(IFSuperResolutionPipeline, model, image_noising_scheduler=noising)(
            **WORDS, image=torch.from_numpy(2.0 * (small.astype(np.float32) / 255) - 1).permute(2, 0, 1)[None],
            num_inference_steps=STEPS, guidance_scale=4.0, clean_caption=False, output_type="pt", height=64, width=64,
            noise_level=250, generator=torch.Generator().manual_seed(SEED),
        ).images  # fmt: skip
        request = make_request(**WORDS, seed=SEED, steps=STEPS, cfg_scale=4.0, sampler="ddpm", mode="image_to_image")
        made = sample(request, Pixels(source, None), model, Listener())[0]
    assert torch.allclose(made, expected, atol=1e-4)  # the small picture is averaged back from the large one


@pytest.mark.parametrize("sampler", ["ddim", "euler_a", "dpmpp_2m", "heun"])
def test_other_samplers_work_without_the_learned_variance(
    stages: tuple[LoadedModel, LoadedModel], sampler: str
) -> None:
    listener = Listener(previews=True)
    request = make_request(steps=3, sampler=sampler, extent=Extent(32, 32))
    picture = run_job(request, Pixels(None, None), stages[0], listener)
    assert picture.pixels.shape == (32, 32, 3)
    assert listener.pictures[-1].shape == (32, 32, 3)


def test_a_part_of_a_picture_can_be_painted(stages: tuple[LoadedModel, LoadedModel], photo: np.ndarray) -> None:
    source, mask = photo[:32, :32].copy(), np.zeros((32, 32), np.uint8)
    mask[8:24, 8:24] = 255
    request = make_request(mode="inpaint", steps=3, sampler="ddpm", extent=Extent(32, 32))
    made = run_job(request, Pixels(source, mask), stages[0], Listener()).pixels
    assert np.array_equal(made[mask == 0], source[mask == 0])
    assert not np.array_equal(made, source)


def test_the_second_stage_needs_a_picture(stages: tuple[LoadedModel, LoadedModel]) -> None:
    with pytest.raises(BadRequest, match="makes small pictures large"):
        run_job(make_request(sampler="ddpm"), Pixels(None, None), stages[1], Listener())


def test_folders_tell_their_stage(stages: tuple[LoadedModel, LoadedModel], tmp_path: Path) -> None:
    one, two = (model.info for model in stages)
    assert (one.family, one.enlarges, one.native_size, one.defaults.sampler) == ("if", 1, 32, "ddpm")
    assert (two.family, two.enlarges) == ("if", 4)
    folder = tiny_stages.write_stage(tmp_path / "cut")
    (next((folder / "text_encoder").glob("*.safetensors"))).unlink()
    with pytest.raises(ModelProblem, match=r"no .safetensors file in “text_encoder”"):
        describe(folder)
