"""Models for few steps are known by what is in them, or by what a person says."""

from __future__ import annotations

from pathlib import Path

from sdstudio.models.detect import describe_file
from sdstudio.models.distilled import KINDS, WORDS, as_told
from sdstudio.models.info import ModelInfo, SamplingDefaults
from tests.helpers.safetensors_files import write
from tests.models.test_detect import SDXL

MODELS = [ModelInfo(id=name, title=name, path=name, family="sdxl") for name in ("a", "b")]


def test_what_a_person_says_counts() -> None:
    a, b = as_told(MODELS, {"a": "turbo", "gone": "lcm"})
    assert (a.few_steps, a.defaults) == ("turbo", KINDS["turbo"])
    assert b == MODELS[1]
    (back,) = as_told([a], {"a": ""})
    assert (back.few_steps, back.defaults) == ("", SamplingDefaults())
    assert as_told(MODELS, {"a": "nonsense"}) == MODELS


def test_every_kind_has_its_word() -> None:
    assert set(WORDS) == set(KINDS)


def test_a_network_that_reads_the_guidance_scale_is_known(tmp_path: Path) -> None:
    reads = {"model.diffusion_model.time_embed.cond_proj.weight": (320, 256)}
    model = describe_file(write(tmp_path / "plain.safetensors", SDXL | reads))
    assert (model.few_steps, model.defaults.sampler) == ("lcm", "lcm")
