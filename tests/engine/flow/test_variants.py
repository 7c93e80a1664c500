"""Relatives of Flux that read a picture beside the noise: Fill, Canny and Depth, Kontext; as diffusers' pipelines."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from diffusers import FluxControlPipeline, FluxFillPipeline, FluxKontextPipeline
from PIL import Image

from sdstudio.engine.fit import look_ahead
from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.sampling import run_job, sample
from sdstudio.engine.validation import Pixels
from sdstudio.errors import BadRequest
from sdstudio.protocol.inputs import check_inputs
from sdstudio.protocol.request import PICTURE_INPUT, ControlUse
from tests.engine.conftest import Listener, load, make_request
from tests.engine.flow.test_parity import pipeline, unpack
from tests.helpers.flow_models import write_flow_model

SEED, STEPS, SCALE = 77, 10, 4.5
PICTURE = ControlUse(model=PICTURE_INPUT)
KONTEXT = {"_auto_resize": False, "max_area": 64 * 64}  # else it works at a million pixels, whatever is asked for
KINDS = {"fill": 384, "follow": 128, "kontext": 64}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, LoadedModel]:
    root = tmp_path_factory.mktemp("variants")
    return {name: load(write_flow_model(root / name, "flux", variant=name)) for name in KINDS}


@pytest.fixture
def other(photo: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(photo[::-1, ::-1])


def ours(model: LoadedModel, given: Pixels, **changes: Any) -> torch.Tensor:
    request = make_request(sampler="euler", cfg_scale=SCALE, seed=SEED, steps=STEPS, **changes)
    with torch.inference_mode():
        return sample(request, given, model, Listener())[0]


def theirs(kind: type, model: LoadedModel, **options: Any) -> torch.Tensor:
    made = pipeline(kind, model)
    with torch.inference_mode():
        latents = made(
            prompt="a red apple", num_inference_steps=STEPS, guidance_scale=SCALE, output_type="latent",
            generator=torch.Generator().manual_seed(SEED), width=64, height=64, **options,
        ).images  # fmt: skip
    return unpack(latents, 8, 8)


@pytest.mark.parametrize(("name", "inputs"), KINDS.items())
def test_the_kind_is_told_by_what_it_reads(models: dict[str, LoadedModel], name: str, inputs: int) -> None:
    info = models[name].info
    assert models[name].network.config.in_channels == inputs
    assert (info.inpaint, info.reads) == {"fill": (True, ""), "follow": (False, "follow"), "kontext": (False, "edit")}[
        name
    ]
    assert info.defaults.cfg_scale == {"fill": 30.0, "follow": 10.0, "kontext": 2.5}[name]


def test_fill(models: dict[str, LoadedModel], photo: np.ndarray, hard_mask: np.ndarray) -> None:
    options = {"image": Image.fromarray(photo), "mask_image": Image.fromarray(hard_mask), "strength": 0.8}
    expected = theirs(FluxFillPipeline, models["fill"], **options)
    made = ours(models["fill"], Pixels(photo, hard_mask), mode="inpaint", strength=0.8)
    assert torch.equal(made, expected)


def test_fill_keeps_what_is_not_masked_and_makes_pictures_without_a_mask(
    models: dict[str, LoadedModel], photo: np.ndarray, hard_mask: np.ndarray
) -> None:
    request = make_request(sampler="euler", steps=3, mode="inpaint")
    made = run_job(request, Pixels(photo, hard_mask), models["fill"], Listener()).pixels
    assert np.array_equal(made[hard_mask == 0], photo[hard_mask == 0])
    assert not np.array_equal(made[hard_mask > 0], photo[hard_mask > 0])
    bare = make_request(sampler="euler", steps=3)
    assert run_job(bare, Pixels(None, None), models["fill"], Listener()).pixels.shape == (64, 64, 3)


def test_lines_or_depth_to_follow(models: dict[str, LoadedModel], other: np.ndarray) -> None:
    expected = theirs(FluxControlPipeline, models["follow"], control_image=Image.fromarray(other))
    given = Pixels(None, None, (other,))
    assert torch.equal(ours(models["follow"], given, controls=(PICTURE,)), expected)


def test_kontext(models: dict[str, LoadedModel], other: np.ndarray) -> None:
    expected = theirs(FluxKontextPipeline, models["kontext"], **KONTEXT, image=Image.fromarray(other))
    given = Pixels(None, None, (other,))
    assert torch.equal(ours(models["kontext"], given, controls=(PICTURE,)), expected)
    assert not torch.equal(ours(models["kontext"], Pixels(None, None)), expected)


def test_kontext_sees_several_pictures(models: dict[str, LoadedModel], photo: np.ndarray, other: np.ndarray) -> None:
    one = ours(models["kontext"], Pixels(None, None, (photo,)), controls=(PICTURE,))
    both = ours(models["kontext"], Pixels(None, None, (photo, other)), controls=(PICTURE, PICTURE))
    assert not torch.equal(one, both)


@pytest.mark.parametrize("name", KINDS)
def test_what_it_takes_is_foreseen(models: dict[str, LoadedModel], photo: np.ndarray, name: str) -> None:
    controls = () if name == "fill" else (PICTURE,)
    request = make_request(sampler="euler", steps=2, controls=controls)
    ahead = look_ahead(request, Pixels(None, None, (photo,) * len(controls)), models[name])
    assert ahead.working_bytes(()) > 0


def test_a_model_that_follows_asks_for_its_picture(models: dict[str, LoadedModel]) -> None:
    with pytest.raises(BadRequest, match="Add “Picture to follow” in the Control panel"):
        check_inputs([], models["follow"].info)
    with pytest.raises(BadRequest, match="reads no picture beside the noise"):
        check_inputs([PICTURE], models["fill"].info)
    check_inputs([], models["kontext"].info)
    check_inputs([PICTURE], models["kontext"].info)
