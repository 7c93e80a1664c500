"""X/Y/Z grids: axes as they are written, their cells, and the labelled sheet."""

from __future__ import annotations

import numpy as np
import pytest

from sdstudio.errors import BadRequest
from sdstudio.generation.grid import axis, cells
from sdstudio.generation.parameters import Parameters
from sdstudio.generation.sheet import sheet

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
        ("prompt", "red, green, dark blue", ["a red apple", "a green apple", "a dark blue apple"]),
    ],
)
def test_values_as_they_are_written(field: str, text: str, expected: list[object]) -> None:
    assert values(field, text) == expected


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
