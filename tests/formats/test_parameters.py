from __future__ import annotations

import hypothesis.strategies as st
import msgspec
import pytest
from hypothesis import given

from sdstudio.formats.parameters import Recipe, from_text, to_text
from sdstudio.protocol.request import MAX_SEED, Branch, GenerationRequest
from sdstudio.protocol.samplers import SAMPLERS, schedules_for
from sdstudio.raster.geometry import Extent

REQUEST = GenerationRequest(
    mode="image_to_image",
    prompt="a red apple,\nstudio light",
    negative_prompt="blurry, text",
    model="starter",
    extent=Extent(256, 192),
    steps=12,
    cfg_scale=7.0,
    sampler="dpmpp_2m",
    schedule="karras",
    seed=42,
    strength=0.6,
)


def test_the_text_is_what_other_tools_know() -> None:
    lines = to_text(REQUEST, "Starter, small").split("\n")
    assert lines[:3] == ["a red apple,", "studio light", "Negative prompt: blurry, text"]
    assert lines[3].startswith(
        "Steps: 12, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 7, Seed: 42, Size: 256x192, "
        'Model: "Starter, small", Denoising strength: 0.6, Version: SD Studio'
    )
    assert len(lines) == 4


def test_text_to_image_has_no_strength() -> None:
    text = to_text(GenerationRequest(mode="text_to_image", prompt="x", model="m", extent=Extent(8, 8)), "M")
    assert "Denoising" not in text
    assert "Negative prompt" not in text


samplings = st.sampled_from([(one, two) for one in SAMPLERS for two in schedules_for(one)])
prompts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=200).map(str.strip)


@given(
    prompt=prompts,
    negative=prompts,
    model=st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
    sampling=samplings,
    steps=st.integers(1, 1000),
    cfg=st.floats(0, 50),
    seed=st.integers(0, MAX_SEED),
    strength=st.floats(0, 1),
    extent=st.builds(Extent, st.integers(1, 4096), st.integers(1, 4096)),
)
def test_what_is_written_is_read_again(
    prompt: str,
    negative: str,
    model: str,
    sampling: tuple[str, str],
    steps: int,
    cfg: float,
    seed: int,
    strength: float,
    extent: Extent,
) -> None:
    if any(line.startswith("Negative prompt:") for line in prompt.split("\n")):
        return  # the format has no way to say this
    request = GenerationRequest(
        mode="inpaint",
        prompt=prompt,
        negative_prompt=negative,
        model="id",
        extent=extent,
        steps=steps,
        cfg_scale=cfg,
        sampler=sampling[0],
        schedule=sampling[1],
        seed=seed,
        strength=strength,
    )
    recipe = from_text(to_text(request, model))
    assert (recipe.prompt, recipe.negative_prompt, recipe.model_title) == (prompt, negative, model)
    assert (recipe.steps, recipe.cfg_scale, recipe.seed, recipe.strength) == (steps, cfg, seed, strength)
    assert (recipe.sampler, recipe.schedule, recipe.extent) == (*sampling, extent)
    assert set(recipe.others) == {"Version"}


REAL = """masterpiece, (a red apple:1.2), <lora:fruit:0.8>
on a table
Negative prompt: lowres, bad anatomy,
worst quality
Steps: 28, Sampler: DPM++ 2M Karras, CFG scale: 7.5, Seed: 2674363017, Size: 512x768, Model hash: 6ce0161689, \
Model: v1-5-pruned-emaonly, Clip skip: 2, Lora hashes: "fruit: 1a2b3c, other: 4d5e6f", \
Hires upscaler: "R-ESRGAN, 4x+", Denoising strength: 0.45, Version: v1.6.0"""


def test_a_picture_of_the_web_ui_is_understood() -> None:
    recipe = from_text(REAL)
    assert recipe.prompt == "masterpiece, (a red apple:1.2), <lora:fruit:0.8>\non a table"
    assert recipe.negative_prompt == "lowres, bad anatomy,\nworst quality"
    assert (recipe.steps, recipe.cfg_scale, recipe.seed) == (28, 7.5, 2674363017)
    assert (recipe.sampler, recipe.schedule) == ("dpmpp_2m", "karras")
    assert recipe.strength == 1.0, "0.45 is of the second pass"
    assert recipe.others["Denoising strength"] == "0.45"
    assert (recipe.extent, recipe.model_title) == (Extent(512, 768), "v1-5-pruned-emaonly")
    assert recipe.others["Lora hashes"] == "fruit: 1a2b3c, other: 4d5e6f"
    assert recipe.others["Hires upscaler"] == "R-ESRGAN, 4x+"
    assert recipe.clip_skip == 2


@pytest.mark.parametrize(
    ("sampler", "schedule", "expected"),
    [
        ("Euler a", "", ("euler_a", "normal")),
        ("euler A", "Automatic", ("euler_a", "normal")),
        ("DPM++ 2M SDE Karras", "", ("dpmpp_2m_sde", "karras")),
        ("DPM++ 2M SDE Exponential", "", ("dpmpp_2m_sde", "exponential")),
        ("DPM++ 2M", "SGM Uniform", ("dpmpp_2m", "sgm_uniform")),
        ("DPM++ 2M", "Turbo", ("dpmpp_2m", "normal")),
        ("DDIM", "Karras", ("ddim", "normal")),
        ("Restart", "Karras", (None, None)),
        ("DPM adaptive Karras", "", (None, None)),
    ],
)
def test_sampler_names_of_all_times(sampler: str, schedule: str, expected: tuple[str | None, str | None]) -> None:
    line = f"Steps: 20, Sampler: {sampler}" + (f", Schedule type: {schedule}" if schedule else "")
    recipe = from_text(f"x\n{line}")
    assert (recipe.sampler, recipe.schedule) == expected
    if expected[0] is None:
        assert recipe.others["Sampler"] == sampler, "kept, though not understood"


@pytest.mark.parametrize(
    ("text", "prompt"),
    [
        ("", ""),
        ("just a prompt", "just a prompt"),
        ("scene: night, a fox", "scene: night, a fox"),
        ("one\r\ntwo\r\nSteps: 20, Seed: 1\r\n", "one\ntwo"),
        ("\nSteps: 20, Seed: 1", ""),
    ],
)
def test_text_of_any_form_is_at_least_a_prompt(text: str, prompt: str) -> None:
    assert from_text(text).prompt == prompt


def test_values_that_make_no_sense_are_kept_as_text() -> None:
    recipe = from_text('x\nSteps: many, Seed: -, CFG scale: 7, Size: big, Odd: "open, Denoising strength: half')
    assert (recipe.steps, recipe.seed, recipe.extent, recipe.strength) == (None, None, None, None)
    assert recipe.cfg_scale == 7
    assert (recipe.others["Steps"], recipe.others["Size"]) == ("many", "big")


@given(st.text(max_size=300))
def test_no_text_is_an_error(text: str) -> None:
    assert isinstance(from_text(text), Recipe)
    assert isinstance(from_text(f"x\nSteps: 1, {text}"), Recipe)


def test_the_strength_is_that_of_refining_or_1() -> None:
    assert from_text("x\nSteps: 9, Seed: 3, Denoising strength: 0.3").strength == 0.3
    assert from_text("x\nSteps: 9, Seed: 3").strength == 1.0
    assert from_text("just words").strength is None


def test_the_changes_are_those_that_were_found() -> None:
    usual = {"eta": None, "s_noise": 1.0, "cfg_rescale": 0.0, "cfg_start": 0.0, "cfg_end": 1.0}
    usual |= {"clip_skip": 1, "betas": "model", "prediction": "", "zero_snr": False, "exact_strength": False}
    usual |= {"refiner": "", "refiner_switch": 0.8}
    assert from_text("a fox\nSteps: 9, Seed: 3").changes() == usual | {
        "branch": None,
        "prompt": "a fox",
        "negative_prompt": "",
        "steps": 9,
        "seed": 3,
        "strength": 1.0,
    }


def test_the_finer_values_survive_the_text() -> None:
    wishes = {
        "sampler": "euler_a",
        "eta": 0.5,
        "s_noise": 1.05,
        "cfg_rescale": 0.7,
        "cfg_start": 0.1,
        "cfg_end": 0.8,
        "clip_skip": 2,
        "betas": "linear",
        "prediction": "v_prediction",
        "zero_snr": True,
        "exact_strength": True,
    }
    request = msgspec.structs.replace(REQUEST, **wishes)
    changes = from_text(to_text(request, "Some Model")).changes()
    assert {name: changes[name] for name in wishes} == wishes


@pytest.mark.parametrize("fresh", [False, True])
def test_a_branch_survives_the_text(fresh: bool) -> None:
    parent = msgspec.structs.replace(REQUEST, prompt='a "pear", green', seed=7, sampler="euler")
    branch = Branch(parent=parent, step=5, fresh_noise=fresh)
    branched = msgspec.structs.replace(REQUEST, mode="text_to_image", strength=0.35, branch=branch)
    text = to_text(branched, "Some Model")
    assert "Branch step: 5" in text
    recipe = from_text(text)
    assert (recipe.changes()["branch"], recipe.strength) == (branch, 0.35)
    assert not [name for name in recipe.others if name.startswith("Branch")]
    assert from_text(to_text(REQUEST, "Some Model")).changes()["branch"] is None


def test_a_branch_that_cannot_be_read_is_kept_as_text() -> None:
    text = 'a\nSteps: 4, Sampler: Euler, Branch step: 5, Branch of: "{\\"prompt\\": 3}"'
    recipe = from_text(text)
    assert recipe.branch is None
    assert recipe.others["Branch step"] == "5"


def test_a_recipe_that_does_not_mention_the_finer_values_means_the_usual_ones() -> None:
    changes = from_text(to_text(REQUEST, "Some Model")).changes()
    assert (changes["clip_skip"], changes["eta"], changes["cfg_end"], changes["zero_snr"]) == (1, None, 1.0, False)
    assert "clip_skip" not in from_text("just words").changes()


def test_a_refiner_is_told_as_the_web_ui_tells_it() -> None:
    request = msgspec.structs.replace(REQUEST, refiner="sd_xl_refiner_1.0")
    assert "Refiner: sd_xl_refiner_1.0, Refiner switch at: 0.8" in to_text(request, "Base")
    assert "Refiner" not in to_text(msgspec.structs.replace(REQUEST, refiner_switch=0.5), "Base")
    told = "a fox\nSteps: 9, Seed: 3, Refiner: sd_xl_refiner_1.0 [7440042bbd], Refiner switch at: 0.65"
    recipe = from_text(told)
    assert (recipe.refiner, recipe.refiner_switch, recipe.others) == ("sd_xl_refiner_1.0", 0.65, {})


def test_what_a_sampler_cannot_use_is_kept_as_text() -> None:
    recipe = from_text(
        "a\nSteps: 20, Sampler: DPM++ 2M Karras, CFG scale: 7, Eta: 0.3, Clip skip: 2, Skip Early CFG: 0.1"
    )
    assert recipe.eta is None
    assert recipe.others == {"Eta": "0.3"}
    assert (recipe.clip_skip, recipe.cfg_start) == (2, 0.1)
