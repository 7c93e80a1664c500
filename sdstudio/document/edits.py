"""Commands that change pixels: they keep the tiles from before and after, and swap them.

Must not know how the pixels came to be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtGui import QImage

from sdstudio.document.layers import PaintLayer
from sdstudio.raster.geometry import EMPTY, Bounds
from sdstudio.raster.pixels import Pixels
from sdstudio.raster.tiles import TILE, Mask, Surface, TileKey, tile_bounds

if TYPE_CHECKING:
    from sdstudio.document.document import Document
    from sdstudio.document.history import Command


def paint_layer(document: Document, layer_id: str) -> PaintLayer:
    """The layer with pixels. Raises KeyError when there is none of that name, TypeError when it is a group."""
    layer = document.layer(layer_id)
    if not isinstance(layer, PaintLayer):
        raise TypeError(f"layer {layer_id} has no pixels")
    return layer


class EditTiles:
    """The pixels of some tiles of one layer, before and after."""

    def __init__(
        self,
        layer_id: str,
        before: dict[TileKey, QImage | None],
        after: dict[TileKey, QImage | None],
        label: str,
    ) -> None:
        """`before` and `after` have the same keys; None is an empty tile."""
        self.label = label
        self._layer_id = layer_id
        self._before = before
        self._after = after

    @staticmethod
    def between(layer_id: str, before: Surface, after: Surface, label: str) -> EditTiles | None:
        """The step from one state of a layer to another; None when no pixel differs. Both are snapshots."""
        changed = {key for key in before.keys() | after.keys() if _differ(before.tile(key), after.tile(key))}
        if not changed:
            return None
        return EditTiles(
            layer_id, {key: before.tile(key) for key in changed}, {key: after.tile(key) for key in changed}, label
        )

    @property
    def area(self) -> Bounds:
        return _area(self._before)

    def apply(self, document: Document) -> None:
        self._put(document, self._after)

    def revert(self, document: Document) -> None:
        self._put(document, self._before)

    @property
    def nbytes(self) -> int:
        return sum(TILE * TILE * 4 for tiles in (self._before, self._after) for tile in tiles.values() if tile)

    def merge(self, following: Command) -> bool:
        return False

    def _put(self, document: Document, tiles: dict[TileKey, QImage | None]) -> None:
        surface = paint_layer(document, self._layer_id).surface
        for key, tile in tiles.items():
            surface.replace(key, tile)
        document.pixels_changed.emit(self._layer_id, self.area)


class EditSelection:
    """Another selection. Keeps only the tiles that differ."""

    def __init__(self, new: Mask, label: str = "Select") -> None:
        """`new` is taken as it is now; writing to it later changes nothing here."""
        self.label = label
        self._new: Mask | None = new.snapshot()
        self._before: dict[TileKey, Pixels | None] = {}
        self._after: dict[TileKey, Pixels | None] = {}

    @staticmethod
    def between(before: Mask, after: Mask, label: str) -> EditSelection | None:
        """A change that has already happened; None when nothing differs. Both are snapshots."""
        edit = EditSelection(after, label)
        edit._compare(before)
        return edit if edit._before else None

    def apply(self, document: Document) -> None:
        if self._new is not None:
            self._compare(document.selection.snapshot())
        self._put(document, self._after)

    def revert(self, document: Document) -> None:
        self._put(document, self._before)

    @property
    def nbytes(self) -> int:
        return sum(TILE * TILE for tiles in (self._before, self._after) for tile in tiles.values() if tile is not None)

    def merge(self, following: Command) -> bool:
        return False

    def _compare(self, before: Mask) -> None:
        after, self._new = self._new, None
        assert after is not None
        for key in before.keys() | after.keys():
            old, new = before.tile(key), after.tile(key)
            if _differ_coverage(old, new):
                self._before[key] = old
                self._after[key] = new if new is not None and new.any() else None

    def _put(self, document: Document, tiles: dict[TileKey, Pixels | None]) -> None:
        for key, tile in tiles.items():
            document.selection.replace(key, tile)
        document.selection_changed.emit(_area(tiles))


def _area(tiles: dict[TileKey, QImage | None] | dict[TileKey, Pixels | None]) -> Bounds:
    area = EMPTY
    for key in tiles:
        area = area.united(tile_bounds(key))
    return area


def _differ(old: QImage | None, new: QImage | None) -> bool:
    if old is new:
        return False
    return (old or _NOTHING) != (new or _NOTHING)


def _differ_coverage(old: Pixels | None, new: Pixels | None) -> bool:
    if old is new:
        return False
    if old is None or new is None:
        tile = old if old is not None else new
        return tile is not None and bool(tile.any())
    return not np.array_equal(old, new)


_NOTHING = Surface().editable((0, 0))
