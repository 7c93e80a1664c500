"""IP-Adapters: bit for bit what diffusers gives, plain and plus, and no trace of them afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import DDIMScheduler, StableDiffusionPipeline
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import CLIPImageProcessorPil, CLIPVisionConfig, CLIPVisionModelWithProjection

from sdstudio.engine.extras import vision
from sdstudio.engine.extras.dressing import dress
from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.sampling import sample
from sdstudio.engine.validation import Pixels
from sdstudio.errors import BadRequest, ModelProblem
from sdstudio.models.extras import ExtraInfo
from sdstudio.models.library import look
from sdstudio.protocol.messages import Generate
from sdstudio.protocol.request import ControlUse
from tests.engine.conftest import Listener, load, make_request
from tests.engine.test_parity import SEED, STEPS

PROJECTION, HIDDEN = 24, 64


def write_encoder(path: Path) -> CLIPVisionModelWithProjection:
    torch.manual_seed(0)
    config = CLIPVisionConfig(
        hidden_size=HIDDEN, intermediate_size=37, num_hidden_layers=2, num_attention_heads=1, patch_size=8,
        image_size=32, projection_dim=PROJECTION,
    )  # fmt: skip
    encoder = CLIPVisionModelWithProjection(config).eval()
    encoder.save_pretrained(path.parent / "encoder")
    (path.parent / "encoder" / "model.safetensors").rename(path)
    (path.parent / "encoder" / "config.json").unlink()
    return encoder


def write_adapter(path: Path, unet: Any, seed: int = 0) -> Path:
    """As h94's files are, with four words a picture."""
    noise = torch.Generator().manual_seed(seed)

    def some(*size: int) -> torch.Tensor:
        return torch.randn(*size, generator=noise) * 0.3

    width = unet.config.cross_attention_dim
    weights = {
        "image_proj.proj.weight": some(4 * width, PROJECTION), "image_proj.proj.bias": some(4 * width),
        "image_proj.norm.weight": torch.ones(width), "image_proj.norm.bias": torch.zeros(width),
    }  # fmt: skip
    number = 1
    for name in unet.attn_processors:
        if ".attn2." in name:
            side = unet.get_submodule(name.removesuffix(".processor")).to_k.weight.shape[0]
            for letter in "kv":
                weights[f"ip_adapter.{number}.to_{letter}_ip.weight"] = some(side, width)
            number += 2
    save_file(weights, path)
    return path


@pytest.fixture
def model(folders: dict[str, Path]) -> LoadedModel:
    return load(folders["sd"])


@pytest.fixture
def encoder(tmp_path: Path) -> CLIPVisionModelWithProjection:
    return write_encoder(tmp_path / "vision.safetensors")


def found(folder: Path) -> tuple[ExtraInfo, ...]:
    return tuple(look([folder]).extras)


def ours(model: LoadedModel, extras: tuple[ExtraInfo, ...], picture: np.ndarray, *uses: ControlUse) -> torch.Tensor:
    request = make_request(seed=SEED, steps=STEPS, controls=uses, cfg_scale=7.5)
    dress(model, Generate(job_id="a", request=request, model=model.info, extras=extras), lambda: None)
    with torch.inference_mode():
        return sample(request, Pixels(None, None, (picture,) * len(uses)), model, Listener())[0]


@pytest.mark.usefixtures("encoder")
def test_files_are_told_by_their_tensors(model: LoadedModel, tmp_path: Path) -> None:
    write_adapter(tmp_path / "like.safetensors", model.unet)
    adapter, vision = found(tmp_path)
    assert (adapter.kind, adapter.text_width, adapter.image_widths) == ("ip_adapter", 32, (PROJECTION,))
    assert (vision.kind, vision.image_widths) == ("vision", (PROJECTION, HIDDEN))


def test_a_picture_takes_after_another_as_in_diffusers(
    model: LoadedModel, encoder: CLIPVisionModelWithProjection, folders: dict[str, Path], photo: np.ndarray,
    tmp_path: Path,
) -> None:  # fmt: skip
    path = write_adapter(tmp_path / "like.safetensors", model.unet)
    other = load(folders["sd"])
    text = other.prompts.text_models[0]
    pipeline = StableDiffusionPipeline(
        vae=other.vae, text_encoder=text.encoder, tokenizer=text.tokenizer, unet=other.unet,
        scheduler=DDIMScheduler.from_config(other.scheduler_config), safety_checker=None, image_encoder=encoder,
        feature_extractor=CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}),
        requires_safety_checker=False,
    )  # fmt: skip
    pipeline.set_progress_bar_config(disable=True)
    weights = load_file(path)
    parts: dict[str, dict[str, torch.Tensor]] = {"image_proj": {}, "ip_adapter": {}}
    for name, value in weights.items():
        part, _, rest = name.partition(".")
        parts[part][rest] = value
    pipeline.unet._load_ip_adapter_weights([parts])
    pipeline.set_ip_adapter_scale(0.6)
    with torch.inference_mode():
        expected = pipeline(
            "a red apple", negative_prompt="blue", ip_adapter_image=Image.fromarray(photo), guidance_scale=7.5,
            num_inference_steps=STEPS, width=64, height=64, generator=torch.Generator().manual_seed(SEED),
            output_type="latent",
        ).images  # fmt: skip
    plain = ours(model, (), photo)
    made = ours(model, found(tmp_path), photo, ControlUse(model="like", weight=0.6))
    assert torch.equal(made, expected)
    assert not torch.equal(made, plain)
    assert torch.equal(ours(model, (), photo), plain)


@pytest.mark.parametrize("shape", [(64, 64), (90, 50), (31, 77)])
def test_pictures_of_any_shape_are_shown_as_clip_was_taught(shape: tuple[int, int]) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (*shape, 3), np.uint8)
    theirs = CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
    expected = theirs(Image.fromarray(pixels), return_tensors="pt").pixel_values
    assert torch.allclose(vision.as_clip_sees(pixels, 32), expected, atol=1e-6)


@pytest.mark.usefixtures("encoder")
def test_two_adapters_and_a_share_of_the_steps(model: LoadedModel, photo: np.ndarray, tmp_path: Path) -> None:
    for seed in (1, 2):
        write_adapter(tmp_path / f"like{seed}.safetensors", model.unet, seed)
    extras = found(tmp_path)
    both = [ControlUse(model=f"like{seed}", weight=0.5) for seed in (1, 2)]
    pictures = [ours(model, extras, photo, *uses) for uses in (both[:1], both, both[::-1])]
    assert not torch.equal(pictures[0], pictures[1])
    assert torch.allclose(pictures[1], pictures[2], atol=1e-3)
    never = ours(model, extras, photo, ControlUse(model="like1", start=0.5, end=0.5))
    assert torch.allclose(never, ours(model, (), photo), atol=1e-4)


def test_without_an_image_encoder_it_says_what_is_missing(
    model: LoadedModel, photo: np.ndarray, tmp_path: Path
) -> None:
    write_adapter(tmp_path / "like.safetensors", model.unet)
    with pytest.raises(BadRequest, match=f"needs an image encoder .* of width {PROJECTION}"):
        ours(model, found(tmp_path), photo, ControlUse(model="like"))


@pytest.mark.usefixtures("encoder")
def test_a_damaged_adapter_leaves_no_trace(model: LoadedModel, photo: np.ndarray, tmp_path: Path) -> None:
    path = write_adapter(tmp_path / "like.safetensors", model.unet)
    plain = ours(model, (), photo)
    weights = load_file(path)
    weights["ip_adapter.1.to_k_ip.weight"] = torch.zeros(5, 32)
    save_file(weights, path)
    with pytest.raises(ModelProblem, match="IP-Adapter “like” cannot be used"):
        ours(model, found(tmp_path), photo, ControlUse(model="like"))
    assert torch.equal(ours(model, (), photo), plain)
