from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sdstudio.raster.geometry import Bounds, Point
from sdstudio.raster.transform import IDENTITY, Transform, clipped, corners, is_convex

numbers = st.floats(-200, 200)
points = st.builds(Point, numbers, numbers)
affine = st.builds(
    lambda angle, x, y, slant, to: (
        Transform.rotate(angle).then(Transform.scale(x, y)).then(Transform.slant(slant, 0)).then(Transform.move(*to))
    ),
    st.floats(-720, 720),
    st.floats(0.1, 10),
    st.floats(0.1, 10),
    st.floats(-2, 2),
    st.tuples(numbers, numbers),
)


def near(first: Point, second: Point) -> bool:
    return first.distance(second) < 1e-5


@given(affine, points)
def test_the_inverse_takes_every_point_back(transform: Transform, point: Point) -> None:
    assert near(transform.inverse.map(transform.map(point)), point)


@given(affine, affine, points)
def test_then_is_one_after_the_other(first: Transform, second: Transform, point: Point) -> None:
    assert first.then(second).map(point).distance(second.map(first.map(point))) < 1e-3


def test_a_perspective_takes_corners_to_corners() -> None:
    source = [Point(0, 0), Point(100, 0), Point(100, 50), Point(0, 50)]
    target = [Point(10, 10), Point(80, 0), Point(120, 90), Point(-5, 60)]
    transform = Transform.between(source, target)
    assert not transform.is_affine
    assert all(near(transform.map(a), b) for a, b in zip(source, target, strict=True))


def test_one_point_has_no_perspective() -> None:
    square = [Point(0, 0), Point(100, 0), Point(100, 50), Point(0, 50)]
    with pytest.raises(ValueError, match="no perspective"):
        Transform.between([Point(0, 0)] * 4, square)


def test_nothing_flat_has_an_inverse() -> None:
    flat = Transform.scale(0, 1)
    assert not flat.is_possible
    with pytest.raises(ValueError, match="flat"):
        _ = flat.inverse


@pytest.mark.parametrize(
    ("transform", "is_exact"),
    [
        (IDENTITY, True),
        (Transform.rotate(90), True),
        (Transform.rotate(-270, Point(3, 4)), True),
        (Transform.scale(-1, 1, Point(7.5, 0)), True),
        (Transform.rotate(180, Point(0.5, 1)), True),
        (Transform.move(3, -4), True),
        (Transform.move(0.5, 0), False),
        (Transform.rotate(45), False),
        (Transform.scale(2, 1), False),
        (Transform.scale(0, 0), False),
        (Transform.slant(1, 0), False),
    ],
)
def test_exact_is_what_takes_pixels_to_pixels(transform: Transform, is_exact: bool) -> None:
    assert transform.is_exact is is_exact


def test_the_bounds_of_a_quarter_turn_are_whole() -> None:
    assert Transform.rotate(90).bounds(Bounds(0, 0, 30, 20)) == Bounds(-20, 0, 20, 30)


def test_what_lies_beyond_the_horizon_is_not_shown() -> None:
    steep = Transform((1, 0, 0, 0, 1, 0, 0.01, 0, 1))
    assert steep.shows(Bounds(0, 0, 50, 50))
    assert not steep.shows(Bounds(-200, 0, 150, 50))


def test_only_shapes_without_a_dent_are_convex() -> None:
    square = [Point(0, 0), Point(9, 0), Point(9, 9), Point(0, 9)]
    assert is_convex(square)
    assert is_convex(square[::-1])
    assert not is_convex([*square[:2], Point(1, 1), square[3]])
    assert not is_convex([square[0], square[2], square[1], square[3]])
    assert not is_convex([Point(0, 0)] * 4)


@example(0, 0, 22, 1)  # crosses the right side at 7.000000000000001
@given(st.integers(-20, 20), st.integers(-20, 20), st.integers(1, 30), st.integers(1, 30))
def test_clipping_keeps_the_common_part(x: int, y: int, width: int, height: int) -> None:
    one, other = Bounds(x, y, width, height), Bounds(-5, -5, 12, 17)
    common = clipped(corners(one), other)
    meant = one.intersected(other)
    if meant.is_empty:
        left, right = (common[:, 0].min(), common[:, 0].max()) if len(common) else (0, 0)
        assert len(common) == 0 or left == right or np.ptp(common[:, 1]) == 0
    else:
        assert Bounds.around(*common.min(axis=0), *common.max(axis=0)) == meant
