"""Putting one colour on a layer through a coverage: shared by strokes, fills and clearing.

Must not know where the coverage comes from.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QColor, QImage, QPainter

from sdstudio.raster.geometry import Bounds
from sdstudio.raster.pixels import Pixels, color_table, over
from sdstudio.raster.tiles import Mask, Surface, TileKey, tile_bounds

_Composition = QPainter.CompositionMode


class Ink(Protocol):
    """What a stroke puts on a layer."""

    def put(self, original: QImage | None, key: TileKey, part: Bounds, coverage: Pixels) -> None:
        """Set `part` of a tile to `original` with the ink on it, by `coverage`: (h, w) of the size of `part`."""


class Paint:
    """One colour for one surface, inside a selection as it is now. Without a colour it erases."""

    def __init__(self, surface: Surface, selection: Mask, color: QColor | None, *, keep_alpha: bool = False) -> None:
        """An empty `selection` limits nothing. `keep_alpha` paints only where there is something already."""
        self._surface = surface
        self._selection = None if selection.is_empty else selection.snapshot()
        self._table = color_table(QColor("black") if color is None else color)
        self._mode = _Composition.CompositionMode_SourceOver
        if color is None:
            self._mode = _Composition.CompositionMode_DestinationOut
        elif keep_alpha:
            self._mode = _Composition.CompositionMode_SourceAtop

    def put(self, original: QImage | None, key: TileKey, part: Bounds, coverage: Pixels) -> None:
        """Set `part` of a tile to `original` with the colour on it. `coverage` is (h, w) of the size of `part`."""
        if self._selection is not None:
            coverage = _times(coverage, self._selection.read(part))
        if original is None and self._surface.tile(key) is None and not coverage.any():
            return
        pixels = np.take(self._table, coverage)
        place = tile_bounds(key)
        corner = QPoint(part.x - place.x, part.y - place.y)
        rect = QRect(corner.x(), corner.y(), part.width, part.height)
        painter = QPainter(self._surface.editable(key))
        painter.setCompositionMode(_Composition.CompositionMode_Source)
        if original is None:
            painter.fillRect(rect, QColor(0, 0, 0, 0))
        else:
            painter.drawImage(corner, original, rect)
        painter.setCompositionMode(self._mode)
        painter.drawImage(corner, over(pixels))
        painter.end()


def _times(a: Pixels, b: Pixels) -> Pixels:
    """a * b / 255, rounded."""
    product = a.astype(np.uint16) * b + np.uint16(128)
    return ((product + (product >> 8)) >> 8).astype(np.uint8)
