"""IP-Adapters: bit for bit what diffusers gives, plain and plus, and no trace of them afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import DDIMScheduler, StableDiffusionPipeline, StableDiffusionXLPipeline
from msgspec.structs import replace
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import CLIPImageProcessorPil, CLIPVisionConfig, CLIPVisionModelWithProjection

from sdstudio.engine.extras import likeness, vision
from sdstudio.engine.extras.dressing import dress
from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.sampling import sample
from sdstudio.engine.validation import Pixels, check
from sdstudio.errors import BadRequest, ModelProblem
from sdstudio.models.extras import ExtraInfo
from sdstudio.models.library import look
from sdstudio.protocol.messages import Generate
from sdstudio.protocol.request import ControlPart, ControlUse
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


def write_adapter(path: Path, unet: Any, seed: int = 0, kind: str = "plain") -> Path:
    """As h94's files are: plain with four words a picture, plus and full-face with those of a network of their own."""
    noise = torch.Generator().manual_seed(seed)

    def some(*size: int) -> torch.Tensor:
        return torch.randn(*size, generator=noise) * 0.3

    width = unet.config.cross_attention_dim
    weights = {
        "image_proj.proj.weight": some(4 * width, PROJECTION), "image_proj.proj.bias": some(4 * width),
        "image_proj.norm.weight": torch.ones(width), "image_proj.norm.bias": torch.zeros(width),
    }  # fmt: skip
    if kind != "plain":
        weights = {f"image_proj.{name}": value for name, value in (_plus if kind == "plus" else _face)(width, some)}
    number = 1
    for name in unet.attn_processors:
        if ".attn2." in name:
            side = unet.get_submodule(name.removesuffix(".processor")).to_k.weight.shape[0]
            for letter in "kv":
                weights[f"ip_adapter.{number}.to_{letter}_ip.weight"] = some(side, width)
            number += 2
    save_file(weights, path)
    return path


def _plus(width: int, some: Any) -> Iterator[tuple[str, torch.Tensor]]:
    """A resampler of four layers, as the plus and plus-face files have it."""
    yield "latents", some(1, 4, HIDDEN)
    for part, (outputs, inputs) in {"proj_in": (HIDDEN, HIDDEN), "proj_out": (width, HIDDEN)}.items():
        yield from ((f"{part}.weight", some(outputs, inputs)), (f"{part}.bias", some(outputs)))
    yield from (("norm_out.weight", torch.ones(width)), ("norm_out.bias", torch.zeros(width)))
    for layer in range(4):
        for norm in ("0.norm1", "0.norm2", "1.0"):
            yield f"layers.{layer}.{norm}.weight", torch.ones(HIDDEN)
            yield f"layers.{layer}.{norm}.bias", torch.zeros(HIDDEN)
        yield f"layers.{layer}.0.to_q.weight", some(HIDDEN, HIDDEN)
        yield f"layers.{layer}.0.to_kv.weight", some(2 * HIDDEN, HIDDEN)
        yield f"layers.{layer}.0.to_out.weight", some(HIDDEN, HIDDEN)
        yield f"layers.{layer}.1.1.weight", some(4 * HIDDEN, HIDDEN)
        yield f"layers.{layer}.1.3.weight", some(HIDDEN, 4 * HIDDEN)


def _face(width: int, some: Any) -> Iterator[tuple[str, torch.Tensor]]:
    """Two matrices and a norm over all patches, as the full-face file has it."""
    yield from (("proj.0.weight", some(HIDDEN, HIDDEN)), ("proj.0.bias", some(HIDDEN)))
    yield from (("proj.2.weight", some(width, HIDDEN)), ("proj.2.bias", some(width)))
    yield from (("proj.3.weight", torch.ones(width)), ("proj.3.bias", torch.zeros(width)))


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


def theirs(
    folder: Path,
    path: Path,
    encoder: CLIPVisionModelWithProjection,
    pictures: list[np.ndarray],
    scale: Any,
    masks: list[np.ndarray] | None = None,
) -> torch.Tensor:
    """Latents of diffusers' pipeline with the adapter at `path`."""
    other = load(folder)
    first, *rest = other.prompts.text_models
    tools: dict[str, Any] = {
        "vae": other.vae, "text_encoder": first.encoder, "tokenizer": first.tokenizer, "unet": other.unet,
        "scheduler": DDIMScheduler.from_config(other.scheduler_config), "image_encoder": encoder,
        "feature_extractor": CLIPImageProcessorPil(
            size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}
        ),
    }  # fmt: skip
    if rest:
        tools |= {"text_encoder_2": rest[0].encoder, "tokenizer_2": rest[0].tokenizer, "add_watermarker": False}
        pipeline: Any = StableDiffusionXLPipeline(**tools)
    else:
        pipeline = StableDiffusionPipeline(**tools, safety_checker=None, requires_safety_checker=False)
    pipeline.set_progress_bar_config(disable=True)
    parts: dict[str, dict[str, torch.Tensor]] = {"image_proj": {}, "ip_adapter": {}}
    for name, value in load_file(path).items():
        part, _, inner = name.partition(".")
        parts[part][inner] = value
    pipeline.unet._load_ip_adapter_weights([parts])
    pipeline.set_ip_adapter_scale(scale)
    options: dict[str, Any] = {}
    if masks is not None:
        stacked = torch.stack([torch.from_numpy(mask.astype(np.float32) / 255) for mask in masks])
        options["cross_attention_kwargs"] = {"ip_adapter_masks": [stacked[None]]}
    shown: Any = Image.fromarray(pictures[0]) if len(pictures) == 1 else [[Image.fromarray(one) for one in pictures]]
    with torch.inference_mode():
        made: torch.Tensor = pipeline(
            "a red apple", negative_prompt="blue", ip_adapter_image=shown, guidance_scale=7.5,
            num_inference_steps=STEPS, width=64, height=64, generator=torch.Generator().manual_seed(SEED),
            output_type="latent", **options,
        ).images  # fmt: skip
    return made


@pytest.mark.parametrize("kind", ["plain", "plus", "face"])
def test_a_picture_takes_after_another_as_in_diffusers(
    model: LoadedModel, encoder: CLIPVisionModelWithProjection, folders: dict[str, Path], photo: np.ndarray,
    tmp_path: Path, kind: str,
) -> None:  # fmt: skip
    path = write_adapter(tmp_path / "like.safetensors", model.unet, kind=kind)
    plain = ours(model, (), photo)
    made = ours(model, found(tmp_path), photo, ControlUse(model="like", weight=0.6))
    assert torch.equal(made, theirs(folders["sd"], path, encoder, [photo], 0.6))
    assert not torch.equal(made, plain)
    assert torch.equal(ours(model, (), photo), plain)


def seen(
    model: LoadedModel, extras: tuple[ExtraInfo, ...], pictures: list[np.ndarray], *uses: ControlUse
) -> torch.Tensor:
    """As `ours`, with a picture of its own for each use."""
    request = make_request(seed=SEED, steps=STEPS, controls=uses, cfg_scale=7.5)
    dress(model, Generate(job_id="a", request=request, model=model.info, extras=extras), lambda: None)
    with torch.inference_mode():
        return sample(request, Pixels(None, None, tuple(pictures)), model, Listener())[0]


@pytest.mark.parametrize("kind", ["plain", "plus"])
def test_several_pictures_are_looked_at_together_as_in_diffusers(
    model: LoadedModel, encoder: CLIPVisionModelWithProjection, folders: dict[str, Path], photo: np.ndarray,
    tmp_path: Path, kind: str,
) -> None:  # fmt: skip
    path = write_adapter(tmp_path / "like.safetensors", model.unet, kind=kind)
    pictures = [photo, np.ascontiguousarray(255 - photo)]
    uses = [ControlUse(model="like", weight=0.6, source=source) for source in ("file:a", "file:b")]
    made = seen(model, found(tmp_path), pictures, *uses)
    assert torch.equal(made, theirs(folders["sd"], path, encoder, pictures, 0.6))


def test_a_mask_keeps_it_to_a_part_as_in_diffusers(
    model: LoadedModel, encoder: CLIPVisionModelWithProjection, folders: dict[str, Path], photo: np.ndarray,
    tmp_path: Path,
) -> None:  # fmt: skip
    path = write_adapter(tmp_path / "like.safetensors", model.unet)
    mask = np.zeros((64, 64), np.uint8)
    mask[:, :32] = 255
    use = ControlUse(model="like", weight=0.6, mask="selection")
    made = seen(model, found(tmp_path), [np.dstack([photo, mask])], use)
    assert torch.equal(made, theirs(folders["sd"], path, encoder, [photo], 0.6, [mask]))
    everywhere = seen(model, found(tmp_path), [photo], ControlUse(model="like", weight=0.6))
    assert not torch.equal(made, everywhere)


@pytest.mark.parametrize(
    ("part", "scale"),
    [
        ("style", {"up": {"block_0": [0.0, 0.6]}}),
        ("composition", {"down": {"block_1": [0.6]}}),
        ("style_and_composition", {"up": {"block_0": [0.0, 0.6]}, "down": {"block_1": [0.6]}}),
    ],
)
def test_only_a_part_of_it_is_taken_over_as_in_diffusers(
    encoder: CLIPVisionModelWithProjection, folders: dict[str, Path], photo: np.ndarray, tmp_path: Path,
    part: ControlPart, scale: dict[str, Any],
) -> None:  # fmt: skip
    model = load(folders["xl"])
    path = write_adapter(tmp_path / "like.safetensors", model.unet)
    made = seen(model, found(tmp_path), [photo], ControlUse(model="like", weight=0.6, part=part))
    assert torch.equal(made, theirs(folders["xl"], path, encoder, [photo], scale))


def test_in_a_model_without_that_division_the_depths_hold_the_composition(model: LoadedModel) -> None:
    names = [name for name in model.unet.attn_processors if ".attn2." in name]
    composing = {name for name in names if likeness.share(model.unet, name, "composition")}
    assert composing == {name for name in names if name.startswith(("down_blocks.1", "mid_block"))}
    assert {name for name in names if likeness.share(model.unet, name, "style")} == set(names) - composing


@pytest.mark.usefixtures("encoder")
def test_one_of_an_unknown_kind_says_so(model: LoadedModel, photo: np.ndarray, tmp_path: Path) -> None:
    path = write_adapter(tmp_path / "like.safetensors", model.unet)
    weights = {name: value for name, value in load_file(path).items() if name.startswith("ip_adapter.")}
    save_file(weights | {"image_proj.norm.weight": torch.ones(8)}, path)
    with pytest.raises((ModelProblem, BadRequest), match=r"not known|image encoder"):
        ours(model, found(tmp_path), photo, ControlUse(model="like"))


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


@pytest.mark.parametrize(
    "added",
    [
        {"ip_adapter.0.to_q_lora.down.weight": (2, 8), "image_proj.proj.2.weight": (8, 8)},
        {"image_proj.proj.0.weight": (8, 512), "image_proj.proj.2.weight": (8, 8)},
        {"image_proj.perceiver_resampler.proj_in.weight": (8, 1280), "ip_adapter.0.to_v_lora.up.weight": (8, 2)},
    ],
)
def test_an_adapter_for_recognised_faces_is_refused_by_name(
    tmp_path: Path, sd: LoadedModel, photo: np.ndarray, added: dict[str, tuple[int, ...]]
) -> None:
    """Before time is spent; most of these files bring a LoRA, which they are not to be mistaken for."""
    shapes = {"ip_adapter.1.to_k_ip.weight": (8, 32), "image_proj.proj.0.bias": (8,), **added}
    save_file({name: torch.zeros(shape) for name, shape in shapes.items()}, tmp_path / "me.safetensors")
    (info,) = look([tmp_path]).extras
    assert info.kind == "ip_adapter"
    request = make_request(controls=(ControlUse(model="me"),))
    message = Generate(job_id="a", request=request, model=replace(sd.info, text_width=0), extras=(info,))
    with pytest.raises(BadRequest, match=r"“me” is of the kind FaceID.*Choose a plain, plus or full-face"):
        check(message, photo.tobytes())
