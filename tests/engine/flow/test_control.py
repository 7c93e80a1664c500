"""Control models for SD 3 and Flux: told by their keys, loaded from both layouts, and equal to diffusers' pipelines.

diffusers draws what the autoencoder sees of a control picture around its mean, here it is the mean itself: a picture
that guides is no matter of the seed. The pipelines are made to do the same; then Flux is equal to the bit. SD 3's
pipeline encodes the picture twice in one batch, once for each prompt, which moves the last bits.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import (
    FluxControlNetPipeline,
    FluxMultiControlNetModel,
    QwenImageControlNetPipeline,
    StableDiffusion3ControlNetPipeline,
)
from diffusers.models import SD3MultiControlNetModel
from diffusers.models.autoencoders.vae import DiagonalGaussianDistribution
from PIL import Image

from sdstudio.engine.fit import look_ahead
from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.sampling import sample
from sdstudio.engine.validation import Pixels
from sdstudio.errors import BadRequest, ModelProblem
from sdstudio.models.extras import ExtraInfo, check_fits
from sdstudio.models.library import look
from sdstudio.protocol.request import ControlUse
from tests.engine.conftest import Listener, make_request
from tests.engine.flow.test_parity import pipeline, unpack
from tests.helpers.flow_controls import control_model, write_control_file, write_control_folder, write_xlabs_file

Get = Callable[[str], LoadedModel]
SEED, STEPS, SCALE = 77, 6, 4.5
HOST = {"flux": "flux", "union": "flux", "hint": "flux", "sd3": "sd3", "large": "sd3", "qwen": "qwen_image"}
PIPELINES: dict[str, Any] = {
    "flux": FluxControlNetPipeline,
    "sd3": StableDiffusion3ControlNetPipeline,
    "qwen_image": QwenImageControlNetPipeline,
}
MULTI: dict[str, Any] = {"flux": FluxMultiControlNetModel, "sd3": SD3MultiControlNetModel}
BOUND = {"flux": 0.0, "sd3": 5e-5, "qwen_image": 0.0}
kinds = pytest.mark.parametrize("name", HOST)


@pytest.fixture(autouse=True)
def by_the_mean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DiagonalGaussianDistribution, "sample", lambda self, generator=None: self.mode())


def hold(model: LoadedModel, folder: Path, *names: str, as_files: bool = False) -> list[ExtraInfo]:
    """Control models of these kinds, written, found and held."""
    for name in names:
        network = control_model(name, model.network)
        if as_files:
            write_control_file(folder / f"{name}.safetensors", network)
        else:
            write_control_folder(folder / name, network)
    found = {extra.id: extra for extra in look([folder]).extras}
    model.controls.hold({name: found[name] for name in names}, lambda: None)
    return [found[name] for name in names]


def ours(model: LoadedModel, *pictures: np.ndarray, controls: tuple[ControlUse, ...], **changes: Any) -> torch.Tensor:
    request = make_request(
        **({"sampler": "euler", "cfg_scale": SCALE, "seed": SEED, "steps": STEPS, "controls": controls} | changes)
    )
    with torch.inference_mode():
        return sample(request, Pixels(None, None, pictures), model, Listener())[0]


def theirs(model: LoadedModel, control: Any, picture: Any, **options: Any) -> torch.Tensor:
    made = pipeline(PIPELINES[model.info.family], model, controlnet=control)
    guidance = "guidance_scale"
    if model.info.family != "flux":
        options["negative_prompt"] = "blue"
    if model.info.family == "qwen_image":
        guidance = "true_cfg_scale"
    options[guidance] = SCALE
    with torch.inference_mode():
        latents = made(
            prompt="a red apple", num_inference_steps=STEPS, output_type="latent",
            generator=torch.Generator().manual_seed(SEED), width=64, height=64, control_image=picture, **options,
        ).images  # fmt: skip
    return unpack(latents, 8, 8) if latents.ndim == 3 else latents


@kinds
@pytest.mark.parametrize("as_files", [False, True], ids=["folder", "file"])
def test_one_guides_as_diffusers_has_it(
    flow_model: Get, tmp_path: Path, photo: np.ndarray, name: str, as_files: bool
) -> None:
    model = flow_model(HOST[name])
    (info,) = hold(model, tmp_path, name, as_files=as_files)
    assert (info.kind, info.family, info.control_types) == ("controlnet", HOST[name], 5 if name == "union" else 0)
    options = {"control_mode": 2} if name == "union" else {}
    control = control_model(name, model.network)
    expected = theirs(model, control, Image.fromarray(photo), controlnet_conditioning_scale=0.7, **options)
    use = ControlUse(model=name, weight=0.7, kind="depth" if name == "union" else "")
    made = ours(model, photo, controls=(use,))
    assert (made - expected).abs().max() <= BOUND[model.info.family]
    assert (made - ours(model, controls=())).abs().max() > 0.01


def test_a_file_by_xlabs_is_the_same_control_model(flow_model: Get, tmp_path: Path, photo: np.ndarray) -> None:
    model = flow_model("flux")
    write_xlabs_file(tmp_path / "canny.safetensors", control_model("xlabs", model.network))
    (info,) = look([tmp_path]).extras
    assert (info.kind, info.family) == ("controlnet", "flux")
    model.controls.hold({"canny": info}, lambda: None)
    made = ours(model, photo, controls=(ControlUse(model="canny", weight=0.7),))
    hold(model, tmp_path / "diffusers", "xlabs")
    expected = ours(model, photo, controls=(ControlUse(model="xlabs", weight=0.7),))
    assert torch.equal(made, expected)
    assert not torch.equal(made, ours(model, controls=()))


@pytest.mark.parametrize("name", ["flux", "sd3"])
def test_several_guide_together_and_for_a_part_of_the_way(
    flow_model: Get, tmp_path: Path, photo: np.ndarray, name: str
) -> None:
    model = flow_model(name)
    hold(model, tmp_path, name)
    networks = MULTI[name]([control_model(name, model.network), control_model(name, model.network)])
    other = np.ascontiguousarray(photo[::-1])
    options = {"control_guidance_start": [0.0, 0.5], "control_guidance_end": [0.5, 1.0]}
    scales = [0.5, 0.9]
    pictures = [Image.fromarray(photo), Image.fromarray(other)]
    expected = theirs(model, networks, pictures, controlnet_conditioning_scale=scales, **options)
    uses = (ControlUse(model=name, weight=0.5, end=0.5), ControlUse(model=name, weight=0.9, start=0.5))
    made = ours(model, photo, other, controls=uses)
    assert (made - expected).abs().max() <= BOUND[name]


def test_a_mask_keeps_it_to_a_part(flow_model: Get, tmp_path: Path, photo: np.ndarray) -> None:
    model = flow_model("flux")
    hold(model, tmp_path, "flux")
    use = (ControlUse(model="flux", mask="selection"),)
    everywhere = np.dstack([photo, np.full((64, 64), 255, np.uint8)])
    nowhere = np.dstack([photo, np.zeros((64, 64), np.uint8)])
    plain = ours(model, photo, controls=(ControlUse(model="flux"),))
    assert torch.equal(ours(model, everywhere, controls=use), plain)
    assert torch.equal(ours(model, nowhere, controls=use), ours(model, controls=()))


@kinds
def test_what_it_takes_is_foreseen(flow_model: Get, tmp_path: Path, photo: np.ndarray, name: str) -> None:
    model = flow_model(HOST[name])
    hold(model, tmp_path, name)
    given, bare = Pixels(None, None, (photo,)), Pixels(None, None)
    use = ControlUse(model=name, kind="depth" if name == "union" else "")
    request = make_request(sampler="euler", steps=2, controls=(use,))
    before = ours(model, controls=())
    with_it = look_ahead(request, given, model)
    without = look_ahead(make_request(sampler="euler", steps=2), bare, model)
    assert with_it.flops() > without.flops()
    assert torch.equal(ours(model, controls=()), before)  # to look ahead leaves no trace


def test_a_union_asked_for_what_it_cannot_follow_says_so(flow_model: Get, tmp_path: Path, photo: np.ndarray) -> None:
    model = flow_model("flux")
    hold(model, tmp_path, "union")
    with pytest.raises(BadRequest, match="cannot follow pictures of the kind “normals”; choose one of: lines"):
        ours(model, photo, controls=(ControlUse(model="union", kind="normals"),))


def test_one_for_another_family_or_size_is_refused(flow_model: Get, tmp_path: Path) -> None:
    write_control_folder(tmp_path / "lines", control_model("flux", flow_model("flux").network))
    (info,) = look([tmp_path]).extras
    with pytest.raises(BadRequest, match="was made for Flux, but the model “sd3” is Stable Diffusion 3"):
        check_fits(info, flow_model("sd3").info)
    wide = control_model("flux", flow_model("flux").network)
    wide.context_embedder = torch.nn.Linear(7, wide.inner_dim)
    write_control_file(tmp_path / "wide.safetensors", wide)
    (stranger,) = (extra for extra in look([tmp_path]).extras if extra.id == "wide")
    with pytest.raises(ModelProblem, match="“wide” cannot be used with this model"):
        flow_model("flux").controls.hold({"wide": stranger}, lambda: None)
