"""A depth model paints over a depth map as diffusers does, and says what it needs when there is none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import DDIMScheduler, StableDiffusionDepth2ImgPipeline
from PIL import Image

from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.sampling import sample
from sdstudio.engine.validation import Pixels
from sdstudio.errors import BadRequest
from sdstudio.models.info import ModelInfo
from sdstudio.protocol.inputs import check_inputs
from sdstudio.protocol.request import DEPTH_INPUT, ControlUse
from tests.engine.conftest import Listener, load, make_request
from tests.engine.test_parity import SEED, STEPS
from tests.helpers import tiny_models

DEPTH = ControlUse(model=DEPTH_INPUT)


@pytest.fixture(scope="module")
def depth_model(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    return load(tiny_models.write_model(tmp_path_factory.mktemp("depth") / "depth", depth=True))


@pytest.fixture
def near_middle() -> np.ndarray:
    """A depth map (64, 64, 3): white in the middle."""
    down, across = np.mgrid[0:64, 0:64]
    grey = (255 - 5 * np.hypot(down - 30, across - 30)).clip(0, 255).astype(np.uint8)
    return np.dstack([grey] * 3)


@pytest.mark.parametrize("strength", [0.9, 0.6])
def test_a_depth_map_counts_as_in_diffusers(
    depth_model: LoadedModel, photo: np.ndarray, near_middle: np.ndarray, strength: float
) -> None:
    (text,) = depth_model.prompts.text_models
    pipeline = StableDiffusionDepth2ImgPipeline(
        vae=depth_model.vae, text_encoder=text.encoder, tokenizer=text.tokenizer, unet=depth_model.unet,
        scheduler=DDIMScheduler.from_config(depth_model.scheduler_config), depth_estimator=None,
        feature_extractor=None,
    )  # fmt: skip
    pipeline.set_progress_bar_config(disable=True)
    with torch.inference_mode():
        expected = pipeline(
            prompt="a red apple", negative_prompt="blue", image=Image.fromarray(photo), strength=strength,
            depth_map=torch.from_numpy(near_middle[:, :, 0].astype(np.float32))[None], num_inference_steps=STEPS,
            guidance_scale=7.0, generator=torch.Generator().manual_seed(SEED), output_type="latent",
        ).images  # fmt: skip
        request = make_request(seed=SEED, steps=STEPS, strength=strength, controls=(DEPTH,))
        made = sample(request, Pixels(photo, None, (near_middle,)), depth_model, Listener())[0]
    assert torch.equal(made, expected)


def test_the_map_decides_the_picture(depth_model: LoadedModel, near_middle: np.ndarray) -> None:
    made = []
    for picture in (near_middle, near_middle[::-1].copy(), np.full_like(near_middle, 7)):
        request = make_request(seed=SEED, steps=2, controls=(DEPTH,))
        with torch.inference_mode():
            made.append(sample(request, Pixels(None, None, (picture,)), depth_model, Listener())[0])
    assert not torch.equal(made[0], made[1])
    assert torch.isfinite(made[2]).all()


def test_what_is_missing_is_said_before_time_is_spent() -> None:
    depth = ModelInfo(id="d", title="Deep", path="d", family="sd2", depth=True)
    plain = ModelInfo(id="p", title="Plain", path="p", family="sd2")
    check_inputs([DEPTH], depth)
    check_inputs([ControlUse(model="lines")], plain)
    with pytest.raises(BadRequest, match="“Deep” paints over a depth map"):
        check_inputs([], depth)
    with pytest.raises(BadRequest, match="“Plain” reads no depth map"):
        check_inputs([DEPTH], plain)
    with pytest.raises(BadRequest, match="only one"):
        check_inputs([DEPTH, DEPTH], depth)


def test_a_folder_tells_it(tmp_path: Path, depth_model: LoadedModel) -> None:
    assert depth_model.info.depth
    assert not depth_model.info.inpaint
