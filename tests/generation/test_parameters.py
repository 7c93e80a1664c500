from __future__ import annotations

import math

import pytest
from msgspec.structs import replace

from sdstudio.errors import BadRequest
from sdstudio.generation.parameters import Parameters, encodable, sized, validate, with_model_defaults
from sdstudio.models.info import ModelInfo, SamplingDefaults


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"steps": 1},
        {"steps": 1000},
        {"seed": 0},
        {"seed": 2**64 - 1},
        {"cfg_scale": 0.0},
        {"cfg_scale": 50},
        {"strength": 0.0},
        {"strength": 1},
        {"sampler": "ddim", "schedule": "normal"},
        {"prompt": "word " * 10_000},
        {"prompt": "红苹果 🍎"},
        {"native_size": 256},
    ],
)
def test_what_makes_sense_is_accepted(model: ModelInfo, changes: dict[str, object]) -> None:
    validate(replace(Parameters(), **changes), model)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"steps": 0}, ["steps", "0", "from 1 to 1000"]),
        ({"steps": 10**9}, ["steps", "1000000000", "from 1 to 1000"]),
        ({"steps": 2.5}, ["steps", "whole number"]),
        ({"steps": True}, ["steps", "whole number"]),
        ({"seed": 2**64}, ["seed", "18446744073709551615"]),
        ({"seed": -1}, ["seed", "from 0"]),
        ({"cfg_scale": 50.5}, ["CFG scale", "50.5", "0 to 50"]),
        ({"cfg_scale": -1.0}, ["CFG scale", "0 to 50"]),
        ({"cfg_scale": math.nan}, ["CFG scale", "not a number"]),
        ({"strength": 1.2}, ["strength", "120 %", "0 to 100 %"]),
        ({"strength": math.inf}, ["strength", "not a number"]),
        ({"strength": math.nan}, ["strength", "not a number"]),
        ({"batch_count": 0}, ["batch count", "from 1"]),
        ({"sampler": "plums"}, ["sampler", "plums", "euler"]),
        ({"schedule": "linear"}, ["schedule", "linear", "karras"]),
        ({"sampler": "ddim", "schedule": "karras"}, ["DDIM", "Karras", "Normal or SGM Uniform"]),
        ({"eta": 0.5}, ["DPM++ 2M has no eta"]),
        ({"sampler": "euler_a", "eta": 1.5}, ["eta is 1.5", "from 0 to 1"]),
        ({"s_noise": 1.1}, ["DPM++ 2M takes no noise scale"]),
        ({"cfg_rescale": math.nan}, ["CFG rescale", "not a number"]),
        ({"cfg_start": 0.8, "cfg_end": 0.2}, ["0.8, after its end at 0.2"]),
        ({"clip_skip": 0}, ["CLIP skip is 0", "from 1 to 12"]),
        ({"betas": "wavy"}, ["betas “wavy”", "cosine"]),
        ({"zero_snr": True}, ["v-prediction"]),
        ({"prediction": "x"}, ["prediction “x”", "epsilon, v_prediction"]),
        ({"native_size": 4}, ["generation size", "from 64"]),
        ({"native_size": 10**6}, ["generation size", "2048"]),
        ({"prompt": "a" * 300_000}, ["prompt", "300,000", "200,000"]),
        ({"negative_prompt": "a" * 300_000}, ["negative prompt"]),
    ],
)
def test_what_makes_no_sense_is_refused_by_name_and_range(
    model: ModelInfo, changes: dict[str, object], words: list[str]
) -> None:
    with pytest.raises(BadRequest) as caught:
        validate(replace(Parameters(), **changes), model)
    assert all(word in caught.value.message for word in words), caught.value.message


def test_a_model_brings_its_sampling_values_but_leaves_the_wishes() -> None:
    best = SamplingDefaults(steps=7, cfg_scale=3.0, sampler="ddim", schedule="normal")
    model = ModelInfo(id="m", title="M", path="/m", family="sd1", defaults=best)
    before = Parameters(prompt="a fox", seed=5, strength=0.4)
    after = with_model_defaults(before, model)
    assert (after.model_id, after.steps, after.cfg_scale, after.sampler) == ("m", 7, 3.0, "ddim")
    assert (after.prompt, after.seed, after.strength) == ("a fox", 5, 0.4)


def test_the_generation_size_replaces_the_models_own(model: ModelInfo) -> None:
    assert sized(model, Parameters()).native_size == model.native_size
    assert sized(model, Parameters(native_size=320)).native_size == 320


def test_half_characters_do_not_reach_the_protocol() -> None:
    assert encodable("a \ud83c apple 🍎").encode("utf-8")
    assert encodable("红苹果 🍎") == "红苹果 🍎"
