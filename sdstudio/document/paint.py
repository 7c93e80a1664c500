"""Putting one colour on a layer through a coverage: shared by strokes, fills and clearing.

Must not know where the coverage comes from.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QColor, QImage, QPainter

from sdstudio.document.document import Document
from sdstudio.document.layers import Layer, PaintLayer
from sdstudio.errors import StudioError
from sdstudio.raster.geometry import Bounds
from sdstudio.raster.pixels import Pixels, color_table, over
from sdstudio.raster.tiles import TileKey, tile_bounds

_Composition = QPainter.CompositionMode


def paintable(document: Document, layer_id: str | None) -> PaintLayer:
    """The layer, when it may be painted on. Raises StudioError with the reason when not."""
    try:
        layer = document.layer(layer_id or "")
    except KeyError as missing:
        raise StudioError("There is no layer to paint on. Add a layer first.") from missing
    if not isinstance(layer, PaintLayer):
        raise StudioError(f"“{layer.name}” is a group and has no pixels of its own. Choose a layer inside it.")
    if locked := _among(document, layer, lambda one: one.locked):
        raise StudioError(f"“{locked.name}” is locked. Unlock it in the layer list to change it.")
    if hidden := _among(document, layer, lambda one: not one.visible):
        raise StudioError(f"“{hidden.name}” is hidden. Show it in the layer list to change it.")
    return layer


def _among(document: Document, layer: Layer, refuses: Callable[[Layer], bool]) -> Layer | None:
    """The first of the layer and the groups around it that `refuses`."""
    while layer is not document.root:
        if refuses(layer):
            return layer
        layer = document.parent_of(layer.id)
    return None


class Paint:
    """One colour for one layer, inside the selection as it was at the start."""

    def __init__(self, document: Document, layer: PaintLayer, color: QColor, *, erase: bool = False) -> None:
        self._surface = layer.surface
        self._selection = None if document.selection.is_empty else document.selection.snapshot()
        self._table = color_table(QColor("black") if erase else color)
        self._mode = _Composition.CompositionMode_SourceOver
        if erase:
            self._mode = _Composition.CompositionMode_DestinationOut
        elif layer.alpha_locked:
            self._mode = _Composition.CompositionMode_SourceAtop

    def put(self, original: QImage | None, key: TileKey, part: Bounds, coverage: Pixels) -> None:
        """Set `part` of a tile to `original` with the colour on it. `coverage` is (h, w) of the size of `part`."""
        if self._selection is not None:
            coverage = _times(coverage, self._selection.read(part))
        if original is None and self._surface.tile(key) is None and not coverage.any():
            return
        pixels = self._table[coverage]
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
    product = a.astype(np.uint32) * b + 127
    return (product // 255).astype(np.uint8)
