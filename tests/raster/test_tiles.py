from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QColor

from sdstudio.raster.geometry import EMPTY, Bounds, Point
from sdstudio.raster.pixels import edit, filled, over, view
from sdstudio.raster.tiles import TILE, Mask, Surface, keys_over

areas = st.builds(Bounds, st.integers(-600, 600), st.integers(-600, 600), st.integers(1, 400), st.integers(1, 400))


def noise(area: Bounds, channels: int, seed: int = 0) -> np.ndarray:
    shape = (area.height, area.width, channels) if channels > 1 else (area.height, area.width)
    return np.random.default_rng(seed).integers(1, 255, shape, np.uint8)


def noisy_surface(area: Bounds) -> Surface:
    surface = Surface()
    pixels = noise(area, 4)
    pixels[:, :, 3] = 255
    surface.write(area, over(pixels))
    return surface


def test_keys_over_lists_every_touched_tile_once():
    assert list(keys_over(Bounds(-1, 255, 2, 2))) == [(-1, 0), (0, 0), (-1, 1), (0, 1)]
    assert list(keys_over(EMPTY)) == []


@given(areas, areas)
def test_surface_reads_what_was_written_and_transparency_around_it(written: Bounds, read: Bounds):
    pixels = noise(written, 4)
    pixels[:, :, 3] = 255
    surface = Surface()
    surface.write(written, over(pixels))
    expected = np.zeros((read.height, read.width, 4), np.uint8)
    part = written.intersected(read)
    expected[part.y - read.y : part.bottom - read.y, part.x - read.x : part.right - read.x] = pixels[
        part.y - written.y : part.bottom - written.y, part.x - written.x : part.right - written.x
    ]
    assert np.array_equal(view(surface.read(read)), expected)


@given(areas, areas)
def test_a_surface_hides_what_its_opaque_pixels_cover(written: Bounds, area: Bounds):
    surface = Surface.from_image(filled(written.width, written.height, QColor("red")), Point(written.x, written.y))
    assert surface.hides(area) == written.contains(area)


def test_what_a_surface_hides_follows_every_change():
    place = Bounds(0, 0, TILE, TILE)
    surface = Surface.from_image(filled(TILE, TILE, QColor("red")))
    assert surface.hides(place)
    kept = surface.snapshot()
    view_before = surface.translated(TILE, 0)
    edit(surface.editable((0, 0)))[7, 9] = 0
    assert not surface.hides(place)
    assert kept.hides(place)
    assert view_before.hides(place.translated(TILE, 0))
    assert not view_before.hides(place)
    surface.replace((0, 0), filled(TILE, TILE, QColor("blue")))
    assert surface.hides(place)
    surface.replace((0, 0), None)
    assert not surface.hides(place)


@given(areas, areas)
def test_mask_reads_what_was_written_and_zero_around_it(written: Bounds, read: Bounds):
    mask = Mask()
    mask.write(written, noise(written, 1))
    expected = np.zeros((read.height, read.width), np.uint8)
    part = written.intersected(read)
    expected[part.y - read.y : part.bottom - read.y, part.x - read.x : part.right - read.x] = noise(written, 1)[
        part.y - written.y : part.bottom - written.y, part.x - written.x : part.right - written.x
    ]
    assert np.array_equal(mask.read(read), expected)


@given(areas)
def test_content_bounds_are_tight(area: Bounds):
    mask = Mask()
    mask.write(area, noise(area, 1))
    assert mask.content_bounds() == area
    assert noisy_surface(area).content_bounds() == area
    assert mask.bounds().contains(area)


def test_empty_ones_have_empty_bounds():
    assert Surface().bounds() == Surface().content_bounds() == EMPTY
    assert Mask().is_empty


def test_a_mask_that_holds_only_zeros_is_empty():
    mask = Mask()
    mask.write(Bounds(0, 0, 300, 300), np.zeros((300, 300), np.uint8))
    assert mask.is_empty
    mask.drop_empty()
    assert mask.keys() == set()


def test_painting_after_a_snapshot_leaves_the_snapshot_alone():
    surface = noisy_surface(Bounds(0, 0, 300, 300))
    whole = surface.bounds()
    before = view(surface.read(whole))
    snapshot = surface.snapshot()
    edit(surface.editable((0, 0)))[...] = 0
    edit(snapshot.editable((1, 1)))[...] = 9
    assert np.array_equal(view(snapshot.read(whole))[:TILE], before[:TILE])
    assert np.array_equal(view(surface.read(whole))[TILE:], before[TILE:])
    assert not view(surface.read(Bounds(0, 0, TILE, TILE))).any()


def test_a_snapshot_shares_tiles_until_one_side_writes():
    surface = noisy_surface(Bounds(0, 0, 300, 300))
    snapshot = surface.snapshot()
    assert snapshot.tile((0, 0)) is surface.tile((0, 0))
    surface.editable((0, 0))
    assert snapshot.tile((0, 0)) is not surface.tile((0, 0))
    assert snapshot.tile((1, 0)) is surface.tile((1, 0))


def test_mask_snapshot_is_independent():
    mask = Mask()
    mask.write(Bounds(0, 0, 10, 10), np.full((10, 10), 200, np.uint8))
    snapshot = mask.snapshot()
    mask.editable((0, 0))[...] = 0
    assert mask.is_empty
    assert snapshot.content_bounds() == Bounds(0, 0, 10, 10)


def test_a_tile_that_was_put_in_is_copied_before_it_is_written():
    tile = filled(TILE, TILE, QColor("red"))
    surface = Surface()
    surface.replace((0, 0), tile)
    edit(surface.editable((0, 0)))[...] = 0
    assert tile.pixelColor(0, 0) == QColor("red")


@pytest.mark.parametrize(("dx", "dy"), [(0, 0), (256, -512), (1, 0), (-300, 77), (255, 257)])
def test_translated_moves_every_pixel_and_comes_back(dx: int, dy: int):
    area = Bounds(-20, 30, 300, 280)
    surface = noisy_surface(area)
    mask = Mask()
    mask.write(area, noise(area, 1))
    moved, moved_mask = surface.translated(dx, dy), mask.translated(dx, dy)
    assert moved.content_bounds() == area.translated(dx, dy)
    assert view(moved.read(area.translated(dx, dy))).tolist() == view(surface.read(area)).tolist()
    assert np.array_equal(moved_mask.read(area.translated(dx, dy)), mask.read(area))
    assert np.array_equal(moved_mask.translated(-dx, -dy).read(area), mask.read(area))


def test_writing_to_a_translated_surface_leaves_the_original_alone():
    surface = noisy_surface(Bounds(0, 0, 100, 100))
    moved = surface.translated(256, 0)
    edit(moved.editable((1, 0)))[...] = 0
    assert surface.content_bounds() == Bounds(0, 0, 100, 100)
    edit(surface.editable((0, 0)))[...] = 0
    assert moved.is_empty


def test_from_image_puts_the_picture_at_its_place():
    surface = Surface.from_image(filled(10, 5, QColor("blue")), Point(-3.4, 250.0))
    assert surface.content_bounds() == Bounds(-3, 250, 10, 5)


def test_nbytes_counts_tiles():
    surface = noisy_surface(Bounds(0, 0, 257, 1))
    assert surface.nbytes == 2 * TILE * TILE * 4
