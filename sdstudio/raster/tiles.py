"""Sparse pixels in tiles of 256 x 256 that are copied only when they are written.

`Surface` holds colour (premultiplied QImage), `Mask` holds coverage (numpy uint8). A tile that is absent is
transparent, or has the mask's value outside, which is mostly 0. Tiles may lie anywhere, also left of and above the
origin. Must not know layers or documents.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Generic, Self, TypeVar

import numpy as np
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QImage, QPainter

from sdstudio.raster.contents import content_of, rectangle_of
from sdstudio.raster.geometry import EMPTY, Bounds, Point
from sdstudio.raster.pixels import Pixels, allocated, blank, opaque_pixels, premultiplied, view

TILE = 256
TileKey = tuple[int, int]
"""(column, row) of a tile; may be negative."""

T = TypeVar("T")


def keys_over(area: Bounds) -> Iterator[TileKey]:
    """The tiles that `area` touches, row by row."""
    if area.is_empty:
        return
    for row in range(area.y // TILE, (area.bottom - 1) // TILE + 1):
        for column in range(area.x // TILE, (area.right - 1) // TILE + 1):
            yield column, row


def tile_bounds(key: TileKey) -> Bounds:
    """Where a tile lies, in document pixels."""
    return Bounds(key[0] * TILE, key[1] * TILE, TILE, TILE)


class TileStore(Generic[T]):
    """What Surface and Mask share: a dictionary of tiles, some of them shared with other owners."""

    _TILE_BYTES: int

    def __init__(self) -> None:
        self._tiles: dict[TileKey, T] = {}
        self._own: set[TileKey] = set()  # tiles that nobody else can see, so they may be written in place

    def tile(self, key: TileKey) -> T | None:
        """The tile, to be read only and not kept (take a snapshot to keep it); None when it is empty."""
        return self._tiles.get(key)

    def keys(self) -> set[TileKey]:
        return set(self._tiles)

    def __iter__(self) -> Iterator[TileKey]:
        """The keys as they are now; tiles may be changed meanwhile."""
        return iter(tuple(self._tiles))

    def bounds(self) -> Bounds:
        """The rectangle that holds all tiles, in document pixels."""
        if not self._tiles:
            return EMPTY
        columns, rows = zip(*self._tiles, strict=True)
        first = tile_bounds((min(columns), min(rows)))
        return first.united(tile_bounds((max(columns), max(rows))))

    def content_bounds(self) -> Bounds:
        """The smallest rectangle that holds every pixel with alpha (or coverage) above 0."""
        content = EMPTY
        for key, tile in self._tiles.items():
            if not content.contains(tile_bounds(key)):
                content = content.united(content_of(self._coverage(tile)).translated(key[0] * TILE, key[1] * TILE))
        return content

    def replace(self, key: TileKey, tile: T | None) -> None:
        """Put a whole tile in place; None makes it empty. The tile is shared: it is copied before it is written."""
        self._own.discard(key)
        if tile is None:
            self._tiles.pop(key, None)
        else:
            self._tiles[key] = tile

    def editable(self, key: TileKey) -> T:
        """The tile, made if it was absent and copied if it was shared; write to it at once and do not keep it."""
        if key not in self._own:
            tile = self._tiles.get(key)
            self._tiles[key] = self._blank() if tile is None else self._copy(tile)
            self._own.add(key)
        return self._tiles[key]

    def copy_of(self, key: TileKey) -> T:
        """A tile that looks like the one at `key`, to be written to and put in place by `replace`."""
        tile = self._tiles.get(key)
        return self._blank() if tile is None else self._copy(tile)

    def holds_nothing(self, tile: T) -> bool:
        """Whether a tile looks like an absent one."""
        return not self._coverage(tile).any()

    def snapshot(self) -> Self:
        """The same pixels for another owner; tiles are shared until one side writes."""
        other = type(self)()
        other._tiles = dict(self._tiles)
        self._own.clear()
        return other

    def is_shared_with(self, other: Self) -> bool:
        """Whether `other` holds the very same tiles: one is a snapshot of the other, and neither was written to."""
        tiles = other._tiles
        return len(self._tiles) == len(tiles) and all(tiles.get(key) is tile for key, tile in self._tiles.items())

    def drop_empty(self, among: Iterable[TileKey] | None = None) -> None:
        """Forget tiles that hold nothing: those of `among`, or all."""
        for key in self if among is None else among:
            tile = self._tiles.get(key)
            if tile is not None and self.holds_nothing(tile):
                self.replace(key, None)

    @property
    def is_empty(self) -> bool:
        """Whether no pixel has alpha (or coverage) above 0."""
        return not any(self._coverage(tile).any() for tile in self._tiles.values())

    @property
    def nbytes(self) -> int:
        """Memory of the tiles in bytes; tiles shared with a snapshot are counted on both sides."""
        return len(self._tiles) * self._TILE_BYTES

    def _blank(self) -> T:
        raise NotImplementedError

    def _copy(self, tile: T) -> T:
        raise NotImplementedError

    def _coverage(self, tile: T) -> Pixels:
        """Alpha or coverage as (256, 256) uint8."""
        raise NotImplementedError


class Surface(TileStore[QImage]):
    """Premultiplied ARGB32 pixels; absent tiles are transparent."""

    _TILE_BYTES = TILE * TILE * 4

    def __init__(self) -> None:
        super().__init__()
        self._opaque: dict[TileKey, Bounds] = {}  # what `hides` has found out

    def hides(self, area: Bounds) -> bool:
        """Whether nothing below can be seen through in `area`. A tile is looked at once after each change.

        May be False for a tile that is opaque in part, unless that part is a rectangle, as at the edge of a picture.
        """
        return all(self._opaque_part(key).contains(area.intersected(tile_bounds(key))) for key in keys_over(area))

    def _opaque_part(self, key: TileKey) -> Bounds:
        tile = self._tiles.get(key)
        if tile is None:
            return EMPTY
        part = self._opaque.get(key)
        if part is None:
            part = self._opaque[key] = rectangle_of(opaque_pixels(tile)).translated(key[0] * TILE, key[1] * TILE)
        return part

    def replace(self, key: TileKey, tile: QImage | None) -> None:
        self._opaque.pop(key, None)
        super().replace(key, tile)

    def editable(self, key: TileKey) -> QImage:
        self._opaque.pop(key, None)
        return super().editable(key)

    def snapshot(self) -> Self:
        other = super().snapshot()
        other._opaque = dict(self._opaque)
        return other

    @staticmethod
    def from_image(image: QImage, at: Point = Point(0, 0)) -> Surface:  # noqa: B008 - Point is frozen
        """`image` with its top left corner at `at`, rounded to whole pixels."""
        surface = Surface()
        surface.write(Bounds(round(at.x), round(at.y), image.width(), image.height()), image)
        surface.drop_empty()
        return surface

    def read(self, area: Bounds) -> QImage:
        """A copy of the pixels in `area`."""
        image = blank(area.width, area.height)
        painter = QPainter(image)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
        for key in keys_over(area):
            tile = self._tiles.get(key)
            if tile is not None:
                painter.drawImage(key[0] * TILE - area.x, key[1] * TILE - area.y, tile)
        painter.end()
        return image

    def write(self, area: Bounds, image: QImage) -> None:
        """Replace the pixels in `area` by `image`, which has the size of `area`."""
        image = premultiplied(image)
        for key in keys_over(area):
            place = tile_bounds(key)
            part = area.intersected(place)
            source = QRect(part.x - area.x, part.y - area.y, part.width, part.height)
            tile = self.editable(key)
            painter = QPainter(tile)
            allocated(tile)  # a painter on what is shared makes a copy first
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
            painter.drawImage(QPoint(part.x - place.x, part.y - place.y), image, source)
            painter.end()

    def translated(self, dx: int, dy: int, tell: Callable[[float], None] = lambda _share: None) -> Surface:
        """The same pixels, moved by whole pixels. `tell` hears how far it is, 0..1, and may raise to stop."""
        moved = Surface()
        for index, ((column, row), tile) in enumerate(self._tiles.items()):
            tell(index / len(self._tiles))
            if dx % TILE == 0 and dy % TILE == 0:
                moved._tiles[column + dx // TILE, row + dy // TILE] = tile
            else:
                moved.write(tile_bounds((column, row)).translated(dx, dy), tile)
        if dx % TILE == 0 and dy % TILE == 0:
            self._own.clear()
        else:
            moved.drop_empty()
        return moved

    def _blank(self) -> QImage:
        return blank(TILE, TILE)

    def _copy(self, tile: QImage) -> QImage:
        return allocated(tile.copy())

    def _coverage(self, tile: QImage) -> Pixels:
        return view(tile)[:, :, 3]


class Mask(TileStore[Pixels]):
    """Coverage from 0 to 255; absent tiles are `outside`, 0 or 255. Where it differs from that is its content."""

    _TILE_BYTES = TILE * TILE

    def __init__(self, outside: int = 0) -> None:
        super().__init__()
        self.outside = outside

    def snapshot(self) -> Self:
        other = super().snapshot()
        other.outside = self.outside
        return other

    def read(self, area: Bounds) -> Pixels:
        """A copy of the coverage in `area`: (h, w) uint8."""
        out = np.full((max(0, area.height), max(0, area.width)), self.outside, np.uint8)
        for key in keys_over(area):
            tile = self._tiles.get(key)
            if tile is not None:
                inside, outside = overlap(area, key)
                out[outside] = tile[inside]
        return out

    def write(self, area: Bounds, coverage: Pixels) -> None:
        """Replace the coverage in `area` by `coverage`: (h, w) uint8 of the size of `area`."""
        for key in keys_over(area):
            inside, outside = overlap(area, key)
            self.editable(key)[inside] = coverage[outside]

    def translated(self, dx: int, dy: int) -> Mask:
        """The same coverage, moved by whole pixels."""
        moved = Mask(self.outside)
        for key, tile in self._tiles.items():
            place = tile_bounds(key).translated(dx, dy)
            for target in keys_over(place):
                inside, outside = overlap(place, target)
                moved.editable(target)[inside] = tile[outside]
        moved.drop_empty()
        return moved

    def _blank(self) -> Pixels:
        return np.full((TILE, TILE), self.outside, np.uint8)

    def _copy(self, tile: Pixels) -> Pixels:
        return tile.copy()

    def _coverage(self, tile: Pixels) -> Pixels:
        return tile if self.outside == 0 else self.outside - tile


def overlap(area: Bounds, key: TileKey) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Where `area` and a tile meet, as (rows, columns) of the tile and of the area."""
    place = tile_bounds(key)
    part = area.intersected(place)
    return _slices(part, place), _slices(part, area)


def _slices(part: Bounds, whole: Bounds) -> tuple[slice, slice]:
    left, top = part.x - whole.x, part.y - whole.y
    return slice(top, top + part.height), slice(left, left + part.width)
