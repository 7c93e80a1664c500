"""Pictures that Flux takes after: IP-Adapters in XLabs' layout and Redux, as diffusers' pipelines have them."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import FluxPipeline, FluxPriorReduxPipeline
from diffusers.pipelines.flux.modeling_flux import ReduxImageEncoder
from PIL import Image
from safetensors.torch import save_file
from transformers import (
    CLIPVisionConfig,
    CLIPVisionModelWithProjection,
    SiglipImageProcessor,
    SiglipVisionConfig,
    SiglipVisionModel,
)

from sdstudio.engine.extras.vision import as_clip_sees
from sdstudio.engine.fit import look_ahead
from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.sampling import sample
from sdstudio.engine.validation import Pixels
from sdstudio.errors import BadRequest
from sdstudio.models.extras import ExtraInfo, check_fits
from sdstudio.models.library import look
from sdstudio.protocol.request import ControlUse
from tests.engine.conftest import Listener, make_request
from tests.engine.flow.test_parity import pipeline, unpack
from tests.helpers.flow_models import LONG_WIDTH

Get = Callable[[str], LoadedModel]
SEED, STEPS, SCALE, WIDTH, SIDE = 77, 4, 4.5, 64, 32
SIGNS = ("", "negative_")  # Flux dev has no use for the second, but its pipeline wants it
_SIZES = {
    "hidden_size": WIDTH, "intermediate_size": 37, "num_hidden_layers": 2, "num_attention_heads": 1, "patch_size": 16,
    "image_size": SIDE,
}  # fmt: skip


def write(path: Path, weights: dict[str, torch.Tensor]) -> None:
    save_file({name: value.contiguous() for name, value in weights.items()}, path)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """SigLIP with Redux; CLIP with an IP-Adapter for two blocks."""
    folder = tmp_path_factory.mktemp("likeness")
    torch.manual_seed(5)
    siglip = SiglipVisionModel(SiglipVisionConfig(**_SIZES)).eval()
    write(folder / "sigclip.safetensors", {f"vision_model.{name}": one for name, one in siglip.state_dict().items()})
    write(folder / "redux.safetensors", ReduxImageEncoder(WIDTH, LONG_WIDTH).state_dict())
    clip = CLIPVisionModelWithProjection(CLIPVisionConfig(projection_dim=24, **(_SIZES | {"hidden_size": 48}))).eval()
    write(folder / "clip.safetensors", clip.state_dict())
    adapter = {
        "ip_adapter_proj_model.proj.weight": torch.randn(4 * LONG_WIDTH, 24),
        "ip_adapter_proj_model.proj.bias": torch.randn(4 * LONG_WIDTH),
        "ip_adapter_proj_model.norm.weight": torch.ones(LONG_WIDTH),
        "ip_adapter_proj_model.norm.bias": torch.zeros(LONG_WIDTH),
    }
    for block in range(2):
        for letter in "kv":
            name = f"double_blocks.{block}.processor.ip_adapter_double_stream_{letter}_proj"
            adapter |= {f"{name}.weight": torch.randn(32, LONG_WIDTH) * 0.3, f"{name}.bias": torch.randn(32) * 0.1}
    write(folder / "adapter.safetensors", adapter)
    return folder


@pytest.fixture
def known(files: Path) -> dict[str, ExtraInfo]:
    return {extra.id: extra for extra in look([files]).extras}


def wear(model: LoadedModel, known: dict[str, ExtraInfo], *uses: ControlUse) -> None:
    model.likeness.wear(uses, {use.model: known[use.model] for use in uses}, list(known.values()), lambda: None)


def ours(model: LoadedModel, *pictures: np.ndarray, controls: tuple[ControlUse, ...] = ()) -> torch.Tensor:
    request = make_request(sampler="euler", cfg_scale=SCALE, seed=SEED, steps=STEPS, controls=controls)
    with torch.inference_mode():
        return sample(request, Pixels(None, None, pictures), model, Listener())[0]


def theirs(made: Any, **options: Any) -> torch.Tensor:
    with torch.inference_mode():
        latents = made(
            num_inference_steps=STEPS, guidance_scale=SCALE, output_type="latent", width=64, height=64,
            generator=torch.Generator().manual_seed(SEED), **options,
        ).images  # fmt: skip
    return unpack(latents, 8, 8)


def test_what_they_are_is_told_by_their_keys(known: dict[str, ExtraInfo], flow_model: Get) -> None:
    told = {name: (extra.kind, extra.family, extra.image_widths) for name, extra in known.items()}
    assert told == {
        "sigclip": ("vision", "", (WIDTH,)),
        "redux": ("ip_adapter", "flux", (WIDTH,)),
        "clip": ("vision", "", (24, 48)),
        "adapter": ("ip_adapter", "flux", (24,)),
    }
    with pytest.raises(BadRequest, match="was made for Flux"):
        check_fits(known["redux"], flow_model("sd3").info)


def test_redux(flow_model: Get, known: dict[str, ExtraInfo], photo: np.ndarray) -> None:
    model, use = flow_model("flux"), ControlUse(model="redux")
    plain = ours(model)
    wear(model, known, use)
    siglip, redux = model.likeness._held["redux"]
    base = pipeline(FluxPipeline, model)
    prior = FluxPriorReduxPipeline(
        image_encoder=siglip, feature_extractor=SiglipImageProcessor(size={"height": SIDE, "width": SIDE}),
        image_embedder=redux, text_encoder=base.text_encoder, tokenizer=base.tokenizer,
        text_encoder_2=base.text_encoder_2, tokenizer_2=base.tokenizer_2,
    )  # fmt: skip
    with torch.inference_mode():
        words = prior(Image.fromarray(photo), prompt="a red apple")
    expected = theirs(base, prompt_embeds=words.prompt_embeds, pooled_prompt_embeds=words.pooled_prompt_embeds)
    made = ours(model, photo, controls=(use,))
    assert (made - expected).abs().max() <= 2e-5  # the picture's squares are rounded otherwise before SigLIP sees them
    assert (made - plain).abs().max() > 1e-3
    wear(model, known)
    assert torch.equal(ours(model), plain)


def test_an_adapter(flow_model: Get, known: dict[str, ExtraInfo], photo: np.ndarray) -> None:
    model, use = flow_model("flux"), ControlUse(model="adapter", weight=0.7)
    plain = ours(model)
    base = pipeline(FluxPipeline, model)
    base.transformer = deepcopy(model.network)
    wear(model, known, use)
    base.transformer._load_ip_adapter_weights([model.likeness._read(known["adapter"])], low_cpu_mem_usage=False)
    base.set_ip_adapter_scale(0.7)
    clip = next(iter(model.likeness._encoders.values()))
    with torch.inference_mode():
        seen = clip(as_clip_sees(photo, SIDE)).image_embeds
    expected = theirs(base, prompt="a red apple", **{f"{sign}ip_adapter_image_embeds": [seen[None]] for sign in SIGNS})
    made = ours(model, photo, controls=(use,))
    assert (made - expected).abs().max() <= 1e-6  # theirs is another copy of the network, with other addresses
    assert (made - plain).abs().max() > 1e-3
    wear(model, known)
    assert torch.equal(ours(model), plain)


@pytest.mark.parametrize("name", ["redux", "adapter"])
def test_it_works_for_a_part_of_the_way_and_is_foreseen(
    flow_model: Get, known: dict[str, ExtraInfo], photo: np.ndarray, name: str
) -> None:
    model = flow_model("flux")
    whole, late = ControlUse(model=name), ControlUse(model=name, start=0.5)
    wear(model, known, whole)
    assert not torch.equal(ours(model, photo, controls=(whole,)), ours(model, photo, controls=(late,)))
    request = make_request(sampler="euler", steps=2, controls=(whole,))
    assert look_ahead(request, Pixels(None, None, (photo,)), model).flops() > 0
    wear(model, known)


def test_parts_of_a_picture_are_for_other_families(flow_model: Get, known: dict[str, ExtraInfo]) -> None:
    with pytest.raises(BadRequest, match="let the picture take after all"):
        wear(flow_model("flux"), known, ControlUse(model="adapter", part="style"))
