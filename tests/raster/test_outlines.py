"""Control pictures: white lines where the picture changes, black elsewhere."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from sdstudio.raster.outlines import PREPROCESSORS, Pixels, invert, scribble

DRAWING = ("scribble", "line_art", "canny", "soft_edge")


@pytest.fixture
def disc() -> Pixels:
    """A red disc on white: an outline that is seen in some channels only."""
    picture = np.full((256, 256, 3), 255, np.uint8)
    cv2.circle(picture, (128, 128), 80, (220, 40, 40), -1)
    return picture


@pytest.mark.parametrize("name", DRAWING)
def test_lines_follow_the_outline_and_nothing_else(disc: Pixels, name: str) -> None:
    lines = PREPROCESSORS[name](disc)
    assert lines.shape == disc.shape
    assert lines.dtype == np.uint8
    down, across = np.mgrid[0:256, 0:256]
    distance = np.abs(np.hypot(down - 128, across - 128) - 80)
    assert lines[distance < 1].mean() > 120
    assert lines[distance > 12].max() <= 25


@pytest.mark.parametrize("name", DRAWING)
@pytest.mark.parametrize("grey", [0, 128, 255])
def test_an_even_picture_has_no_lines(name: str, grey: int) -> None:
    assert PREPROCESSORS[name](np.full((64, 96, 3), grey, np.uint8)).max() == 0


def test_a_scribble_has_thick_strokes_and_no_specks(disc: Pixels) -> None:
    disc[20:22, 20:22] = 0
    lines = scribble(disc)
    assert lines[10:32, 10:32].max() == 0
    thin = PREPROCESSORS["canny"](disc)
    assert (lines > 0).sum() > 2 * (thin > 0).sum()


def test_strokes_grow_with_the_picture(disc: Pixels) -> None:
    large = cv2.resize(disc, (768, 768), interpolation=cv2.INTER_CUBIC)
    share = [(scribble(picture) > 0).mean() for picture in (disc, large)]
    assert share[0] == pytest.approx(share[1], rel=0.5)


def test_inverting_twice_is_nothing(disc: Pixels) -> None:
    assert np.array_equal(invert(invert(disc)), disc)
    assert invert(disc)[0, 0, 0] == 0
