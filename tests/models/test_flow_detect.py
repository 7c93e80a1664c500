"""The transformer families are told by their tensors, whole or a denoiser alone, and relatives are refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from sdstudio.errors import ModelProblem
from sdstudio.models.detect import describe_file
from tests.helpers.safetensors_files import write

Shapes = dict[str, tuple[int, ...]]
SD3: Shapes = {"joint_blocks.0.context_block.adaLN_modulation.1.bias": (9216,), "context_embedder.weight": (1536, 4096)}
FLUX: Shapes = {
    "double_blocks.0.img_attn.norm.key_norm.scale": (128,),
    "vector_in.in_layer.weight": (3072, 768),
    "txt_in.weight": (3072, 4096),
    "img_in.weight": (3072, 64),
}
QWEN: Shapes = {
    "transformer_blocks.0.img_mod.1.weight": (18432, 3072),
    "txt_norm.weight": (3584,),
    "txt_in.weight": (3072, 3584),
}
Z_IMAGE: Shapes = {"layers.0.adaLN_modulation.0.weight": (15360, 256), "cap_embedder.1.weight": (3840, 2560)}
DEV: Shapes = {"guidance_in.in_layer.weight": (3072, 256)}


@pytest.mark.parametrize("prefix", ["", "model.diffusion_model."])
@pytest.mark.parametrize(
    ("shapes", "family", "text_width", "steps", "lacks"),
    [
        (SD3, "sd3", 4096, 28, {"clip_l", "clip_g", "vae"}),
        (FLUX, "flux", 4096, 4, {"clip_l", "t5", "vae"}),
        (FLUX | DEV, "flux", 4096, 28, {"clip_l", "t5", "vae"}),
        (QWEN, "qwen_image", 3584, 30, {"qwen2_vl", "vae"}),
        (Z_IMAGE, "z_image", 2560, 9, {"qwen3", "vae"}),
    ],
)
def test_families_are_told_by_their_tensors(
    tmp_path: Path, prefix: str, shapes: Shapes, family: str, text_width: int, steps: int, lacks: set[str]
) -> None:
    named = {prefix + name: shape for name, shape in shapes.items()}
    model = describe_file(write(tmp_path / "sd1_sdxl.safetensors", named))
    assert (model.family, model.prediction, model.text_width) == (family, "flow", text_width)
    assert (model.defaults.sampler, model.defaults.steps) == ("euler", steps)
    assert (model.native_size, model.size_multiple) == (1024, 16)
    assert set(model.lacks) == lacks


def test_a_whole_file_lacks_nothing(tmp_path: Path) -> None:
    parts = ("text_encoders.clip_l.transformer.a", "text_encoders.t5xxl.transformer.a", "vae.decoder.conv_in.weight")
    named = {f"model.diffusion_model.{name}": shape for name, shape in FLUX.items()} | dict.fromkeys(parts, (1,))
    assert describe_file(write(tmp_path / "a.safetensors", named)).lacks == ()


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"distilled_guidance_layer.in_proj.bias": (1,)}, "Chroma"),
        ({"single_stream_modulation.lin.weight": (1, 1)}, "Flux 2"),
        ({"img_in.weight": (3072, 96)}, "96 input channels"),
    ],
)
def test_relatives_are_refused_by_name(tmp_path: Path, more: Shapes, words: str) -> None:
    with pytest.raises(ModelProblem, match=words):
        describe_file(write(tmp_path / "flux.safetensors", FLUX | more))


@pytest.mark.parametrize(
    ("inputs", "title", "inpaint", "reads", "cfg_scale"),
    [
        (64, "FLUX.1 dev", False, "", 3.5),
        (64, "FLUX.1 Kontext [dev]", False, "edit", 2.5),
        (128, "", False, "follow", 10.0),
        (384, "", True, "", 30.0),
    ],
)
def test_relatives_of_flux_are_told_by_what_they_read(
    tmp_path: Path, inputs: int, title: str, inpaint: bool, reads: str, cfg_scale: float
) -> None:
    shapes = FLUX | DEV | {"img_in.weight": (3072, inputs)}
    model = describe_file(write(tmp_path / "a.safetensors", shapes, {"modelspec.title": title}))
    assert (model.family, model.inpaint, model.reads) == ("flux", inpaint, reads)
    assert model.defaults.cfg_scale == cfg_scale


def test_turbo_says_so_in_its_title(tmp_path: Path) -> None:
    named = write(tmp_path / "a.safetensors", SD3, {"modelspec.title": "SD3.5 Large Turbo"})
    assert (describe_file(named).defaults.steps, describe_file(named).defaults.cfg_scale) == (4, 1.0)
