"""Putting one colour on a layer through a coverage: shared by strokes, fills and clearing.

Must not know where the coverage comes from.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QColor, QImage, QPainter

from sdstudio.raster.geometry import Bounds
from sdstudio.raster.pixels import Pixels, allocated, color_table, edit, over
from sdstudio.raster.tiles import TILE, Mask, Surface, TileKey

# Looked up once: an enumeration's member takes as long to find as a small dab to be painted.
_REPLACE = QPainter.CompositionMode.CompositionMode_Source
_OVER = QPainter.CompositionMode.CompositionMode_SourceOver
_ATOP = QPainter.CompositionMode.CompositionMode_SourceAtop
_OUT = QPainter.CompositionMode.CompositionMode_DestinationOut


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
        self._mode = _OVER
        if color is None:
            self._mode = _OUT
        elif keep_alpha:
            self._mode = _ATOP

    def put(self, original: QImage | None, key: TileKey, part: Bounds, coverage: Pixels) -> None:
        """Set `part` of a tile to `original` with the colour on it. `coverage` is (h, w) of the size of `part`."""
        if self._selection is not None:
            coverage = _times(coverage, self._selection.read(part))
        if original is None and self._surface.tile(key) is None and not coverage.any():
            return
        pixels = np.take(self._table, coverage)
        left, top = part.x - key[0] * TILE, part.y - key[1] * TILE
        tile = self._surface.editable(key)
        if original is None:
            # What is put on nothing is itself, unless it may only take away or stay inside of what is there.
            whole = edit(tile).view(np.uint32)[:, :, 0]
            whole[top : top + part.height, left : left + part.width] = pixels if self._mode is _OVER else 0
            return
        corner = QPoint(left, top)
        painter = QPainter(tile)
        allocated(tile)  # a painter on what is shared makes a copy first
        painter.setCompositionMode(_REPLACE)
        painter.drawImage(corner, original, QRect(left, top, part.width, part.height))
        painter.setCompositionMode(self._mode)
        painter.drawImage(corner, over(pixels))
        painter.end()


def _times(a: Pixels, b: Pixels) -> Pixels:
    """a * b / 255, rounded."""
    product = a.astype(np.uint16) * b + np.uint16(128)
    return ((product + (product >> 8)) >> 8).astype(np.uint8)
