"""Models from several files: a UNet alone, text encoders and autoencoders beside it, and packed numbers (.gguf)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from sdstudio.engine import loading
from sdstudio.engine.loaded import LoadedModel
from sdstudio.errors import ModelProblem
from sdstudio.models.info import PartFile
from tests.engine.conftest import CPU, load
from tests.engine.test_families import info, paint, single_file
from tests.helpers import gguf_files, single_files

WHOLE = "model.diffusion_model."
Weights = dict[str, torch.Tensor]
ROLES = {"sd1": ["clip_l"], "sd2": ["clip_h"], "sdxl": ["clip_l", "clip_g"], "sdxl_refiner": ["clip_g"]}


def part(role: str, path: Path) -> PartFile:
    return PartFile(role=role, title=path.stem, path=str(path))


def unet_file(folder: Path, known: LoadedModel, family: str, layout: str) -> Path:
    """The denoiser alone, as people find it."""
    path = folder / "unet.safetensors"
    if layout == "diffusers":
        save_file({name: value.contiguous() for name, value in known.unet.state_dict().items()}, path)
        return path
    whole = load_file(single_file(folder / "whole.safetensors", family, known))
    prefix = WHOLE if layout == "bare" else ""
    save_file({n.removeprefix(prefix): value for n, value in whole.items() if n.startswith(WHOLE)}, path)
    return path


def part_files(folder: Path, known: LoadedModel, family: str) -> tuple[PartFile, ...]:
    """Text encoders as transformers writes them, OpenCLIP's as OpenCLIP does, and the autoencoder."""
    made = []
    for role, text in zip(ROLES[family], known.prompts.text_models, strict=True):
        path = folder / f"{role}.safetensors"
        if role == "clip_g":
            weights = single_files._open_clip(text.encoder)
        else:
            names = text.encoder.state_dict().items()
            weights = {f"text_model.{name.removeprefix('text_model.')}": value for name, value in names}
        save_file({name: value.contiguous() for name, value in weights.items()}, path)
        made.append(part(role, path))
    path = folder / "vae.safetensors"
    save_file({name: value.contiguous() for name, value in known.vae.state_dict().items()}, path)
    return (*made, part("vae", path))


def networks(model: LoadedModel) -> list[Any]:
    return [model.unet, model.vae, *(text.encoder for text in model.prompts.text_models)]


@pytest.mark.usefixtures("shrunk")
@pytest.mark.parametrize(
    ("family", "layout"),
    [("sd1", "whole"), ("sd1", "bare"), ("sd1", "diffusers"), ("sd2", "bare"), ("sdxl", "bare"), ("sdxl", "diffusers")],
)
def test_a_model_can_be_put_together_from_its_parts(
    tiny: dict[str, Path],
    tmp_path: Path,
    family: str,
    layout: str,
) -> None:
    known = load(tiny[family])
    parts = part_files(tmp_path, known, family)
    path = unet_file(tmp_path, known, family, layout)
    model = loading.load(info(path, family, parts=parts), CPU, lambda done: None)
    for ours, theirs in zip(networks(model), networks(known), strict=True):
        now = ours.state_dict()
        assert all(torch.equal(value, now[name]) for name, value in theirs.state_dict().items())
    assert paint(model).shape == (64, 64, 3)


@pytest.mark.usefixtures("shrunk")
def test_a_text_encoder_can_take_the_place_of_the_models_own(tiny: dict[str, Path], tmp_path: Path) -> None:
    known = load(tiny["sd1"])
    whole = single_file(tmp_path / "whole.safetensors", "sd1", known)
    (text, _vae) = part_files(tmp_path, known, "sd1")
    changed = {name: value * 1.5 for name, value in load_file(text.path).items()}
    save_file(changed, text.path)
    model = loading.load(info(whole, "sd1", parts=(text,)), CPU, lambda done: None)
    ours = model.prompts.text_models[0].encoder.state_dict()["final_layer_norm.weight"]
    assert torch.equal(ours, changed["text_model.final_layer_norm.weight"])
    assert not np.array_equal(paint(model), paint(known))


@pytest.mark.usefixtures("shrunk")
@pytest.mark.parametrize("damage", ["other", "cut", "nan"])
def test_a_part_that_cannot_be_used_is_named(tiny: dict[str, Path], tmp_path: Path, damage: str) -> None:
    known = load(tiny["sd1"])
    text, vae = part_files(tmp_path, known, "sd1")
    path = Path(text.path)
    if damage == "other":
        save_file({"text_model.embeddings.token_embedding.weight": torch.zeros(4, 8)}, path)
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:-40])
    else:
        save_file({name: value * torch.nan for name, value in load_file(vae.path).items()}, vae.path)
    unet = unet_file(tmp_path, known, "sd1", "bare")
    with pytest.raises(ModelProblem, match="vae" if damage == "nan" else "clip_l"):
        loading.load(info(unet, "sd1", parts=(text, vae)), CPU, lambda done: None)


@pytest.mark.usefixtures("shrunk")
@pytest.mark.parametrize(("kind", "least"), [("F16", 0.9999), ("Q8_0", 0.999), ("Q4_0", 0.97)])
def test_packed_numbers_are_the_models_as_well_as_they_can(
    tiny: dict[str, Path],
    tmp_path: Path,
    kind: str,
    least: float,
) -> None:
    known = load(tiny["sd1"])
    whole = load_file(single_file(tmp_path / "whole.safetensors", "sd1", known))
    path = gguf_files.write(tmp_path / "m.gguf", {name: value.numpy() for name, value in whole.items()}, kind)
    model = loading.load(info(path, "sd1"), CPU, lambda done: None)
    for ours, theirs in zip(networks(model), networks(known), strict=True):
        now = ours.state_dict()
        for name, value in theirs.state_dict().items():
            if value.ndim > 1 and value.is_floating_point():
                both = torch.stack([value.flatten(), now[name].flatten()])
                assert torch.corrcoef(both)[0, 1] > least, name
    assert paint(model).shape == (64, 64, 3)


@pytest.mark.usefixtures("shrunk")
def test_a_packed_unet_alone_works_with_parts(tiny: dict[str, Path], tmp_path: Path) -> None:
    known = load(tiny["sdxl"])
    bare = load_file(unet_file(tmp_path, known, "sdxl", "bare"))
    path = gguf_files.write(tmp_path / "m.gguf", {n: value.numpy() for n, value in bare.items()}, "Q8_0", "sdxl")
    parts = part_files(tmp_path, known, "sdxl")
    assert paint(loading.load(info(path, "sdxl", parts=parts), CPU, lambda done: None)).shape == (64, 64, 3)
