from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtGui import QColor

from sdstudio.raster.geometry import Bounds, Extent, Point
from sdstudio.raster.pixels import Pixels, filled, over, view
from sdstudio.raster.tiles import Mask, Surface
from sdstudio.raster.transform import Transform
from sdstudio.raster.warp import Filter, quickly_warped, warped

LIMITS = Bounds(-3000, -3000, 6000, 6000)
exact = st.builds(
    lambda turns, flip, dx, dy: (
        Transform.rotate(90 * turns).then(Transform.scale(-1 if flip else 1, 1)).then(Transform.move(dx, dy))
    ),
    st.integers(0, 3),
    st.booleans(),
    st.integers(-300, 300),
    st.integers(-300, 300),
)


def noise(width: int = 300, height: int = 180, at: Point = Point(-30, 200), seed: int = 1) -> Surface:  # noqa: B008
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 4), dtype=np.uint8)
    pixels[:, :, :3] = np.minimum(pixels[:, :, :3], pixels[:, :, 3:])
    return Surface.from_image(over(pixels).copy(), at)


def smooth(side: int = 256) -> Surface:
    y, x = np.mgrid[0:side, 0:side] / side
    wave = (127.5 + 127.5 * np.sin(6 * x) * np.cos(5 * y)).astype(np.uint8)
    alpha = np.full_like(wave, 255)
    return Surface.from_image(over(np.dstack((wave, wave[::-1], wave.T, alpha)).copy()).copy())


def pixels_of(tiles: Surface | Mask, area: Bounds) -> Pixels:
    read = tiles.read(area)
    return read if isinstance(read, np.ndarray) else view(read)


def same(first: Surface | Mask, second: Surface | Mask) -> bool:
    area = first.content_bounds().united(second.content_bounds())
    return bool((pixels_of(first, area) == pixels_of(second, area)).all())


@settings(max_examples=25, deadline=None)
@given(exact, st.sampled_from(list(Filter)))
def test_exact_transforms_lose_nothing_and_go_back(transform: Transform, kind: Filter) -> None:
    surface = noise()
    there = warped(surface, transform, kind, LIMITS)
    assert there.content_bounds() == transform.bounds(surface.content_bounds())
    assert same(warped(there, transform.inverse, kind, LIMITS), surface)


def test_a_quarter_turn_puts_each_pixel_where_it_belongs() -> None:
    surface = Surface()
    surface.write(Bounds(10, 20, 1, 1), filled(1, 1, QColor("red")))
    turned = warped(surface, Transform.rotate(90, Point(0, 0)), Filter.SMOOTH, LIMITS)
    assert turned.content_bounds() == Bounds(-21, 10, 1, 1)
    assert turned.read(turned.content_bounds()).pixelColor(0, 0) == QColor("red")


@pytest.mark.parametrize("angle", [90, 180, 270])
def test_masks_turn_as_surfaces_do(angle: int) -> None:
    mask, turn = Mask(), Transform.rotate(angle, Point(100, 50))
    mask.write(Bounds(3, 5, 40, 20), pixels_of(noise(), Bounds(0, 210, 40, 20))[:, :, 3])
    turned = warped(mask, turn, Filter.SMOOTH, LIMITS)
    assert same(warped(turned, turn.inverse, Filter.SMOOTH, LIMITS), mask)
    assert turned.content_bounds() == turn.bounds(mask.content_bounds())


@pytest.mark.parametrize("scale", [0.25, 0.5, 1.5, 2, 3])
@pytest.mark.parametrize("kind", list(Filter))
def test_a_full_rectangle_stays_full_to_its_edges(kind: Filter, scale: float) -> None:
    surface = Surface.from_image(filled(320, 160, QColor(10, 200, 30)))
    grown = warped(surface, Transform.scale(scale, scale), kind, LIMITS)
    area = Bounds(0, 0, round(320 * scale), round(160 * scale))
    assert grown.content_bounds() == area
    assert (pixels_of(grown, area) == (30, 200, 10, 255)).all()


def test_edges_between_pixels_are_smooth() -> None:
    surface = Surface.from_image(filled(100, 100, QColor("white")))
    alpha = pixels_of(warped(surface, Transform.move(0.25, 0), Filter.SMOOTH, LIMITS), Bounds(0, 0, 102, 3))[1, :, 3]
    assert alpha[0] == pytest.approx(191, abs=3)
    assert (alpha[1:100] == 255).all()
    assert alpha[100] == pytest.approx(64, abs=3)
    assert alpha[101] == 0


@settings(max_examples=20, deadline=None)
@given(st.floats(1, 359), st.floats(0.3, 2.5), st.floats(-0.5, 0.5), st.sampled_from(list(Filter)))
def test_colour_never_exceeds_alpha_and_no_fringe_appears(
    angle: float, scale: float, slant: float, kind: Filter
) -> None:
    surface = Surface.from_image(filled(90, 60, QColor(255, 0, 0)), Point(40, 30))
    transform = Transform.rotate(angle).then(Transform.scale(scale, 1)).then(Transform.slant(slant, 0))
    there = warped(surface, transform, kind, LIMITS)
    pixels = pixels_of(there, there.content_bounds())
    assert (pixels[:, :, :3].max(axis=2) <= pixels[:, :, 3]).all()
    assert (pixels[:, :, :2] == 0).all()
    assert (pixels[:, :, 2] == pixels[:, :, 3]).all()
    assert pixels[:, :, 3].max() == 255


@settings(max_examples=12, deadline=None)
@given(st.floats(1, 89), st.floats(0.2, 3))
def test_the_amount_of_paint_follows_the_area(angle: float, scale: float) -> None:
    surface = Surface.from_image(filled(200, 120, QColor("white")))
    transform = Transform.rotate(angle).then(Transform.scale(scale, scale))
    there = warped(surface, transform, Filter.SMOOTH, LIMITS)
    alpha = pixels_of(there, there.content_bounds())[:, :, 3]
    assert alpha.sum(dtype=float) / 255 == pytest.approx(200 * 120 * scale * scale, rel=0.01)


@pytest.mark.parametrize("transform", [Transform.rotate(17, Point(128, 128)), Transform.scale(1.7, 1.3)])
def test_there_and_back_stays_close(transform: Transform) -> None:
    surface, inside = smooth(), Bounds(20, 20, 216, 216)
    back = warped(warped(surface, transform, Filter.SMOOTH, LIMITS), transform.inverse, Filter.SMOOTH, LIMITS)
    difference = pixels_of(back, inside).astype(int) - pixels_of(surface, inside)
    assert np.abs(difference).max() <= 4


def test_fine_lines_become_grey_when_they_shrink() -> None:
    stripes = np.zeros((256, 256, 4), np.uint8)
    stripes[:, ::2] = 255
    stripes[:, :, 3] = 255
    small = warped(Surface.from_image(over(stripes).copy()), Transform.scale(0.1, 0.13), Filter.SMOOTH, LIMITS)
    assert np.abs(pixels_of(small, Bounds(1, 1, 23, 30))[:, :, 0].astype(int) - 127).max() <= 8


def test_perspective_takes_the_corners_where_they_belong() -> None:
    surface = Surface.from_image(filled(200, 200, QColor("blue")))
    target = [Point(50, 20), Point(150, 20), Point(300, 280), Point(-100, 280)]
    source = [Point(0, 0), Point(200, 0), Point(200, 200), Point(0, 200)]
    there = warped(surface, Transform.between(source, target), Filter.SMOOTH, LIMITS)
    assert there.content_bounds() == Bounds(-100, 20, 400, 260)
    image = there.read(Bounds(-100, 0, 400, 300))
    assert image.pixelColor(200, 150) == QColor("blue")
    assert image.pixelColor(50, 30).alpha() == 0


def test_what_has_no_picture_is_refused() -> None:
    surface = Surface.from_image(filled(200, 200, QColor("blue")))
    for impossible in (Transform.scale(0, 1), Transform((1, 0, 0, 0, 1, 0, -0.01, 0, 1))):
        with pytest.raises(ValueError, match="no picture"):
            warped(surface, impossible, Filter.SMOOTH, LIMITS)


def test_the_limits_cut_what_would_not_fit() -> None:
    surface, limits = Surface.from_image(filled(100, 100, QColor("blue"))), Bounds(0, 0, 300, 270)
    assert warped(surface, Transform.scale(100, 100), Filter.SMOOTH, limits).content_bounds() == limits


def test_a_mask_that_shows_everything_outside_keeps_doing_so() -> None:
    mask = Mask(outside=255)
    mask.write(Bounds(10, 10, 40, 40), np.zeros((40, 40), np.uint8))
    grown = warped(mask, Transform.scale(3, 3), Filter.SMOOTH, LIMITS)
    assert grown.outside == 255
    assert grown.content_bounds() == Bounds(30, 30, 120, 120)
    assert grown.read(Bounds(60, 60, 1, 1))[0, 0] == 0
    small = warped(mask, Transform.scale(0.25, 0.25), Filter.SMOOTH, LIMITS).read(Bounds(0, 0, 20, 20))
    assert small[6, 6] == 0
    assert small[0, 0] == small[15, 15] == 255


def test_a_quick_look_is_near_the_real_thing() -> None:
    surface, transform = smooth(), Transform.rotate(20, Point(128, 128)).then(Transform.scale(1.5, 1.5))
    quick = quickly_warped(view(surface.read(Bounds(0, 0, 256, 256))), transform, Extent(300, 300))
    good = warped(surface, transform, Filter.SMOOTH, LIMITS).read(Bounds.of(Extent(300, 300)))
    inside = (slice(120, 200), slice(120, 200))
    assert np.abs(quick[inside].astype(int) - view(good)[inside]).max() <= 6


def test_tiles_of_one_colour_turn_at_once_and_stay_apart_afterwards() -> None:
    surface = Surface()
    whole = filled(256, 256, QColor("red"))
    for column in range(4):
        surface.replace((column, 0), whole)
    turned = warped(surface, Transform.rotate(90), Filter.SMOOTH, LIMITS)
    assert turned.content_bounds() == Bounds(-256, 0, 256, 1024)
    turned.write(Bounds(-256, 0, 1, 1), filled(1, 1, QColor("blue")))
    assert turned.read(Bounds(-256, 256, 1, 1)).pixelColor(0, 0) == QColor("red")
    assert surface.read(Bounds(0, 0, 1, 1)).pixelColor(0, 0) == QColor("red")
