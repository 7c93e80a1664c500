from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from sdstudio.raster.geometry import Bounds, Extent
from sdstudio.raster.pixels import over, view
from sdstudio.raster.tiles import Surface
from sdstudio.ui.canvas.pyramid import Pyramid
from sdstudio.ui.canvas.sheet import Sheet

EXTENT = Extent(2400, 1900)
LARGE = Bounds(300, 200, 1100, 900)


class Source:
    """A picture that can be written to, with its pyramid and the sheet above it."""

    def __init__(self) -> None:
        random = np.random.default_rng(7)
        self.pixels = random.integers(0, 256, (EXTENT.height, EXTENT.width, 4), dtype=np.uint8)
        self.pixels[:, :, 3] = 255
        self.reads = 0
        self.pyramid: Pyramid[QImage] = Pyramid(self._read, EXTENT, Surface)
        self.sheet = Sheet(self.pyramid, EXTENT)

    def _read(self, area: Bounds) -> QImage:
        self.reads += area.width * area.height
        return over(np.ascontiguousarray(self.pixels[area.y : area.bottom, area.x : area.right])).copy()

    def write(self, area: Bounds, value: int, alpha: int = 255) -> None:
        self.pixels[area.y : area.bottom, area.x : area.right] = (value, value, value, alpha)
        self.pyramid.forget(area)
        self.sheet.forget(area)

    def is_true(self, area: Bounds, level: int) -> bool:
        image, place, _ = self.sheet.cover(area, level)
        assert place.contains(area)
        shown = view(image)[area.y - place.y :, area.x - place.x :][: area.height, : area.width, :3]
        return bool((shown == view(self.pyramid.image(area, level))[:, :, :3]).all())


@pytest.fixture
def source(qapp: QApplication) -> Source:
    return Source()


@pytest.mark.parametrize("level", [0, 1, 2])
def test_it_shows_what_the_pyramid_shows_through_moves_and_changes(source: Source, level: int) -> None:
    random = np.random.default_rng(level)
    whole = Bounds(0, 0, EXTENT.width >> level, EXTENT.height >> level)
    for step in range(12):
        x, y = int(random.integers(0, 900 >> level)), int(random.integers(0, 700 >> level))
        area = Bounds(x, y, 1400 >> level, 1100 >> level).intersected(whole)
        assert source.is_true(area, level)
        at = Bounds(int(random.integers(0, 2300)), int(random.integers(0, 1800)), 90, 70)
        source.write(at, 20 * step)
        assert source.is_true(area, level)


def test_a_frame_like_the_last_one_reads_nothing(source: Source) -> None:
    source.sheet.cover(LARGE, 0)
    before = source.reads
    source.sheet.cover(Bounds(280, 220, 1120, 930), 0)  # a little farther, within the margin
    source.sheet.cover(Bounds(400, 300, 600, 500), 0)
    assert source.reads - before < 300_000
    source.reads = 0
    source.sheet.cover(LARGE, 0)
    assert source.reads == 0


def test_only_what_changed_is_read_again(source: Source) -> None:
    source.sheet.cover(LARGE, 0)
    source.reads = 0
    source.write(Bounds(500, 400, 30, 30), 0)
    source.sheet.cover(LARGE, 0)
    assert source.reads == 900


def test_it_says_whether_everything_is_opaque(source: Source) -> None:
    assert source.sheet.cover(LARGE, 0)[2]
    source.write(Bounds(600, 500, 5, 5), 0, alpha=0)
    image, place, is_opaque = source.sheet.cover(LARGE, 0)
    assert not is_opaque
    assert image.pixelColor(602 - place.x, 502 - place.y).alpha() == 0


def test_small_areas_are_not_worth_a_sheet(source: Source) -> None:
    area = Bounds(10, 20, 100, 50)
    _, place, _ = source.sheet.cover(area, 0)
    assert place == area
