from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QColor, QImage

from sdstudio.document.tile_cache import TileCache
from sdstudio.raster.geometry import EMPTY, Bounds
from sdstudio.raster.pixels import filled

LIMITS = Bounds(0, 0, 600, 500)


class Maker:
    """Makes one colour and remembers what for."""

    def __init__(self) -> None:
        self.color = "red"
        self.parts: list[Bounds] = []

    def __call__(self, parts: Sequence[Bounds]) -> list[QImage]:
        self.parts += parts
        return [filled(part.width, part.height, QColor(self.color)) for part in parts]

    @property
    def pixels(self) -> int:
        return sum(part.extent.area for part in self.parts)


def test_every_place_is_made_once_in_parts_no_larger_than_a_tile():
    cache, maker = TileCache(LIMITS), Maker()
    for _ in range(2):
        assert cache.read(LIMITS, maker) == filled(600, 500, QColor("red"))
    assert maker.pixels == LIMITS.extent.area
    assert max(max(part.width, part.height) for part in maker.parts) <= 256


def test_what_is_forgotten_is_made_again_and_nothing_else():
    cache, maker = TileCache(LIMITS), Maker()
    cache.read(LIMITS, maker)
    maker.parts.clear()
    maker.color = "blue"
    cache.forget(Bounds(250, 10, 20, 30))
    image = cache.read(LIMITS, maker)
    assert maker.pixels == 20 * 30
    assert image.pixelColor(260, 20) == QColor("blue")
    assert image.pixelColor(270, 20) == QColor("red")


def test_outside_of_the_limits_nothing_is_made():
    cache, maker = TileCache(LIMITS), Maker()
    cache.forget(Bounds(-100, -100, 50, 50))
    assert cache.read(Bounds(-100, -100, 100, 100), maker).pixelColor(99, 99).alpha() == 0
    assert maker.parts == []
    assert cache.read(EMPTY, maker).isNull()
