"""Control models: bit for bit what diffusers' pipelines give, from every kind of file, and refused when they misfit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import (
    DDIMScheduler,
    StableDiffusionControlNetImg2ImgPipeline,
    StableDiffusionControlNetPipeline,
    StableDiffusionXLControlNetPipeline,
    UNet2DConditionModel,
)
from diffusers.models.controlnets.multicontrolnet import MultiControlNetModel
from PIL import Image
from safetensors.torch import load_file, save_file

from sdstudio.engine.extras.dressing import dress
from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.sampling import sample
from sdstudio.engine.validation import Pixels
from sdstudio.errors import ModelProblem
from sdstudio.models.extras import ExtraInfo
from sdstudio.protocol.messages import Generate
from sdstudio.protocol.request import ControlUse
from tests.engine.conftest import Listener, load, make_request
from tests.engine.test_parity import SEED, STEPS, theirs
from tests.helpers import control_files, tiny_models


@pytest.fixture
def scribble(photo: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(photo[::-1])


def info(path: Path, name: str = "a") -> ExtraInfo:
    return ExtraInfo(id=name, title=name, path=str(path), kind="controlnet")


def ours(model: LoadedModel, given: Pixels, uses: list[ControlUse], paths: list[Path], **changes: Any) -> torch.Tensor:
    values = {"seed": SEED, "steps": STEPS, "controls": tuple(uses), "cfg_scale": 7.5} | changes
    request = make_request(**values)
    infos = tuple(info(path, use.model) for use, path in zip(uses, paths, strict=True))
    dress(model, Generate(job_id="a", request=request, model=model.info, extras=infos), lambda: None)
    with torch.inference_mode():
        return sample(request, given, model, Listener())[0]


@pytest.mark.parametrize("use", [ControlUse(model="a"), ControlUse(model="a", weight=0.6, start=0.2, end=0.7)])
@pytest.mark.parametrize("cfg_scale", [1.0, 7.5])
def test_one_control_model(
    sd: LoadedModel, scribble: np.ndarray, tmp_path: Path, use: ControlUse, cfg_scale: float
) -> None:
    network = control_files.make(sd.unet)
    path = control_files.write_folder(tmp_path / "a", network)

    def pipeline(**parts: Any) -> StableDiffusionControlNetPipeline:
        return StableDiffusionControlNetPipeline(controlnet=network.to(memory_format=torch.channels_last), **parts)

    options: dict[str, Any] = {"controlnet_conditioning_scale": use.weight, "image": Image.fromarray(scribble)}
    options |= {"control_guidance_start": use.start, "control_guidance_end": use.end}
    expected = theirs(pipeline, sd, "ddim", cfg_scale, width=64, height=64, **options)  # type: ignore[arg-type]
    made = ours(sd, Pixels(None, None, (scribble,)), [use], [path], cfg_scale=cfg_scale)
    assert torch.equal(made, expected)
    assert not torch.equal(made, ours(sd, Pixels(None, None), [], [], cfg_scale=cfg_scale))


def test_several_control_models(sd: LoadedModel, photo: np.ndarray, scribble: np.ndarray, tmp_path: Path) -> None:
    networks = [control_files.make(sd.unet, seed=seed).to(memory_format=torch.channels_last) for seed in (1, 2)]
    paths = [control_files.write_folder(tmp_path / str(number), net) for number, net in enumerate(networks)]

    def pipeline(**parts: Any) -> StableDiffusionControlNetPipeline:
        return StableDiffusionControlNetPipeline(controlnet=MultiControlNetModel(networks), **parts)

    images = [Image.fromarray(picture) for picture in (photo, scribble)]
    options: dict[str, Any] = {"image": images, "controlnet_conditioning_scale": [0.5, 1.0]}
    expected = theirs(pipeline, sd, "ddim", 7.5, width=64, height=64, **options)  # type: ignore[arg-type]
    uses = [ControlUse(model="a", weight=0.5), ControlUse(model="b")]
    assert torch.equal(ours(sd, Pixels(None, None, (photo, scribble)), uses, paths), expected)


def test_image_to_image(sd: LoadedModel, photo: np.ndarray, scribble: np.ndarray, tmp_path: Path) -> None:
    network = control_files.make(sd.unet).to(memory_format=torch.channels_last)
    path = control_files.write_folder(tmp_path / "a", network)

    def pipeline(**parts: Any) -> StableDiffusionControlNetImg2ImgPipeline:
        return StableDiffusionControlNetImg2ImgPipeline(controlnet=network, **parts)

    images: dict[str, Any] = {"image": Image.fromarray(photo), "control_image": Image.fromarray(scribble)}
    expected = theirs(
        pipeline,
        sd,
        "ddim",
        7.5,
        strength=0.6,
        controlnet_conditioning_scale=1.0,
        **images,  # type: ignore[arg-type]
    )
    made = ours(sd, Pixels(photo, None, (scribble,)), [ControlUse(model="a")], [path], strength=0.6)
    assert torch.equal(made, expected)


def test_a_model_with_two_text_encoders(xl: LoadedModel, scribble: np.ndarray, tmp_path: Path) -> None:
    network = control_files.make(xl.unet).to(memory_format=torch.channels_last)
    path = control_files.write_original(tmp_path / "xl.safetensors", network)
    first, second = xl.prompts.text_models
    pipeline = StableDiffusionXLControlNetPipeline(
        vae=xl.vae, text_encoder=first.encoder, text_encoder_2=second.encoder, tokenizer=first.tokenizer,
        tokenizer_2=second.tokenizer, unet=xl.unet, controlnet=network, add_watermarker=False,
        scheduler=DDIMScheduler.from_config(xl.scheduler_config),
    )  # fmt: skip
    pipeline.set_progress_bar_config(disable=True)
    with torch.inference_mode():
        expected = pipeline(
            prompt="a red apple", negative_prompt="blue", image=Image.fromarray(scribble), num_inference_steps=STEPS,
            guidance_scale=7.5, controlnet_conditioning_scale=1.0, width=64, height=64,
            generator=torch.Generator().manual_seed(SEED), output_type="latent",
        ).images  # fmt: skip
    assert torch.equal(ours(xl, Pixels(None, None, (scribble,)), [ControlUse(model="a")], [path]), expected)


def test_the_starters_kind_with_its_own_cell(starter: LoadedModel, scribble: np.ndarray, tmp_path: Path) -> None:
    network = control_files.make(starter.unet, starter.cell)
    path = control_files.write_folder(tmp_path / "a", network)
    given = Pixels(None, None, (scribble,))
    made = ours(starter, given, [ControlUse(model="a")], [path])
    assert torch.isfinite(made).all()
    assert not torch.equal(made, ours(starter, Pixels(None, None), [], []))
    wrong = control_files.write_folder(tmp_path / "b", control_files.make(starter.unet, 8))
    with pytest.raises(ModelProblem, match="cannot be used with this model"):
        ours(starter, given, [ControlUse(model="a")], [wrong])


@pytest.mark.parametrize(
    "write",
    [
        control_files.write_original,
        control_files.write_diffusers_file,
        lambda path, network: control_files.write_original(path, network, prefix=""),
    ],
    ids=["original", "diffusers", "bare"],
)
def test_every_kind_of_file_does_the_same(
    sd: LoadedModel, scribble: np.ndarray, tmp_path: Path, write: Callable[..., Path]
) -> None:
    network = control_files.make(sd.unet)
    paths = [control_files.write_folder(tmp_path / "folder", network), write(tmp_path / "file.safetensors", network)]
    made = [ours(sd, Pixels(None, None, (scribble,)), [ControlUse(model="a")], [path]) for path in paths]
    assert torch.equal(*made)


@pytest.mark.parametrize("write", [control_files.write_folder, control_files.write_original], ids=["folder", "file"])
def test_a_model_built_as_stable_diffusion_2(scribble: np.ndarray, tmp_path: Path, write: Callable[..., Path]) -> None:
    """Matrices around its attention where the first one has convolutions, other heads in each block, v-prediction."""
    scheduler = tiny_models.EPSILON | {"prediction_type": "v_prediction"}
    folder = tiny_models.write_model(tmp_path / "two", scheduler=scheduler)
    UNet2DConditionModel(
        block_out_channels=(32, 64), layers_per_block=1, sample_size=8, in_channels=4, out_channels=4,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"), up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        norm_num_groups=8, attention_head_dim=(2, 4), use_linear_projection=True,
        cross_attention_dim=tiny_models.WIDTH,
    ).save_pretrained(folder / "unet")  # fmt: skip
    model = load(folder)
    network = control_files.make(model.unet).to(memory_format=torch.channels_last)
    path = write(tmp_path / "control.safetensors", network)

    def pipeline(**parts: Any) -> StableDiffusionControlNetPipeline:
        return StableDiffusionControlNetPipeline(controlnet=network, **parts)

    options: dict[str, Any] = {"image": Image.fromarray(scribble), "width": 64, "height": 64}
    expected = theirs(pipeline, model, "ddim", 7.5, **options)  # type: ignore[arg-type]
    assert torch.equal(ours(model, Pixels(None, None, (scribble,)), [ControlUse(model="a")], [path]), expected)


def test_without_weight_or_share_nothing_changes(sd: LoadedModel, scribble: np.ndarray, tmp_path: Path) -> None:
    path = control_files.write_folder(tmp_path / "a", control_files.make(sd.unet))
    plain = ours(sd, Pixels(None, None), [], [])
    for use in (ControlUse(model="a", weight=0.0), ControlUse(model="a", start=0.5, end=0.5)):
        assert torch.equal(ours(sd, Pixels(None, None, (scribble,)), [use], [path]), plain)


@pytest.mark.parametrize("case", ["another family", "a weight is missing", "NaN", "cut", "gone", "a union in part"])
def test_what_cannot_be_used_is_refused(
    sd: LoadedModel, xl: LoadedModel, scribble: np.ndarray, tmp_path: Path, case: str
) -> None:
    network = control_files.make(xl.unet if case == "another family" else sd.unet)
    path = control_files.write_diffusers_file(tmp_path / "a.safetensors", network)
    weights = load_file(path)
    if case == "a weight is missing":
        weights.pop("controlnet_mid_block.bias")
    elif case == "NaN":
        weights["controlnet_mid_block.bias"].fill_(torch.nan)
    elif case == "a union in part":
        weights["task_embedding"] = torch.zeros(1)
    save_file(weights, path)
    if case == "cut":
        path.write_bytes(path.read_bytes()[:-100])
    elif case == "gone":
        path.unlink()
    with pytest.raises(ModelProblem, match="“"):
        ours(sd, Pixels(None, None, (scribble,)), [ControlUse(model="a")], [path])
