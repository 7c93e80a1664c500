"""Models from folders and single files, good and damaged."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from safetensors.torch import load_file, save_file
from transformers import CLIPTextConfig, CLIPTokenizer

from sdstudio import paths
from sdstudio.engine import loading
from sdstudio.engine.failures import ModelMissing
from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.sampling import run_job
from sdstudio.engine.validation import Pixels
from sdstudio.errors import ModelProblem
from sdstudio.models.info import ModelInfo
from sdstudio.models.library import describe
from tests.engine.conftest import CPU, Listener, load, make_request
from tests.helpers.single_files import write_checkpoint

UNET_WEIGHTS = "unet/diffusion_pytorch_model.safetensors"


@pytest.fixture
def copy(folders: dict[str, Path], tmp_path: Path) -> Path:
    return shutil.copytree(folders["sd"], tmp_path / "copy")


@pytest.fixture
def tiny_family(folders: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Resources in which the families are as small as the tiny models."""
    for name, family in (("sd", "sd1"), ("xl", "sdxl")):
        shutil.copytree(folders[name], tmp_path / "families" / family, ignore=shutil.ignore_patterns("*.safetensors"))
    shutil.copytree(folders["sd"] / "tokenizer", tmp_path / "families" / "tokenizer")
    monkeypatch.setattr(paths, "resources", lambda: tmp_path)


def paint(model: LoadedModel) -> np.ndarray:
    return run_job(make_request(), Pixels(None, None), model, Listener()).pixels


def info_of(path: Path, **changes: object) -> ModelInfo:
    return ModelInfo(**({"id": "file", "title": "File", "path": str(path), "family": "sd1"} | changes))


@pytest.mark.usefixtures("tiny_family")
def test_a_single_file_gives_the_same_picture_as_its_folder(sd: LoadedModel, tmp_path: Path) -> None:
    encoder = sd.prompts.text_models[0].encoder
    path = write_checkpoint(tmp_path / "file.safetensors", sd.unet, sd.vae, encoder)
    heard: list[float] = []
    model = loading.load(info_of(path), CPU, heard.append)
    assert heard == sorted(heard)
    assert np.array_equal(paint(model), paint(sd))


@pytest.mark.usefixtures("tiny_family")
def test_a_single_file_with_two_text_encoders(xl: LoadedModel, tmp_path: Path) -> None:
    encoders = [text.encoder for text in xl.prompts.text_models]
    path = write_checkpoint(tmp_path / "file.safetensors", xl.unet, xl.vae, *encoders)
    model = loading.load(info_of(path, family="sdxl"), CPU, lambda done: None)
    for text, known in zip(model.prompts.text_models, xl.prompts.text_models, strict=True):
        known_weights = known.encoder.state_dict()
        assert all(torch.equal(value, known_weights[name]) for name, value in text.encoder.state_dict().items())
    assert model.prompts.text_models[1].tokenizer.pad_token_id == 0  # as OpenCLIP's encoders were trained
    assert paint(model).shape == (64, 64, 3)


@pytest.mark.usefixtures("tiny_family")
def test_a_single_inpainting_file_gets_nine_inputs(inpaint: LoadedModel, tmp_path: Path) -> None:
    encoder = inpaint.prompts.text_models[0].encoder
    path = write_checkpoint(tmp_path / "file.safetensors", inpaint.unet, inpaint.vae, encoder)
    model = loading.load(info_of(path, inpaint=True), CPU, lambda done: None)
    assert model.unet.config.in_channels == 9
    assert np.array_equal(paint(model), paint(inpaint))


@pytest.mark.usefixtures("tiny_family")
@pytest.mark.parametrize("part", ["model.diffusion_model.out.2", "first_stage_model.quant_conv", "cond_stage_model"])
def test_a_single_file_with_weights_missing_is_refused(sd: LoadedModel, tmp_path: Path, part: str) -> None:
    whole = write_checkpoint(tmp_path / "whole.safetensors", sd.unet, sd.vae, sd.prompts.text_models[0].encoder)
    cut = tmp_path / "cut.safetensors"
    save_file({name: value for name, value in load_file(whole).items() if not name.startswith(part)}, cut)
    with pytest.raises(ModelProblem, match="incomplete"):
        loading.load(info_of(cut), CPU, lambda done: None)


@pytest.mark.parametrize("family", ["sd1", "sd2", "sdxl"])
def test_the_shipped_configs_describe_whole_networks(family: str) -> None:
    """Counts the weights that the configs ask for, on the meta device: known figures of these families."""
    millions = {"sd1": (860, 84, 123), "sd2": (866, 84, 340), "sdxl": (2567, 84, 123)}[family]
    folder = paths.resources() / "families" / family
    with torch.device("meta"):
        unet = UNet2DConditionModel.from_config(UNet2DConditionModel.load_config(folder / "unet"))
        vae = AutoencoderKL.from_config(AutoencoderKL.load_config(folder / "vae"))
        text = loading.CLIPTextModel(CLIPTextConfig.from_pretrained(folder / "text_encoder"))
    counted = [sum(weight.numel() for weight in module.parameters()) for module in (unet, vae, text)]
    assert tuple(round(count / 1e6) for count in counted) == pytest.approx(millions, abs=1)


def test_the_shipped_tokenizer_is_clips() -> None:
    """Token ids that the literature prints for this vocabulary."""
    tokenizer = CLIPTokenizer.from_pretrained(paths.resources() / "families" / "tokenizer", local_files_only=True)
    assert tokenizer("a photo of a cat").input_ids == [49406, 320, 1125, 539, 320, 2368, 49407]
    assert tokenizer.model_max_length == 77


def test_a_model_that_is_gone_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="“File”"):
        loading.load(info_of(tmp_path / "gone"), CPU, lambda done: None)


def edit(path: Path, change: Callable[[dict[str, torch.Tensor]], None]) -> None:
    weights = load_file(path)
    change(weights)
    save_file(weights, path)


def test_weights_that_are_no_numbers_are_named(copy: Path) -> None:
    info = describe(copy)
    edit(copy / UNET_WEIGHTS, lambda weights: weights["conv_in.weight"].fill_(float("nan")))
    with pytest.raises(ModelProblem, match="NaN"):
        loading.load(info, CPU, lambda done: None)


@pytest.mark.parametrize("name", [UNET_WEIGHTS, "text_encoder/model.safetensors"])
def test_missing_weights_are_never_made_up(copy: Path, name: str) -> None:
    info = describe(copy)
    edit(copy / name, lambda weights: weights.pop(next(iter(weights))))
    with pytest.raises(ModelProblem, match=r"incomplete|damaged"):
        loading.load(info, CPU, lambda done: None)


def test_weights_of_another_shape_are_refused(copy: Path) -> None:
    info = describe(copy)
    edit(copy / UNET_WEIGHTS, lambda weights: weights.update({"conv_in.bias": torch.zeros(7)}))
    with pytest.raises(ModelProblem, match="“copy”"):
        loading.load(info, CPU, lambda done: None)


def test_a_class_that_is_not_in_the_table_is_refused(copy: Path) -> None:
    info = describe(copy)
    config = copy / "vae" / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"_class_name": "os.system"}))
    with pytest.raises(ModelProblem, match=r"kind “os\.system”"):
        loading.load(info, CPU, lambda done: None)


@pytest.mark.parametrize(
    "name", ["model_index.json", "unet/config.json", "tokenizer/vocab.json", "tokenizer/merges.txt", UNET_WEIGHTS]
)
@pytest.mark.parametrize("content", [b"{", b"\0" * 100], ids=["half", "zeros"])
def test_damaged_files_get_a_sentence(copy: Path, name: str, content: bytes) -> None:
    info = describe(copy)
    (copy / name).write_bytes(content)
    with pytest.raises(ModelProblem, match="“"):
        loading.load(info, CPU, lambda done: None)


def test_a_folder_in_half_precision_files_loads(copy: Path, sd: LoadedModel) -> None:
    for file in list(copy.glob("*/*.safetensors")):
        weights = {name: value.half() for name, value in load_file(file).items()}
        file.unlink()
        save_file(weights, file.with_name(file.name.replace(".safetensors", ".fp16.safetensors")), {"format": "pt"})
    model = load(copy)
    assert model.unet.dtype == torch.float32
    assert np.abs(paint(model).astype(int) - paint(sd)).mean() < 8
