"""Single files are told apart by what is in them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sdstudio.errors import ModelProblem
from sdstudio.models.detect import describe_file
from tests.helpers import gguf_files
from tests.helpers.safetensors_files import write

INPUT = "model.diffusion_model.input_blocks.0.0.weight"
READER = "model.diffusion_model.input_blocks.{}.1.transformer_blocks.0.attn2.to_k.weight"
SD1 = {
    INPUT: (320, 4, 3, 3),
    READER.format(1): (320, 768),
    "cond_stage_model.transformer.text_model.embeddings.token_embedding.weight": (49408, 768),
    "first_stage_model.decoder.conv_in.weight": (512, 4, 3, 3),
}
SD2 = {
    INPUT: (320, 4, 3, 3),
    READER.format(1): (320, 1024),
    "cond_stage_model.model.token_embedding.weight": (49408, 1024),
}
X4 = {
    INPUT: (256, 7, 3, 3),
    READER.format(4): (512, 1024),
    "model.diffusion_model.label_emb.weight": (1000, 1024),
    "low_scale_model.betas": (1000,),
    "cond_stage_model.model.token_embedding.weight": (49408, 1024),
    "first_stage_model.decoder.conv_in.weight": (512, 4, 3, 3),
}
SDXL = {
    INPUT: (320, 4, 3, 3),
    READER.format(4): (640, 2048),
    "conditioner.embedders.1.model.token_embedding.weight": (49408, 1280),
}


REFINER = {
    INPUT: (384, 4, 3, 3),
    READER.format(4): (768, 1280),
    "conditioner.embedders.0.model.token_embedding.weight": (49408, 1280),
}


@pytest.mark.parametrize(
    ("shapes", "family", "native_size"),
    [(SD1, "sd1", 512), (SD2, "sd2", 768), (SDXL, "sdxl", 1024), (REFINER, "sdxl_refiner", 1024)],
)
def test_families_are_told_by_their_tensors(
    tmp_path: Path, shapes: dict[str, tuple[int, ...]], family: str, native_size: int
) -> None:
    model = describe_file(write(tmp_path / "sdxl_sd1_flux.safetensors", shapes))
    assert (model.family, model.native_size, model.inpaint) == (family, native_size, False)
    assert model.id == "sdxl_sd1_flux"
    assert model.prediction == ("unknown" if family == "sd2" else "epsilon")


def test_the_x4_upscaler_is_told_by_where_it_reads_the_text(tmp_path: Path) -> None:
    model = describe_file(write(tmp_path / "a.safetensors", X4))
    assert (model.family, model.enlarges, model.size_multiple, model.native_size) == ("sd2", 4, 4, 512)
    assert (model.prediction, model.defaults.sampler, model.lacks) == ("v_prediction", "ddim", ())


def test_nine_inputs_make_an_inpainting_model(tmp_path: Path) -> None:
    assert describe_file(write(tmp_path / "a.safetensors", SD1 | {INPUT: (320, 9, 3, 3)})).inpaint


def test_five_inputs_make_a_depth_model(tmp_path: Path) -> None:
    model = describe_file(write(tmp_path / "a.safetensors", SD2 | {INPUT: (320, 5, 3, 3)}))
    assert (model.depth, model.inpaint, model.native_size, model.prediction) == (True, False, 512, "epsilon")


def test_v_prediction_is_known_by_its_mark(tmp_path: Path) -> None:
    assert describe_file(write(tmp_path / "a.safetensors", SDXL | {"v_pred": ()})).prediction == "v_prediction"
    marked = write(tmp_path / "b.safetensors", SD2, {"modelspec.prediction_type": "v"})
    assert describe_file(marked).prediction == "v_prediction"


WHOLE = "model.diffusion_model."
DIFFUSERS_XL = {
    "conv_in.weight": (320, 4, 3, 3),
    "down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k.weight": (640, 2048),
}


@pytest.mark.parametrize(
    ("shapes", "family", "lacks"),
    [
        (SD1, "sd1", ()),
        (SD2, "sd2", ("vae",)),
        ({name: shape for name, shape in SDXL.items() if name.startswith(WHOLE)}, "sdxl", ("clip_l", "clip_g", "vae")),
        ({name.removeprefix(WHOLE): SD1[name] for name in SD1 if name.startswith(WHOLE)}, "sd1", ("clip_l", "vae")),
        (DIFFUSERS_XL, "sdxl", ("clip_l", "clip_g", "vae")),
    ],
)
def test_what_a_file_lacks_is_known(
    tmp_path: Path, shapes: dict[str, tuple[int, ...]], family: str, lacks: tuple[str, ...]
) -> None:
    model = describe_file(write(tmp_path / "unet.safetensors", shapes))
    assert (model.family, model.lacks) == (family, lacks)


@pytest.mark.parametrize("name", ["", WHOLE])
@pytest.mark.parametrize("kind", ["F16", "Q8_0", "Q4_0"])
def test_a_gguf_file_is_known_by_its_header(tmp_path: Path, name: str, kind: str) -> None:
    shapes = {
        name + part: SD1[WHOLE + part] for part in (INPUT.removeprefix(WHOLE), READER.format(1).removeprefix(WHOLE))
    }
    shapes[name + INPUT.removeprefix(WHOLE)] = (320, 4, 3, 3)
    zeros = {part: np.zeros(shape, np.float32) for part, shape in shapes.items()}
    model = describe_file(gguf_files.write(tmp_path / "sdxl.gguf", zeros, kind))
    assert (model.family, model.text_width, model.lacks) == ("sd1", 768, ("clip_l", "vae"))


@pytest.mark.parametrize(
    ("shapes", "words"),
    [
        ({}, "not a Stable Diffusion model"),
        ({INPUT: (320, 4, 3, 3)}, "not supported yet"),
        (SD1 | {INPUT: (320, 8, 3, 3)}, "8 input channels"),
        (SD2 | {INPUT: (256, 7, 3, 3)}, "7 input channels"),
        (X4 | {INPUT: (256, 4, 3, 3)}, "4 input channels"),
        (SD1 | {INPUT: (320,)}, "not a Stable Diffusion model"),
        ({"lora_unet_down.lora_up.weight": (1, 1)}, "it is a LoRA"),
        ({"first_stage_model.decoder.conv_in.weight": (1, 1)}, "autoencoder"),
        ({"control_model.input_hint_block.0.weight": (1, 1)}, "ControlNet"),
    ],
)
def test_anything_else_is_refused_with_its_reason(
    tmp_path: Path, shapes: dict[str, tuple[int, ...]], words: str
) -> None:
    with pytest.raises(ModelProblem, match=words):
        describe_file(write(tmp_path / "sd1.safetensors", shapes))


@pytest.mark.parametrize(
    ("metadata", "sampler", "steps"),
    [
        ({"modelspec.title": "Nice LCM"}, "lcm", 6),
        ({"modelspec.title": "Nice XL Turbo v1"}, "euler_a", 4),
        ({"modelspec.architecture": "stable-diffusion-xl-v1-base/lightning"}, "euler", 6),
        ({"modelspec.title": "Turbotastic"}, "dpmpp_2m", 20),
    ],
)
def test_distilled_models_want_few_steps(tmp_path: Path, metadata: dict[str, str], sampler: str, steps: int) -> None:
    best = describe_file(write(tmp_path / "lightning.safetensors", SDXL, metadata)).defaults
    assert (best.sampler, best.steps) == (sampler, steps)
    assert (best.cfg_scale < 2) == (steps < 20)
