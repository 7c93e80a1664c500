"""Rectangles: union, intersection and rounding that the whole program relies on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdstudio.raster.geometry import EMPTY, Bounds, Extent, Point

numbers = st.integers(-1000, 1000)
sizes = st.integers(0, 1000)
rectangles = st.builds(Bounds, numbers, numbers, sizes, sizes)


def test_edges_of_a_rectangle():
    area = Bounds(2, 3, 10, 20)
    assert (area.right, area.bottom) == (12, 23)
    assert area.extent == Extent(10, 20)
    assert area == Bounds.from_edges(2, 3, 12, 23)
    assert not area.is_empty


@pytest.mark.parametrize("area", [EMPTY, Bounds(5, 5, 0, 3), Bounds(5, 5, 3, 0), Bounds(5, 5, -1, 3)])
def test_without_a_positive_side_it_is_empty(area):
    assert area.is_empty


@pytest.mark.parametrize(
    ("corners", "expected"),
    [
        ((0.0, 0.0, 1.0, 1.0), Bounds(0, 0, 1, 1)),
        ((0.2, 0.2, 0.8, 0.8), Bounds(0, 0, 1, 1)),
        ((-0.2, 3.9, 4.1, -7.5), Bounds(-1, -8, 6, 12)),
    ],
)
def test_around_covers_both_corners_in_any_order(corners, expected):
    x0, y0, x1, y1 = corners
    assert Bounds.around(*corners) == expected
    assert Bounds.around(x1, y1, x0, y0) == expected


@given(rectangles, rectangles)
def test_the_common_part_lies_in_both_and_is_the_same_both_ways(a, b):
    common = a.intersected(b)
    assert common == b.intersected(a)
    assert common.width >= 0
    assert common.height >= 0
    if not common.is_empty:
        assert a.contains(common)
        assert b.contains(common)


@given(rectangles, rectangles)
def test_the_union_holds_both(a, b):
    union = a.united(b)
    assert a.is_empty or union.contains(a)
    assert b.is_empty or union.contains(b)
    if not a.is_empty and not b.is_empty:
        assert union == b.united(a)


@given(rectangles)
def test_nothing_added_to_a_rectangle_changes_nothing(area):
    expected = EMPTY if area.is_empty else area
    assert area.united(EMPTY) == expected
    assert EMPTY.united(expected) == expected


@given(rectangles, numbers, numbers)
def test_moving_there_and_back(area, dx, dy):
    moved = area.translated(dx, dy)
    assert moved.extent == area.extent
    assert moved.translated(-dx, -dy) == area


@given(rectangles, st.integers(0, 50))
def test_padding_holds_the_rectangle_and_can_be_undone(area, margin):
    assert area.padded(margin).contains(area)
    assert area.padded(margin).padded(-margin) == area


def test_measures():
    assert Bounds(7, 7, 3, 4).diagonal == 5
    assert Point(1, 1).distance(Point(4, 5)) == 5
    assert Extent(640, 480).area == 307_200
    assert str(Extent(640, 480)) == "640 × 480"
    assert Bounds.of(Extent(640, 480)) == Bounds(0, 0, 640, 480)
