"""Every family from files as people own them, at tiny widths, with the network out of reach (see conftest)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import DDIMScheduler, StableDiffusionXLImg2ImgPipeline
from PIL import Image
from safetensors.torch import load_file, save_file

from sdstudio.engine import loading
from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.loading import probe_prediction
from sdstudio.engine.sampling import run_job, sample
from sdstudio.engine.validation import Pixels
from sdstudio.models.info import UNKNOWN_PREDICTION, ModelInfo
from tests.engine.conftest import CPU, Listener, load, make_request
from tests.engine.test_parity import SEED, STEPS
from tests.helpers import tiny_models
from tests.helpers.single_files import write_checkpoint

FAMILIES = ("sd1", "sd2", "sdxl", "sdxl_refiner")


def single_file(path: Path, family: str, model: LoadedModel) -> Path:
    encoders = [text.encoder for text in model.prompts.text_models]
    kind = family if family in ("sd2", "sdxl_refiner") else ""
    return write_checkpoint(path, model.unet, model.vae, *encoders, kind=kind)


def info(path: Path, family: str, **more: Any) -> ModelInfo:
    return ModelInfo(**({"id": "file", "title": "File", "path": str(path), "family": family} | more))


def paint(model: LoadedModel, **changes: Any) -> np.ndarray:
    return run_job(make_request(**changes), Pixels(None, None), model, Listener()).pixels


@pytest.mark.usefixtures("shrunk")
@pytest.mark.parametrize("family", FAMILIES)
def test_a_single_file_has_the_weights_of_its_folder(tiny: dict[str, Path], tmp_path: Path, family: str) -> None:
    known = load(tiny[family])
    path = single_file(tmp_path / "file.safetensors", family, known)
    model = loading.load(info(path, family), CPU, lambda done: None)
    networks = [(model.unet, known.unet), (model.vae, known.vae)]
    networks += [
        (ours.encoder, theirs.encoder)
        for ours, theirs in zip(model.prompts.text_models, known.prompts.text_models, strict=True)
    ]
    for ours, theirs in networks:
        now = ours.state_dict()
        assert all(torch.equal(value, now[name]) for name, value in theirs.state_dict().items())
    assert paint(model).shape == (64, 64, 3)


@pytest.mark.usefixtures("shrunk")
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float8_e4m3fn, torch.float8_e5m2])
def test_smaller_numbers_are_read_too(tiny: dict[str, Path], tmp_path: Path, dtype: torch.dtype) -> None:
    known = load(tiny["sd1"])
    path = single_file(tmp_path / "file.safetensors", "sd1", known)
    save_file({name: value.to(dtype) for name, value in load_file(path).items()}, path)
    model = loading.load(info(path, "sd1"), CPU, lambda done: None)
    assert model.unet.dtype == torch.float32
    weight, told = model.unet.conv_in.weight, known.unet.conv_in.weight
    assert torch.equal(weight, told.to(dtype).float())
    assert paint(model).shape == (64, 64, 3)


def test_a_latent_consistency_model_takes_its_guidance_as_an_input(tmp_path: Path) -> None:
    model = load(tiny_models.write_model(tmp_path / "lcm", guided=True))
    assert (model.info.defaults.sampler, model.info.defaults.steps) == ("lcm", 6)
    made = [paint(model, sampler="lcm", steps=4, cfg_scale=scale) for scale in (1.5, 1.5, 2.5)]
    assert np.array_equal(made[0], made[1])
    assert not np.array_equal(made[0], made[2])


def test_the_refiner_refines_as_diffusers_does(tiny: dict[str, Path], photo: np.ndarray) -> None:
    model = load(tiny["sdxl_refiner"])
    (text,) = model.prompts.text_models
    pipeline = StableDiffusionXLImg2ImgPipeline(
        vae=model.vae, text_encoder=None, text_encoder_2=text.encoder, tokenizer=None, tokenizer_2=text.tokenizer,
        unet=model.unet, scheduler=DDIMScheduler.from_config(model.scheduler_config), add_watermarker=False,
        requires_aesthetics_score=True,
    )  # fmt: skip
    pipeline.set_progress_bar_config(disable=True)
    with torch.inference_mode():
        expected = pipeline(
            prompt="a red apple", negative_prompt="blue", image=Image.fromarray(photo), strength=0.6,
            num_inference_steps=STEPS, guidance_scale=7.5, generator=torch.Generator().manual_seed(SEED),
            output_type="latent",
        ).images  # fmt: skip
        request = make_request(seed=SEED, steps=STEPS, cfg_scale=7.5, strength=0.6)
        made = sample(request, Pixels(photo, None), model, Listener())[0]
    assert torch.equal(made, expected)


class Answers(torch.nn.Module):
    """A network that gives its input back, or its opposite kind."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share
        self.config = load_config()
        self.device, self.dtype = CPU, torch.float32

    def forward(self, given: torch.Tensor, *_rest: Any, **_more: Any) -> tuple[torch.Tensor]:
        return (self.share * given + (1 - self.share) * torch.randn(given.shape),)


def load_config() -> Any:
    return type("Config", (), {"in_channels": 4, "cross_attention_dim": 8})


@pytest.mark.parametrize(("share", "kind"), [(0.95, "epsilon"), (0.05, "v_prediction")])
def test_what_a_network_predicts_is_seen_from_what_it_does(share: float, kind: str) -> None:
    assert probe_prediction(Answers(share)) == kind


@pytest.mark.usefixtures("shrunk")
def test_an_unmarked_sd2_is_probed(tiny: dict[str, Path], tmp_path: Path) -> None:
    path = single_file(tmp_path / "file.safetensors", "sd2", load(tiny["sd2"]))
    model = loading.load(info(path, "sd2", prediction=UNKNOWN_PREDICTION), CPU, lambda done: None)
    assert model.scheduler_config["prediction_type"] == probe_prediction(model.unet)
