from __future__ import annotations

import cv2
import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage, QPainter

from sdstudio.raster import masks
from sdstudio.raster.geometry import EMPTY, Bounds, Point
from sdstudio.raster.pixels import blank, filled


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


@pytest.mark.parametrize("px", [1, 5, 8, 20, 50])
def test_grow_spreads_by_that_many_pixels_and_stays_round(px: int):
    grown = masks.grow(square(161, Bounds(80, 80, 1, 1)), px)
    rows, columns = np.nonzero(grown)
    assert (columns.min(), columns.max(), rows.min(), rows.max()) == (80 - px, 80 + px, 80 - px, 80 + px)
    assert np.hypot(columns - 80, rows - 80).max() <= px * 1.08 + 0.8


def test_grow_by_less_than_nothing_shrinks_but_not_at_the_border():
    shrunk = masks.grow(square(100, Bounds(0, 20, 60, 60)), -10)
    assert np.argwhere(shrunk).min(axis=0).tolist() == [30, 0]
    assert np.argwhere(shrunk).max(axis=0).tolist() == [69, 49]


def test_grow_by_nothing_is_a_copy():
    coverage = square(10, Bounds(2, 2, 3, 3))
    same = masks.grow(coverage, 0)
    assert np.array_equal(same, coverage)
    assert same is not coverage


@pytest.mark.parametrize("px", [1, 2, 3, 10, 50])
def test_feather_changes_nothing_farther_from_the_edge(px: int):
    before = square(300, Bounds(100, 0, 200, 300))
    soft = masks.feather(before, px)
    assert (soft[:, : 100 - px] == 0).all()
    assert (soft[:, 100 + px :] == 255).all()
    assert (np.diff(soft[150].astype(int)) >= 0).all()
    assert 90 <= soft[150, 99:101].mean() <= 165


def test_feather_does_not_fade_at_the_border_of_the_picture():
    full = np.full((40, 40), 255, np.uint8)
    assert (masks.feather(full, 10) == 255).all()


def test_feather_by_nothing_is_a_copy():
    before = square(30, Bounds(10, 10, 10, 10))
    assert np.array_equal(masks.feather(before, 0), before)


def picture_with_a_ring() -> QImage:
    image = filled(600, 600, QColor("white"))
    painter = QPainter(image)
    painter.fillRect(100, 100, 400, 400, QColor("black"))
    painter.fillRect(110, 110, 380, 380, QColor("white"))
    painter.end()
    return image


def test_flood_fill_stops_at_lines():
    inside = masks.flood_fill(picture_with_a_ring(), Point(300.5, 300.5), 10)
    assert inside.content_bounds() == Bounds(110, 110, 380, 380)
    assert (inside.read(inside.content_bounds()) == 255).all()
    outside = masks.flood_fill(picture_with_a_ring(), Point(0, 0), 10)
    assert outside.read(Bounds(100, 100, 400, 400)).max() == 0


def test_flood_fill_does_not_leak_through_a_corner():
    image = filled(10, 10, QColor("white"))
    for x in range(10):
        image.setPixelColor(x, 9 - x, QColor("black"))
    assert masks.flood_fill(image, Point(0, 0), 0).read(Bounds(0, 0, 10, 10)).sum() // 255 == 45


@pytest.mark.parametrize(("tolerance", "count"), [(0, 1), (9, 1), (10, 2), (25, 3), (255, 10)])
def test_tolerance_is_measured_from_the_place_that_was_clicked(tolerance: int, count: int):
    image = blank(10, 1)
    for x in range(10):
        image.setPixelColor(x, 0, QColor(x * 10, 0, 0))
    image.setPixelColor(3, 0, QColor(200, 0, 0))
    assert np.count_nonzero(masks.flood_fill(image, Point(0, 0), tolerance).read(Bounds(0, 0, 10, 1))) == count


def test_clear_and_black_are_different():
    image = blank(4, 1)
    image.setPixelColor(0, 0, QColor("black"))
    assert masks.flood_fill(image, Point(0, 0), 100).content_bounds() == Bounds(0, 0, 1, 1)


def test_flood_fill_outside_of_the_picture_finds_nothing():
    assert masks.flood_fill(blank(4, 4), Point(-0.1, 2), 255).is_empty
    assert masks.flood_fill(blank(4, 4), Point(2, 4), 255).is_empty


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
