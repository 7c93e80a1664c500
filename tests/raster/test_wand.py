from __future__ import annotations

from collections import deque

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from sdstudio.raster import gaps
from sdstudio.raster.geometry import Bounds, Point
from sdstudio.raster.pixels import Pixels, blank, filled, over, view
from sdstudio.raster.tiles import Mask
from sdstudio.raster.wand import Likeness, color_range, like_area


def area_in(image: QImage, at: Point, likeness: Likeness) -> Mask:
    canvas = Bounds(0, 0, image.width(), image.height())
    return like_area(lambda area: image.copy(area.x, area.y, area.width, area.height), canvas, at, likeness)


def picture_with_a_ring() -> QImage:
    image = filled(600, 600, QColor("white"))
    painter = QPainter(image)
    painter.fillRect(100, 100, 400, 400, QColor("black"))
    painter.fillRect(110, 110, 380, 380, QColor("white"))
    painter.end()
    return image


def test_flood_fill_stops_at_lines():
    inside = area_in(picture_with_a_ring(), Point(300.5, 300.5), Likeness(10))
    assert inside.content_bounds() == Bounds(110, 110, 380, 380)
    assert (inside.read(inside.content_bounds()) == 255).all()
    outside = area_in(picture_with_a_ring(), Point(0, 0), Likeness(10))
    assert outside.read(Bounds(100, 100, 400, 400)).max() == 0


def test_flood_fill_does_not_leak_through_a_corner():
    image = filled(10, 10, QColor("white"))
    for x in range(10):
        image.setPixelColor(x, 9 - x, QColor("black"))
    assert area_in(image, Point(0, 0), Likeness(0)).read(Bounds(0, 0, 10, 10)).sum() // 255 == 45


@pytest.mark.parametrize(("tolerance", "count"), [(0, 1), (9, 1), (10, 2), (25, 3), (255, 10)])
def test_tolerance_is_measured_from_the_place_that_was_clicked(tolerance: int, count: int):
    image = blank(10, 1)
    for x in range(10):
        image.setPixelColor(x, 0, QColor(x * 10, 0, 0))
    image.setPixelColor(3, 0, QColor(200, 0, 0))
    assert np.count_nonzero(area_in(image, Point(0, 0), Likeness(tolerance)).read(Bounds(0, 0, 10, 1))) == count


def test_clear_and_black_are_different():
    image = blank(4, 1)
    image.setPixelColor(0, 0, QColor("black"))
    assert area_in(image, Point(0, 0), Likeness(100)).content_bounds() == Bounds(0, 0, 1, 1)


def test_flood_fill_outside_of_the_picture_finds_nothing():
    assert area_in(blank(4, 4), Point(-0.1, 2), Likeness(255)).is_empty
    assert area_in(blank(4, 4), Point(2, 4), Likeness(255)).is_empty


def brute_force(image: QImage, x: int, y: int, tolerance: int, contiguous: bool) -> Pixels:
    """The definition, pixel by pixel."""
    pixels = view(image).astype(int)
    height, width = pixels.shape[:2]
    seed = pixels[y, x]
    alike = np.array([[max(abs(pixels[r, c] - seed)) <= tolerance for c in range(width)] for r in range(height)])
    if not contiguous:
        return alike.astype(np.uint8) * 255
    found, waiting = np.zeros((height, width), np.uint8), deque([(x, y)])
    while waiting:
        c, r = waiting.popleft()
        if 0 <= c < width and 0 <= r < height and alike[r, c] and not found[r, c]:
            found[r, c] = 255
            waiting += [(c - 1, r), (c + 1, r), (c, r - 1), (c, r + 1)]
    return found


@given(
    seed=st.integers(0, 2**16),
    size=st.tuples(st.integers(1, 14), st.integers(1, 14)),
    tolerance=st.sampled_from([0, 20, 60, 255]),
    contiguous=st.booleans(),
)
def test_the_wand_finds_what_the_definition_says(seed: int, size: tuple[int, int], tolerance: int, contiguous: bool):
    rng = np.random.default_rng(seed)
    pixels = (rng.integers(0, 4, (size[1], size[0], 4)) * 50).astype(np.uint8)
    pixels[:, :, 3] = 255
    image = over(pixels).copy()
    x, y = int(rng.integers(size[0])), int(rng.integers(size[1]))
    found = area_in(image, Point(x + 0.5, y + 0.5), Likeness(tolerance, contiguous))
    expected = brute_force(image, x, y, tolerance, contiguous)
    assert (found.read(Bounds(0, 0, *size)) == expected).all()


def drawing(opening_px: int, pen_px: float = 4) -> QImage:
    """A square room of 200 pixels with an opening in its right wall, and a thin wedge at the left one."""
    image = filled(400, 300, QColor("white"))
    painter = QPainter(image)
    painter.setPen(QPen(QColor("black"), pen_px, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
    painter.drawLine(100, 50, 300, 50)
    painter.drawLine(100, 250, 300, 250)
    painter.drawLine(100, 48, 100, 252)
    painter.drawLine(300, 48, 300, 150 - opening_px // 2)
    painter.drawLine(300, 150 + opening_px - opening_px // 2, 300, 252)
    painter.end()
    return image


@pytest.mark.parametrize(
    ("opening_px", "gap_px", "leaks"), [(6, 0, True), (6, 4, True), (6, 8, False), (20, 24, False)]
)
def test_gap_closing_holds_the_fill_in_the_room(opening_px: int, gap_px: int, leaks: bool):
    image = drawing(opening_px)
    found = area_in(image, Point(200, 150), Likeness(40, gap_px=gap_px)).read(Bounds(0, 0, 400, 300))
    assert bool(found[20, 20]) == leaks
    if not leaks:
        room = found[52:248, 102:298]
        assert (room == 255).all()  # the corners too
        assert found[:, 310:].max() == 0


def test_what_comes_through_the_opening_stays_there_though_all_outside_is_narrow_too():
    image = drawing(6)
    painter = QPainter(image)
    painter.fillRect(322, 0, 4, 300, QColor("black"))  # a second wall makes a corridor 20 pixels wide
    painter.end()
    found = area_in(image, Point(200, 150), Likeness(40, gap_px=24)).read(Bounds(0, 0, 400, 300))
    assert (found[52:248, 102:298] == 255).all()
    assert np.count_nonzero(found[:, 302:]) < 40
    assert found[:, 306:].max() == 0


def test_gap_closing_fills_the_outside_up_to_the_opening():
    found = area_in(drawing(6), Point(20, 20), Likeness(40, gap_px=10)).read(Bounds(0, 0, 400, 300))
    assert found[60:240, 110:290].max() == 0
    assert found[290, 390] == found[5, 5] == found[150, 303] == 255


def test_a_click_in_a_narrow_place_still_fills_it():
    image = filled(100, 40, QColor("black"))
    painter = QPainter(image)
    painter.fillRect(10, 18, 80, 3, QColor("white"))
    painter.end()
    found = area_in(image, Point(50, 19), Likeness(10, gap_px=30))
    assert found.content_bounds() == Bounds(10, 18, 80, 3)
    assert (found.read(found.content_bounds()) == 255).all()


def test_antialiasing_takes_the_mixed_pixels_by_their_share_and_hard_edges_not_at_all():
    image = filled(60, 20, QColor("white"))
    painter = QPainter(image)
    painter.fillRect(30, 0, 1, 20, QColor(64, 64, 64))  # three quarters line
    painter.fillRect(31, 0, 29, 20, QColor("black"))
    painter.end()
    soft = area_in(image, Point(5, 5), Likeness(10, antialias=True)).read(Bounds(0, 0, 60, 20))
    assert (soft[:, :30] == 255).all()
    assert int(soft[10, 30]) == pytest.approx(64, abs=1)
    assert soft[:, 31:].max() == 0
    hard = area_in(image, Point(50, 5), Likeness(10, antialias=True)).read(Bounds(0, 0, 60, 20))
    assert int(hard[10, 30]) == pytest.approx(191, abs=1)


def test_the_found_area_can_grow_under_the_line():
    inside = area_in(picture_with_a_ring(), Point(300, 300), Likeness(10, grow_px=3))
    assert inside.content_bounds() == Bounds(107, 107, 386, 386)
    assert area_in(picture_with_a_ring(), Point(300, 300), Likeness(10, grow_px=-3)).content_bounds() == Bounds(
        113, 113, 374, 374
    )


def test_a_picture_of_one_pixel():
    dot = filled(1, 1, QColor("red"))
    for likeness in (Likeness(), Likeness(contiguous=False), Likeness(gap_px=9), Likeness(9, True, 5, True, 4)):
        assert area_in(dot, Point(0.5, 0.5), likeness).read(Bounds(0, 0, 1, 1)) == 255


@pytest.mark.parametrize("side", [1, 2, 4])
def test_a_colour_range_of_very_small_pictures(side: int):
    found = color_range(filled(side, side, QColor("red")), [QColor("blue"), QColor("red")], 10)
    assert found.tolist() == [[255] * side] * side


def test_a_colour_range_is_full_at_its_colours_and_fades_between():
    image = blank(6, 1)
    for x, color in enumerate(
        [QColor("red"), QColor(215, 0, 0), QColor(180, 0, 0), QColor("blue"), QColor(255, 0, 0, 128)]
    ):
        image.setPixelColor(x, 0, color)
    one = color_range(image, [QColor("red")], 100)[0].tolist()
    assert one[0] == 255
    assert one[1] == 255
    assert one[2] == pytest.approx(255 * 2 * 0.25, abs=2)
    assert one[3] == 0
    assert one[4] == pytest.approx(128, abs=1)
    assert one[5] == 0
    two = color_range(image, [QColor("red"), QColor("blue")], 0)[0].tolist()
    assert two[:4] == [255, 0, 0, 255]
    assert not color_range(image, [], 100).any()


@pytest.mark.parametrize("gap_px", [1, 4, 11])
def test_gap_closing_is_the_same_in_whatever_strips_it_is_worked_out(gap_px: int, monkeypatch: pytest.MonkeyPatch):
    picture = filled(150, 170, QColor("white"))
    painter = QPainter(picture)
    painter.setPen(QPen(QColor("black"), 2))
    rng = np.random.default_rng(gap_px)
    for _ in range(25):
        x, y, across, down = (int(value) for value in rng.integers(-40, 190, 4))
        painter.drawLine(x, y, across, down)
    painter.end()
    canvas = Bounds(0, 0, 150, 170)
    for at in (Point(75, 85), Point(20, 30), Point(130, 150)):
        found = []
        for rows in (1024, 7):
            monkeypatch.setattr(gaps, "_STRIP", rows)
            found.append(
                like_area(
                    lambda part: picture.copy(part.x, part.y, part.width, part.height),
                    canvas,
                    at,
                    Likeness(10, gap_px=gap_px),
                ).read(canvas)
            )
        assert np.array_equal(*found)
