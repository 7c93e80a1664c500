from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QColor

from sdstudio.raster import masks
from sdstudio.raster.geometry import EMPTY, Bounds, Point
from sdstudio.raster.pixels import filled
from sdstudio.raster.tiles import Mask, Surface

CANVAS = Bounds(0, 0, 300, 280)
areas = st.builds(Bounds, st.integers(-20, 280), st.integers(-20, 260), st.integers(1, 150), st.integers(1, 150))
values = st.integers(1, 255)


@st.composite
def selections(draw: st.DrawFn) -> Mask:
    mask = Mask()
    for _ in range(draw(st.integers(0, 3))):
        area = draw(areas).intersected(CANVAS)
        if not area.is_empty:
            mask.write(area, np.full((area.height, area.width), draw(values), np.uint8))
    return mask


def pixels(mask: Mask) -> np.ndarray:
    return mask.read(CANVAS)


def square(side: int, inside: Bounds, value: int = 255) -> np.ndarray:
    coverage = np.zeros((side, side), np.uint8)
    coverage[inside.y : inside.bottom, inside.x : inside.right] = value
    return coverage


def test_rectangle_covers_exactly_its_area():
    area = Bounds(-10, 250, 300, 20)
    mask = masks.rectangle(area)
    assert mask.content_bounds() == area
    assert (mask.read(area) == 255).all()
    assert masks.rectangle(EMPTY).is_empty


def test_polygon_has_smooth_edges_and_the_right_area():
    points = [Point(10, 10), Point(300, 40), Point(200, 320)]
    mask = masks.polygon(points)
    area = mask.read(Bounds(0, 0, 400, 400)).sum() / 255
    assert area == pytest.approx(abs((290 * 310 - 190 * 30) / 2), rel=0.002)
    assert 0 < (mask.read(Bounds(0, 0, 400, 400)) % 255 > 0).sum() < 2000


def test_polygon_on_whole_pixels_is_exact():
    corners = [Point(3, 4), Point(13, 4), Point(13, 9), Point(3, 9)]
    mask = masks.polygon(corners)
    assert mask.content_bounds() == Bounds(3, 4, 10, 5)
    assert (mask.read(Bounds(3, 4, 10, 5)) == 255).all()


def test_polygon_keeps_what_the_line_goes_round_twice():
    twice = [Point(0, 0), Point(20, 0), Point(20, 20), Point(0, 20)] * 2
    assert (masks.polygon(twice).read(Bounds(1, 1, 18, 18)) == 255).all()


def test_a_line_without_inside_selects_nothing():
    assert masks.polygon([Point(0, 0), Point(9, 9)]).is_empty


def test_outline_runs_along_pixel_edges():
    (line,) = masks.outline(square(20, Bounds(3, 4, 5, 2)))
    assert {tuple(corner) for corner in line.tolist()} == {(3, 4), (8, 4), (8, 6), (3, 6)}


def test_outline_of_a_ring_has_two_lines_and_of_nothing_none():
    ring = square(20, Bounds(2, 2, 10, 10))
    ring[5:9, 5:9] = 0
    edges = [(line.min(axis=0).tolist(), line.max(axis=0).tolist()) for line in masks.outline(ring)]
    assert sorted(edges) == [([2, 2], [12, 12]), ([5, 5], [9, 9])]
    assert masks.outline(np.full((5, 5), 127, np.uint8)) == []


def test_outline_encloses_exactly_the_covered_pixels():
    coverage = (np.random.default_rng(3).random((30, 30)) > 0.5).astype(np.uint8) * 255
    area = sum(cv2.contourArea(line.astype(np.float32), oriented=True) for line in masks.outline(coverage))
    assert abs(area) == np.count_nonzero(coverage)


@pytest.mark.parametrize("antialias", [True, False])
def test_an_ellipse_has_the_area_of_an_ellipse(antialias: bool):
    mask = masks.ellipse(40, 30, 240, 130, antialias=antialias)
    assert mask.content_bounds() == Bounds(40, 30, 200, 100)
    assert pixels(mask).sum() / 255 == pytest.approx(np.pi * 100 * 50, rel=0.005)
    assert bool((pixels(mask) % 255 > 0).any()) == antialias


@given(first=selections(), second=selections())
def test_adding_and_intersecting_do_not_care_about_the_order(first: Mask, second: Mask):
    for mode in ("add", "intersect"):
        there, back = masks.combined(first, second, mode, CANVAS), masks.combined(second, first, mode, CANVAS)
        assert (pixels(there) == pixels(back)).all()
        assert (pixels(masks.combined(first, first, mode, CANVAS)) == pixels(first)).all()


@given(first=selections(), second=selections())
def test_subtracting_is_intersecting_with_the_inverse(first: Mask, second: Mask):
    subtracted = masks.combined(first, second, "subtract", CANVAS)
    intersected = masks.combined(first, masks.inverted(second, CANVAS), "intersect", CANVAS)
    assert (pixels(subtracted) == pixels(intersected)).all()


@given(first=selections(), second=selections())
def test_de_morgan(first: Mask, second: Mask):
    both = masks.inverted(masks.combined(first, second, "add", CANVAS), CANVAS)
    each = masks.combined(masks.inverted(first, CANVAS), masks.inverted(second, CANVAS), "intersect", CANVAS)
    assert (pixels(both) == pixels(each)).all()


@given(selections())
def test_inverting_twice_changes_nothing(mask: Mask):
    assert (pixels(masks.inverted(masks.inverted(mask, CANVAS), CANVAS)) == pixels(mask)).all()


@given(first=selections(), second=selections(), mode=st.sampled_from(["replace", "add", "subtract", "intersect"]))
def test_combining_leaves_both_as_they_were(first: Mask, second: Mask, mode: str):
    before = pixels(first), pixels(second)
    masks.combined(first, second, mode, CANVAS).editable((0, 0))[:] = 7
    assert (pixels(first) == before[0]).all()
    assert (pixels(second) == before[1]).all()


def test_alpha_is_what_is_painted_inside_of_the_canvas():
    surface = Surface.from_image(filled(40, 30, QColor(255, 0, 0, 100)), Point(-10, 250))
    mask = masks.alpha(surface, CANVAS)
    assert mask.content_bounds() == Bounds(0, 250, 30, 30)
    assert set(mask.read(Bounds(0, 250, 30, 30)).ravel()) == {100}


def test_what_a_white_mask_does_not_cover_is_nothing() -> None:
    canvas = Bounds(0, 0, 600, 600)  # with whole tiles in it
    assert not masks.inverted(Mask(255), canvas).read(canvas).any()
    assert (masks.inverted(Mask(), canvas).read(canvas) == 255).all()
