"""Tiling, FreeU, another VAE and two passes: each does what it says, and leaves nothing behind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKL
from safetensors.torch import load_file, save_file

from sdstudio.engine import hires
from sdstudio.engine.extras.dressing import dress
from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.validation import Pixels
from sdstudio.errors import ModelProblem
from sdstudio.models.extras import ExtraInfo
from sdstudio.protocol.messages import Generate
from sdstudio.raster.geometry import Extent
from tests.engine.conftest import Listener, load, make_request
from tests.helpers import single_files


@pytest.fixture
def model(folders: dict[str, Path]) -> LoadedModel:
    return load(folders["sd"])


def paint(model: LoadedModel, *extras: ExtraInfo, listener: Listener | None = None, **changes: Any) -> np.ndarray:
    request = make_request(**changes)
    dress(model, Generate(job_id="a", request=request, model=model.info, extras=extras), lambda: None)
    return hires.run(request, Pixels(None, None), model, listener or Listener()).pixels


@pytest.mark.parametrize("changes", [{"seamless": "both"}, {"seamless": "x"}, {"freeu": True}])
def test_what_is_switched_on_changes_the_picture_and_off_brings_it_back(
    model: LoadedModel, changes: dict[str, Any]
) -> None:
    plain = paint(model)
    assert not np.array_equal(paint(model, **changes), plain)
    assert np.array_equal(paint(model), plain)


@pytest.mark.parametrize(("directions", "axis"), [("x", 1), ("y", 0)])
def test_a_tiling_picture_may_be_moved_around_its_edge(
    model: LoadedModel, monkeypatch: pytest.MonkeyPatch, directions: str, axis: int
) -> None:
    """Starting from noise that has been rolled gives the rolled picture: the edge is nowhere special."""
    drawn = torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(1))
    made = []
    for shift in (0, 4):
        noise = torch.roll(drawn, shift, dims=2 + axis)
        monkeypatch.setattr("sdstudio.engine.noise.draw", lambda *_, noise=noise: noise)
        made.append(paint(model, seamless=directions).astype(int))
    difference = np.abs(np.roll(made[0], 4 * 8, axis=axis) - made[1])
    assert difference.max() <= 1
    assert np.abs(made[0] - made[1]).max() > 8


def vae_file(path: Path, model: LoadedModel, layout: str) -> ExtraInfo:
    """The model's autoencoder with its decoder changed, as people hand out VAEs."""
    other: Any = AutoencoderKL.from_config(model.vae.config)
    other.load_state_dict(model.vae.state_dict())
    with torch.no_grad():
        other.decoder.conv_out.bias.add_(0.5)
    if layout == "diffusers":
        save_file({name: value.contiguous() for name, value in other.state_dict().items()}, path)
    else:
        whole = single_files.write_checkpoint(path, model.unet, other, model.prompts.text_models[0].encoder)
        prefix = "first_stage_model."
        kept = {name: value for name, value in load_file(whole).items() if name.startswith(prefix)}
        if layout == "bare":
            kept = {name.removeprefix(prefix): value for name, value in kept.items()}
        save_file(kept, path)
    return ExtraInfo(id="soft", title="Soft", path=str(path), kind="vae")


@pytest.mark.parametrize("layout", ["diffusers", "original", "bare"])
def test_another_vae_decodes(model: LoadedModel, tmp_path: Path, layout: str) -> None:
    plain = paint(model)
    made = paint(model, vae_file(tmp_path / "soft.safetensors", model, layout), vae="soft")
    brighter = plain < 180
    assert (made.astype(int) - plain)[brighter].mean() > 40  # half of -1..1 is 64 levels
    assert np.array_equal(paint(model), plain)


def test_a_vae_of_another_kind_is_refused(model: LoadedModel, starter: LoadedModel, tmp_path: Path) -> None:
    info = vae_file(tmp_path / "soft.safetensors", model, "diffusers")
    with pytest.raises(ModelProblem, match="autoencoder of its own kind"):
        paint(starter, info, vae="soft")
    weights = load_file(info.path)
    save_file(weights | {"decoder.conv_in.weight": torch.zeros(16, 8, 3, 3)}, info.path)
    plain = paint(model)
    with pytest.raises(ModelProblem, match="damaged or made for another kind"):
        paint(model, info, vae="soft")
    assert np.array_equal(paint(model), plain)


@pytest.mark.parametrize("by", ["pixels", "latents"])
def test_two_passes_make_a_large_picture_of_the_small_ones_composition(model: LoadedModel, by: str) -> None:
    small = paint(model)
    listener = Listener()
    large = paint(model, extent=Extent(128, 128), hires=2.0, hires_by=by, hires_strength=0.0001, listener=listener)
    assert large.shape == (128, 128, 3)
    assert listener.steps.count(0) == 2
    again = large.reshape(64, 2, 64, 2, 3).mean((1, 3))
    other = paint(model, extent=Extent(128, 128)).reshape(64, 2, 64, 2, 3).mean((1, 3))
    assert np.corrcoef(again.ravel(), small.ravel())[0, 1] > np.corrcoef(other.ravel(), small.ravel())[0, 1]


def test_only_pictures_from_text_take_two_passes(model: LoadedModel, photo: np.ndarray) -> None:
    listener = Listener()
    request = make_request(mode="image_to_image", strength=0.5, hires=2.0)
    hires.run(request, Pixels(photo, None), model, listener)
    assert listener.steps.count(0) == 1
