from __future__ import annotations

import math

import numpy as np
import pytest
from PySide6.QtGui import QPainterPath

from sdstudio.raster.geometry import Bounds, Point
from sdstudio.raster.shapes import KINDS, Kind, Shape, coverage, outlined

LIMITS = Bounds(0, 0, 600, 600)


def amount(path: QPainterPath, *, smooth: bool = True, limits: Bounds = LIMITS) -> float:
    return float(coverage(path, limits, smooth=smooth).read(limits).sum(dtype=float)) / 255


@pytest.mark.parametrize(
    ("kind", "share"),
    [
        ("rectangle", 1.0),
        ("ellipse", math.pi / 4),
        ("polygon", 2.5 * math.sin(2 * math.pi / 5) / 4),
    ],
)
def test_the_area_is_that_of_the_shape(kind: Kind, share: float) -> None:
    shape = Shape(kind, Point(350, 40), Point(50, 340))
    assert amount(shape.path()) == pytest.approx(300 * 300 * share, rel=0.002)


def test_a_rectangle_between_pixels_is_sharp() -> None:
    covered = coverage(Shape("rectangle", Point(10, 20), Point(300, 280)).path(), LIMITS).read(LIMITS)
    assert np.unique(covered).tolist() == [0, 255]
    assert covered[20:280, 10:300].min() == 255


def test_rounding_takes_the_corners_away_and_never_more_than_half() -> None:
    plain, round_ = (Shape("rectangle", Point(0, 0), Point(100, 60), radius) for radius in (0, 500))
    assert amount(round_.path()) == pytest.approx(amount(plain.path()) - (4 - math.pi) * 30 * 30, rel=0.01)


def test_a_line_is_as_thick_as_its_pen() -> None:
    line = outlined(Shape("line", Point(100, 100), Point(400, 500)).path(), 10, sharp=True)
    assert amount(line) == pytest.approx(500 * 10, rel=0.01)
    assert amount(outlined(Shape("line", Point(100, 100), Point(400, 500)).path(), 10)) > amount(line)


@pytest.mark.parametrize("kind", KINDS)
def test_hard_edges_are_all_or_nothing(kind: Kind) -> None:
    path = outlined(Shape(kind, Point(11.3, 20.7), Point(280.1, 170.9)).path(), 7)
    assert set(np.unique(coverage(path, LIMITS, smooth=False).read(LIMITS))) == {0, 255}


def test_nothing_is_covered_outside_of_the_limits() -> None:
    path = Shape("ellipse", Point(-500, -500), Point(900, 900)).path()
    limits = Bounds(10, 20, 300, 290)
    assert coverage(path, limits).content_bounds() == limits


def test_a_star_has_as_many_tips_as_corners() -> None:
    path = Shape("star", Point(0, 0), Point(200, 200), corners=7).path()
    assert path.elementCount() == 15
    assert amount(path) < amount(Shape("polygon", Point(0, 0), Point(200, 200), corners=7).path())
