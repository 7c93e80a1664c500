"""Painting: a drag of the pointer becomes pixels of a layer, or selection. One stroke is one undo step."""

from __future__ import annotations

from random import Random

import numpy as np
from PySide6.QtGui import QColor

from sdstudio.document.document import Document
from sdstudio.document.drag import TipDrag
from sdstudio.document.edits import EditSelection, EditTiles
from sdstudio.document.layers import PaintLayer
from sdstudio.document.paint import Ink, Paint
from sdstudio.document.permissions import erasable, paintable
from sdstudio.document.symmetry import Symmetry
from sdstudio.raster.dabs import Brush
from sdstudio.raster.geometry import Bounds
from sdstudio.raster.tiles import TileKey


class LayerStroke(TipDrag):
    """A stroke on the pixels of one layer, inside the selection; what it puts there is its ink."""

    _ink: Ink

    def __init__(
        self,
        document: Document,
        layer_id: str,
        brush: Brush,
        label: str,
        *,
        erase: bool = False,
        seed: int = 0,
        symmetry: Symmetry | None = None,
    ) -> None:
        """Raises StudioError with the reason when the layer cannot be painted on."""
        layer = self._target(document, layer_id, erase=erase)
        super().__init__(document, brush, seed, symmetry)
        self._layer = layer
        self._label = label
        self._before = layer.surface.snapshot()

    def _target(self, document: Document, layer_id: str, *, erase: bool) -> PaintLayer:
        """What is painted on."""
        return erasable(document, layer_id) if erase else paintable(document, layer_id)

    def _compose(self, key: TileKey, part: Bounds) -> None:
        self._ink.put(self._before.tile(key), key, part, self._covered_bytes(key, part))

    def _restore(self, key: TileKey) -> None:
        self._layer.surface.replace(key, self._before.tile(key))

    def _record(self) -> None:
        self._layer.surface.drop_empty(self._touched_tiles())
        edit = EditTiles(self._layer.id, self._before, self._layer.surface.snapshot(), self._label)
        if not edit.is_empty:
            self._document.history.record(edit)

    def _emit(self, area: Bounds) -> None:
        self._document.pixels_changed.emit(self._layer.id, area)


class Stroke(LayerStroke):
    """Paints (or erases) on a layer, inside the selection, keeping alpha where it is locked."""

    def __init__(
        self,
        document: Document,
        layer_id: str,
        brush: Brush,
        color: QColor,
        erase: bool = False,
        *,
        seed: int = 0,
        symmetry: Symmetry | None = None,
    ) -> None:
        """Raises StudioError with the reason when the layer cannot be painted on."""
        label = "Erase" if erase else "Brush stroke"
        super().__init__(document, layer_id, brush, label, erase=erase, seed=seed, symmetry=symmetry)
        ink = None if erase else varied(color, brush, seed)
        self._ink = Paint(self._layer.surface, document.selection, ink, keep_alpha=self._layer.alpha_locked)


class MaskStroke(TipDrag):
    """Paints a strength of 0..255 into the selection: full coverage replaces what was there; 0 erases."""

    def __init__(
        self, document: Document, brush: Brush, value: int, *, seed: int = 0, symmetry: Symmetry | None = None
    ) -> None:
        super().__init__(document, brush, seed, symmetry)
        self._value = np.float32(min(255, max(0, value)))
        self._before = document.selection.snapshot()

    def _compose(self, key: TileKey, part: Bounds) -> None:
        before = self._before.read(part).astype(np.float32)
        painted = before + (self._value - before) * self._covered(key, part)
        self._document.selection.write(part, np.rint(painted).astype(np.uint8))

    def _restore(self, key: TileKey) -> None:
        self._document.selection.replace(key, self._before.tile(key))

    def _record(self) -> None:
        self._document.selection.drop_empty(self._touched_tiles())
        label = "Paint mask" if self._value else "Erase mask"
        edit = EditSelection.happened(self._before, self._document.selection.snapshot(), label)
        if not edit.is_empty:
            self._document.history.record(edit)

    def _emit(self, area: Bounds) -> None:
        self._document.selection_changed.emit(area)


def varied(color: QColor, brush: Brush, seed: int) -> QColor:
    """The colour of one stroke of a brush whose colour jitters."""
    if not (brush.hue_jitter or brush.value_jitter):
        return color
    chance = Random(seed + 1)
    hue = (max(color.hsvHueF(), 0.0) + brush.hue_jitter * (chance.random() - 0.5)) % 1  # grey has the hue -1
    value = min(max(color.valueF() + brush.value_jitter * (chance.random() - 0.5), 0.0), 1.0)
    return QColor.fromHsvF(hue, color.hsvSaturationF(), value, color.alphaF())
