from __future__ import annotations

import math

import numpy as np
import pytest

from sdstudio.raster.geometry import Point
from sdstudio.raster.stamps import learn
from sdstudio.raster.tips import Dab, Shape, dab


@pytest.mark.parametrize("diameter", [1, 2, 3.5, 10, 30, 99, 200])
def test_a_hard_dab_covers_the_area_of_its_circle(diameter: float):
    covered = dab(Point(50.5, 50.5), diameter, 1.0).coverage.sum()
    # A tip of one pixel fills its pixel, which is a little more than the circle.
    assert covered == pytest.approx(math.pi * diameter**2 / 4, rel=0.3 if diameter < 3 else 0.03)


@pytest.mark.parametrize("position", [Point(10.5, 10.5), Point(10.25, 11.0), Point(-3.75, 0.1), Point(1000.9, -7.4)])
@pytest.mark.parametrize("hardness", [0.0, 0.5, 1.0])
def test_the_weight_of_a_dab_lies_where_it_was_put(position: Point, hardness: float):
    made = dab(position, 20, hardness)
    rows, columns = np.indices(made.coverage.shape) + 0.5
    weight = made.coverage.sum()
    x = made.area.x + (columns * made.coverage).sum() / weight
    y = made.area.y + (rows * made.coverage).sum() / weight
    assert (x, y) == (pytest.approx(position.x, abs=0.13), pytest.approx(position.y, abs=0.13))


def test_a_dab_falls_off_from_its_middle_and_ends_inside_its_area():
    made = dab(Point(100.5, 100.5), 40, 0.0)
    row = made.coverage[made.coverage.shape[0] // 2]
    half = row[len(row) // 2 :]
    assert row.max() == 1
    assert (np.diff(half) <= 0).all()
    assert made.coverage[0].max() == made.coverage[:, -1].max() == 0


def test_hardness_keeps_the_middle_full():
    made = dab(Point(100.5, 100.5), 100, 0.8)
    row = made.coverage[made.coverage.shape[0] // 2]
    assert (row == 1).sum() == pytest.approx(80, abs=3)


def test_tips_thinner_than_a_pixel_fade_instead_of_vanishing():
    strengths = [dab(Point(5.5, 5.5), size, 1.0).coverage.max() for size in (1.0, 0.5, 0.25)]
    assert strengths == [1.0, 0.5, 0.25]


def test_the_same_dab_is_made_once_and_cannot_be_written():
    first, second = dab(Point(5.5, 5.5), 30, 0.5), dab(Point(105.5, 7.5), 30, 0.5)
    assert first.coverage is second.coverage
    with pytest.raises(ValueError, match="read-only"):
        first.coverage[0, 0] = 1


WEDGE = learn(np.tri(40, 40, dtype=np.uint8) * 255)


def weight(made: Dab) -> tuple[float, float]:
    """Where the middle of a dab's paint is."""
    rows, columns = np.indices(made.coverage.shape) + 0.5
    total = made.coverage.sum()
    return made.area.x + (columns * made.coverage).sum() / total, made.area.y + (rows * made.coverage).sum() / total


@pytest.mark.parametrize("roundness", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("angle", [0, 33, 90])
@pytest.mark.parametrize("hardness", [0.0, 0.6, 1.0])
def test_a_flat_dab_covers_the_area_of_its_ellipse(roundness: float, angle: float, hardness: float):
    flat = dab(Point(50.5, 50.5), 60, hardness, Shape(angle, roundness))
    full = dab(Point(50.5, 50.5), 60, hardness)
    assert flat.coverage.sum() == pytest.approx(full.coverage.sum() * roundness, rel=0.12)
    assert weight(flat) == (pytest.approx(50.5, abs=0.15), pytest.approx(50.5, abs=0.15))


def test_angles_turn_anticlockwise():
    made = dab(Point(0, 0), 80, 1, Shape(45, 0.1)).coverage
    middle = made.shape[0] // 2
    assert made[middle - 20, middle + 20] == 1, "up on the right"
    assert made[middle + 20, middle + 20] == 0


@pytest.mark.parametrize("diameter", [3, 12.5, 40, 200, 700])
@pytest.mark.parametrize("angle", [0, 70])
def test_a_picture_covers_its_share_at_every_size(diameter: float, angle: float):
    made = dab(Point(500, 500), diameter, 1, Shape(angle, 1, WEDGE))
    assert made.coverage.sum() == pytest.approx(diameter**2 * 0.5125, rel=0.25 if diameter < 10 else 0.06)
    assert made.coverage[0].max() == made.coverage[:, -1].max() == 0
    assert made.coverage.max() <= 1


def test_a_flipped_picture_is_its_mirror_image():
    plain = dab(Point(50.5, 50.5), 60, 1, Shape(30, 1, WEDGE)).coverage
    mirrored = dab(Point(50.5, 50.5), 60, 1, Shape(-30, 1, WEDGE, True)).coverage
    assert mirrored == pytest.approx(plain[:, ::-1], abs=1e-4)


def test_a_picture_that_nobody_knows_is_round():
    assert (dab(Point(5, 5), 20, 1, Shape(0, 1, "lost")).coverage == dab(Point(5, 5), 20, 1).coverage).all()
