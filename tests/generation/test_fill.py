from __future__ import annotations

import numpy as np
import pytest

from sdstudio.generation.fill import NEUTRAL, fill_hole


def flat(color: tuple[int, int, int], height: int = 96, width: int = 96) -> np.ndarray:
    return np.full((height, width, 3), color, np.uint8)


def textured(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(60, 190, (96, 96, 3)).astype(np.uint8)


def middle(height: int = 96, width: int = 96, margin: int = 30) -> np.ndarray:
    mask = np.zeros((height, width), np.uint8)
    mask[margin:-margin, margin:-margin] = 255
    return mask


@pytest.mark.parametrize("margin", [46, 30, 2])
def test_a_hole_takes_the_colour_around_it(margin: int) -> None:
    hole = middle(margin=margin)
    picture = flat((20, 120, 40))
    picture[hole > 0] = (255, 0, 0)
    assert np.abs(fill_hole(picture, hole / np.float32(255)).astype(int) - (20, 120, 40)).max() <= 2


def test_a_hole_between_two_colours_runs_from_one_to_the_other() -> None:
    picture = flat((0, 0, 0))
    picture[:, 48:] = 200
    hole = np.zeros((96, 96), np.float32)
    hole[:, 16:80] = 1
    row = fill_hole(picture, hole)[48, :, 0].astype(int)
    assert row[20] < 80 < 120 < row[76]
    assert (np.diff(row) >= -2).all()


def test_what_is_outside_the_hole_stays() -> None:
    picture, hole = textured(), middle() / np.float32(255)
    assert (fill_hole(picture, hole)[hole == 0] == picture[hole == 0]).all()
    assert (fill_hole(picture, np.zeros_like(hole)) == picture).all()


def test_nothing_but_hole_is_neutral() -> None:
    assert (fill_hole(textured(), np.ones((96, 96), np.float32)) == round(NEUTRAL)).all()


def test_a_half_hole_is_half_filled() -> None:
    picture, hole = flat((100, 100, 100)), np.zeros((96, 96), np.float32)
    picture[30:60, 30:60] = 200
    hole[30:60, 30:60] = 0.5
    assert int(fill_hole(picture, hole)[45, 45, 0]) == pytest.approx(150, abs=2)


def test_a_small_hole_continues_the_edge_that_runs_through_it() -> None:
    picture = flat((0, 0, 0))
    picture[:, 48:] = 200
    hole = np.zeros((96, 96), np.float32)
    hole[44:52, 44:52] = 1
    picture[hole > 0] = (255, 0, 0)
    row = fill_hole(picture, hole)[48, :, 0].astype(int)
    assert row[45] < 40
    assert row[50] > 160
