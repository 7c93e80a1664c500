"""Single files of the transformer families, in the layouts that people own, with the network out of reach."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import FluxTransformer2DModel
from diffusers.loaders import single_file_utils as theirs
from msgspec.structs import replace
from safetensors.torch import load_file

from sdstudio import paths
from sdstudio.engine import loading
from sdstudio.engine.flow.layouts import LAYOUTS, to_diffusers
from sdstudio.engine.flow.still_vae import StillAutoencoder
from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.sampling import run_job
from sdstudio.engine.validation import Pixels
from sdstudio.errors import BadRequest, ModelProblem
from sdstudio.models.info import PartFile
from sdstudio.models.library import describe
from sdstudio.models.parts import check_whole
from tests.engine.conftest import CPU, Listener, make_request
from tests.helpers import flow_files
from tests.helpers.flow_models import transformer, write_flow_model

FAMILIES = ("sd3", "flux", "qwen_image", "z_image")
families = pytest.mark.parametrize("family", FAMILIES)
Get = Callable[[str], LoadedModel]


@pytest.fixture
def shrunk(flow_folders: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Resources in which the families are as small as the tiny models."""
    root = tmp_path / "resources" / "families"
    for family in FAMILIES:
        shutil.copytree(
            flow_folders[family], root / family, ignore=shutil.ignore_patterns("*.safetensors", "tokenizer*")
        )
    shutil.copytree(flow_folders["flux"] / "tokenizer", root / "tokenizer")
    shutil.copytree(flow_folders["flux"] / "tokenizer_2", root / "t5_tokenizer")
    (root / "qwen_tokenizer").mkdir()
    (root / "qwen_tokenizer" / "merges.txt").write_text("r e\n", encoding="utf-8")
    monkeypatch.setattr(paths, "resources", lambda: tmp_path / "resources")


def parts_of(model: LoadedModel) -> dict[str, Any]:
    """The networks by diffusers' folders."""
    vae = model.vae.films if isinstance(model.vae, StillAutoencoder) else model.vae
    long = model.prompts.long
    encoders = [one.encoder for one in (*model.prompts.text_models, *([long] if long else []))]
    names = ("text_encoder", "text_encoder_2", "text_encoder_3")
    return {"transformer": model.network, "vae": vae, **dict(zip(names, encoders, strict=False))}


def paint(model: LoadedModel) -> np.ndarray:
    return run_job(make_request(sampler="euler", steps=3, cfg_scale=4.0), Pixels(None, None), model, Listener()).pixels


def load(path: Path, **changes: Any) -> LoadedModel:
    return loading.load(describe(path), CPU, lambda done: None)


@pytest.mark.usefixtures("shrunk")
@pytest.mark.parametrize("variant", ["fill", "follow"])
def test_relatives_of_flux_are_read_from_whole_files_too(tmp_path: Path, variant: str) -> None:
    known = load(write_flow_model(tmp_path / variant, "flux", variant=variant))
    path = flow_files.write_whole(tmp_path / "some name.safetensors", "flux", parts_of(known))
    made = load(path)
    assert (made.info.inpaint, made.info.reads) == (known.info.inpaint, known.info.reads)
    same(made.network.state_dict(), known.network.state_dict())


@pytest.mark.usefixtures("shrunk")
@pytest.mark.parametrize("name", ["sd3", "medium", "no_t5", "flux", "schnell", "qwen_image", "z_image"])
def test_a_whole_file_gives_the_picture_of_its_folder(flow_model: Get, tmp_path: Path, name: str) -> None:
    known = flow_model(name)
    path = flow_files.write_whole(tmp_path / "some name.safetensors", known.info.family, parts_of(known))
    assert describe(path).family == known.info.family
    assert describe(path).lacks == ()
    made = load(path)
    if name == "schnell":  # its levels are not shifted, those of the folder here are
        assert not made.distilled_guidance
        assert not made.scheduler_config["use_dynamic_shifting"]
        made.scheduler_config = known.scheduler_config
    assert np.array_equal(paint(made), paint(known))


@pytest.mark.usefixtures("shrunk")
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float8_e4m3fn], ids=str)
@families
def test_any_precision_is_taken(flow_model: Get, tmp_path: Path, family: str, dtype: torch.dtype) -> None:
    known = flow_model(family)
    path = flow_files.write_whole(tmp_path / "file.safetensors", family, parts_of(known), dtype)
    made = load(path)
    there, here = known.network.state_dict(), made.network.state_dict()
    assert all(torch.equal(here[name], there[name].to(dtype).to(here[name].dtype)) for name in there)
    assert paint(made).shape == (64, 64, 3)


@pytest.mark.usefixtures("shrunk")
def test_weights_scaled_to_fit_into_fp8_come_back_at_their_size(flow_model: Get, tmp_path: Path) -> None:
    known = flow_model("flux")
    weights = flow_files.original("flux", known.network)
    name = "double_blocks.0.img_mlp.0.weight"
    scaled = {key: value.clone() for key, value in weights.items()}
    scaled[name] = (weights[name] / 0.25).to(torch.float8_e4m3fn)
    scaled["double_blocks.0.img_mlp.0.scale_weight"] = torch.tensor(0.25)
    flow_files.save_file(scaled, tmp_path / "flux.safetensors")
    parts = write_parts(tmp_path, known, "clip_l", "t5", "vae")
    made = loading.load(parts(describe(tmp_path / "flux.safetensors")), CPU, lambda done: None)
    layer = made.network.transformer_blocks[0].ff.net[0].proj.weight
    assert torch.equal(layer, (weights[name] / 0.25).to(torch.float8_e4m3fn).float() * 0.25)


def write_parts(folder: Path, model: LoadedModel, *roles: str) -> Callable[[Any], Any]:
    """Files for single parts of `model`, and what gives them to a ModelInfo."""
    parts = parts_of(model)
    folders = dict.fromkeys(("clip_l", "qwen2_vl", "qwen3"), "text_encoder") | {"clip_g": "text_encoder_2"}
    folders["t5"] = "text_encoder_3" if model.info.family == "sd3" else "text_encoder_2"
    for role in roles:
        weights = (
            flow_files.vae_weights(parts["vae"]) if role == "vae" else flow_files.encoder_weights(parts[folders[role]])
        )
        flow_files.write(folder / f"{role}.safetensors", weights)
    files = tuple(PartFile(role=role, title=role, path=str(folder / f"{role}.safetensors")) for role in roles)
    return lambda info: replace(info, parts=files)


@pytest.mark.usefixtures("shrunk")
@pytest.mark.parametrize(
    ("family", "roles"),
    [
        ("sd3", ("clip_l", "clip_g", "vae")),
        ("flux", ("clip_l", "t5", "vae")),
        ("qwen_image", ("qwen2_vl", "vae")),
        ("z_image", ("qwen3", "vae")),
    ],
)
def test_a_denoiser_alone_takes_its_parts_from_other_files(
    flow_model: Get, tmp_path: Path, family: str, roles: tuple[str, ...]
) -> None:
    known = flow_model("no_t5" if family == "sd3" else family)
    path = flow_files.write(tmp_path / "file.safetensors", flow_files.original(family, known.network))
    info = describe(path)
    assert set(info.lacks) == set(roles)
    with pytest.raises(BadRequest, match="is only a part of a model"):
        check_whole(info)
    with pytest.raises(ModelProblem, match="not whole: it lacks"):
        loading.load(info, CPU, lambda done: None)
    made = loading.load(write_parts(tmp_path, known, *roles)(info), CPU, lambda done: None)
    assert np.array_equal(paint(made), paint(known))


@pytest.mark.parametrize("name", ["sd3", "medium", "z_image"])
def test_our_tables_say_what_diffusers_converters_say(flow_model: Get, name: str) -> None:
    known = flow_model(name)
    named = flow_files.original(known.info.family, known.network)
    convert = {
        "sd3": theirs.convert_sd3_transformer_checkpoint_to_diffusers,
        "z_image": theirs.convert_z_image_transformer_checkpoint_to_diffusers,
    }[known.info.family]
    same(convert(dict(named)), to_diffusers(named, LAYOUTS[known.info.family]))
    same(to_diffusers(named, LAYOUTS[known.info.family]), known.network.state_dict())


def test_our_table_for_flux_says_what_diffusers_converter_says() -> None:
    """That one knows Flux at its true width only: one block of each kind, names and shapes alone."""
    with torch.device("meta"):
        network = FluxTransformer2DModel(num_layers=1, num_single_layers=1, guidance_embeds=True)
    named = flow_files.original("flux", network)
    expected = theirs.convert_flux_transformer_checkpoint_to_diffusers(dict(named))
    made = to_diffusers(named, LAYOUTS["flux"])
    assert {key: value.shape for key, value in made.items()} == {key: value.shape for key, value in expected.items()}


def test_our_table_for_flux_gives_every_layer_its_own_rows() -> None:
    network = transformer("flux", guidance_embeds=True)
    same(to_diffusers(flow_files.original("flux", network), LAYOUTS["flux"]), network.state_dict())


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> None:
    assert one.keys() == other.keys()
    assert all(torch.equal(value, other[name]) for name, value in one.items())


@pytest.mark.usefixtures("shrunk")
@families
def test_a_file_cut_short_is_refused(flow_model: Get, tmp_path: Path, family: str) -> None:
    path = flow_files.write_whole(tmp_path / "file.safetensors", family, parts_of(flow_model(family)))
    info = describe(path)
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(ModelProblem, match="file"):
        loading.load(info, CPU, lambda done: None)


@pytest.mark.usefixtures("shrunk")
def test_a_file_with_a_layer_missing_is_refused(flow_model: Get, tmp_path: Path) -> None:
    path = flow_files.write_whole(tmp_path / "file.safetensors", "sd3", parts_of(flow_model("sd3")))
    info = describe(path)
    lost = "model.diffusion_model.joint_blocks.0.x_block.mlp.fc1.bias"
    flow_files.save_file({name: value for name, value in load_file(path).items() if name != lost}, path)
    with pytest.raises(ModelProblem, match="1 weights of its transformer are missing"):
        loading.load(info, CPU, lambda done: None)


@pytest.mark.usefixtures("shrunk")
def test_weights_that_are_no_numbers_are_refused(flow_model: Get, tmp_path: Path) -> None:
    path = flow_files.write_whole(tmp_path / "file.safetensors", "flux", parts_of(flow_model("flux")))
    weights = load_file(path)
    weights["model.diffusion_model.txt_in.bias"][0] = float("nan")
    flow_files.save_file(weights, path)
    with pytest.raises(ModelProblem, match="NaN"):
        load(path)
