"""X/Y/Z grids: axes as they are written, their cells, and the labelled sheet."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from sdstudio.errors import BadRequest
from sdstudio.generation.grid import axis, cells
from sdstudio.generation.grid_axes import AXES
from sdstudio.generation.parameters import Parameters
from sdstudio.generation.sheet import sheet
from sdstudio.protocol.request import ControlUse, LoraUse

WISHES = Parameters(prompt="a red apple", sampler="euler", schedule="karras")


def values(field: str, text: str) -> list[object]:
    return [getattr(value.change(WISHES), field) for value in axis(field, text).values]


@pytest.mark.parametrize(
    ("field", "text", "expected"),
    [
        ("steps", "10, 20", [10, 20]),
        ("steps", "1..4", [1, 2, 3, 4]),
        ("steps", "10..30:10, 50", [10, 20, 30, 50]),
        ("cfg_scale", "1..2:0.5", [1.0, 1.5, 2.0]),
        ("sampler", "DPM++ 2M, ddim", ["dpmpp_2m", "ddim"]),
        ("prediction", "Noise, v_prediction", ["epsilon", "v_prediction"]),
        ("model_id", "starter, sdxl base", ["starter", "sdxl base"]),
        ("hires", "1..2:0.5", [1.0, 1.5, 2.0]),
        ("speed", "exact, Fast", ["exact", "fast"]),
        ("seamless", "none, x, both", ["", "x", "both"]),
        ("freeu", "on, off", [True, False]),
        ("exact_strength", "no, yes", [False, True]),
        ("zero_snr", "on", [True]),
        ("vae", "none, soft", ["", "soft"]),
        ("hires_by", "pixels, latents, 4x-sharp", ["pixels", "latents", "4x-sharp"]),
        ("refiner", "none, gloss", ["", "gloss"]),
        ("refiner_switch", "0.6..0.8:0.1", [0.6, 0.7, 0.8]),
        ("styles", "Ink, none", [("Ink",), ()]),
        ("loras", "none, ink, ink:0.4", [(), (LoraUse(name="ink"),), (LoraUse(name="ink", weight=0.4),)]),
        ("prompt", "red, green, dark blue", ["a red apple", "a green apple", "a dark blue apple"]),
    ],
)
def test_values_as_they_are_written(field: str, text: str, expected: list[object]) -> None:
    assert values(field, text) == expected


def test_every_parameter_is_an_axis_or_has_a_reason_not_to_be() -> None:
    told_by_others = {"loras", "controls"}  # LoRA, LoRA weight, control weight, from and until
    not_of_one_picture = {"batch_count", "seed_locked"}
    not_written_in_a_word = {"branch", "text_encoders"}
    fields = {field.name for field in msgspec.structs.fields(Parameters)}
    assert fields - set(AXES) == (told_by_others - {"loras"}) | not_of_one_picture | not_written_in_a_word


def test_weights_of_loras_change_where_they_are_chosen() -> None:
    wishes = msgspec.structs.replace(
        WISHES, prompt="a <lora:ink:1> red (cat) <lyco:old:0.5:0.2>", loras=(LoraUse(name="gloss"),)
    )
    made = [cell.parameters for cell in cells(wishes, [axis("lora_weight", "0.5, -1")])]
    assert [one.prompt for one in made] == [
        "a <lora:ink:0.5> red (cat) <lyco:old:0.5>",
        "a <lora:ink:-1> red (cat) <lyco:old:-1>",
    ]
    assert [one.loras[0].weight for one in made] == [0.5, -1.0]
    with pytest.raises(BadRequest, match="There is no LoRA whose weight"):
        cells(WISHES, [axis("lora_weight", "0.5")])


def test_controls_change_together() -> None:
    wishes = msgspec.structs.replace(WISHES, controls=(ControlUse(model="canny"), ControlUse(model="depth")))
    axes = [axis("control_weight", "0.5, 1"), axis("control_start", "0, 0.2"), axis("control_end", "0.8")]
    last = cells(wishes, axes)[-1]
    assert [(use.weight, use.start, use.end) for use in last.parameters.controls] == [(1.0, 0.2, 0.8)] * 2
    assert last.labels == ("Control weight 1", "Control from 0.2", "Control until 0.8")
    with pytest.raises(BadRequest, match="add one in the Control panel"):
        cells(WISHES, axes)


def test_switches_and_names_are_labelled_in_words() -> None:
    labels = [value.label for field in ("freeu", "speed", "refiner") for value in axis(field, {
        "freeu": "on,off", "speed": "fast", "refiner": "none,gloss"}[field]).values]  # fmt: skip
    assert labels == ["FreeU on", "FreeU off", "Fast", "Refiner none", "Refiner gloss"]


def test_a_sampler_takes_a_schedule_that_it_can_follow() -> None:
    (value,) = axis("sampler", "ddim").values
    assert value.change(WISHES).schedule == "normal"


def test_each_value_meets_each_other() -> None:
    made = cells(WISHES, [axis("steps", "5, 9"), axis("cfg_scale", "3, 4, 5"), axis("prompt", "red, blue")])
    assert len(made) == 12
    assert len({(cell.parameters.steps, cell.parameters.cfg_scale, cell.parameters.prompt) for cell in made}) == 12
    assert (made[7].x, made[7].y, made[7].z) == (1, 0, 1)
    assert made[7].labels == ("Steps 9", "CFG scale 3", "blue")


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("steps", "ten", "“ten” is no value for the axis Steps"),
        ("steps", "", "no values"),
        ("steps", "1..x", "no range"),
        ("seed", "1..100000", "too many numbers"),
        ("sampler", "oil", "“oil”"),
        ("size", "1", "no axis “size”"),
        ("freeu", "maybe", "“maybe” is no value for the axis FreeU"),
        ("refiner_switch", "1.5", "“1.5” is no value for the axis Refiner from"),
        ("loras", "ink:strong", "“ink:strong” is no value"),
        ("seamless", "left", "“left”"),
    ],
)
def test_what_cannot_be_read_is_named(field: str, text: str, words: str) -> None:
    with pytest.raises(BadRequest, match=words):
        axis(field, text)


def test_words_that_the_prompt_does_not_hold_are_named() -> None:
    with pytest.raises(BadRequest, match="does not hold “pear”"):
        cells(WISHES, [axis("prompt", "pear, plum")])


def test_too_many_pictures_are_refused() -> None:
    many = axis("seed", "1..30")
    with pytest.raises(BadRequest, match="900 pictures"):
        cells(WISHES, [many, axis("steps", "1..30")])


def test_the_sheet_has_every_picture_and_its_labels() -> None:
    made = cells(WISHES, [axis("steps", "5, 9"), axis("cfg_scale", "3, 4"), axis("prompt", "red, blue")])
    pictures = [np.full((64, 64, 3), 20 * number, np.uint8) for number in range(8)]
    found = sheet(made, pictures)
    for number in range(1, 8):
        assert (found == 20 * number).all(axis=2).sum() >= 64 * 64
    bare = sheet([*made[:1]], pictures[:1])
    assert found.shape[0] > 4 * 64
    assert (bare[:20] < 128).any(), "the label above the column"
