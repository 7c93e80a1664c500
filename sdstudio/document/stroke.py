"""Painting: a drag of the pointer becomes dabs, dabs become coverage, coverage becomes pixels or selection.

Coverage is kept per stroke and composed over the tiles as they were when the stroke began: crossing its own way never
makes a stroke stronger than its opacity, and cancel is exact. One stroke is one undo step.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from PySide6.QtGui import QColor

from sdstudio.document.document import Document
from sdstudio.document.edits import EditSelection, EditTiles
from sdstudio.document.paint import Paint
from sdstudio.document.path import Coverages, Path
from sdstudio.document.permissions import erasable, paintable
from sdstudio.raster.dabs import Brush, Sample
from sdstudio.raster.geometry import EMPTY, Bounds
from sdstudio.raster.tiles import TileKey


class _Drag:
    """What both kinds of stroke share: samples in, touched parts of tiles out.

    A stroke may be ended from elsewhere (undo while the pen is down): it ignores what comes afterwards.
    """

    def __init__(self, document: Document, brush: Brush) -> None:
        document.begin_drag(self)
        self._document = document
        self._brush = brush
        self._path = Path(brush)
        self._coverages = Coverages(document.bounds)
        self._dirty = EMPTY  # everything that this stroke has touched
        self._is_open = True

    def add(self, sample: Sample) -> None:
        """Paint on to `sample`. The picture follows one sample behind, for the curve needs to know where it goes."""
        if self._is_open:
            self._press(self._path.add(sample))

    def commit(self) -> None:
        """End the stroke and record one command; none when nothing changed."""
        if self._is_open:
            self._press(self._path.finish())
            self._is_open = False
            self._record()

    def cancel(self) -> None:
        """End the stroke and put everything back as it was."""
        if self._is_open:
            self._is_open = False
            for key in self._coverages:
                self._restore(key)
            self._tell(self._dirty)

    def _press(self, dabs: Iterable[Sample]) -> None:
        touched: dict[TileKey, Bounds] = {}
        for at in dabs:
            for key, part in self._coverages.press(self._brush, at).items():
                touched[key] = touched.get(key, EMPTY).united(part)
        dirty = EMPTY
        for key, part in touched.items():
            self._compose(key, part)
            dirty = dirty.united(part)
        self._dirty = self._dirty.united(dirty)
        self._tell(dirty)

    def _tell(self, area: Bounds) -> None:
        if not area.is_empty:
            self._emit(area)

    def _compose(self, key: TileKey, part: Bounds) -> None:
        raise NotImplementedError

    def _restore(self, key: TileKey) -> None:
        raise NotImplementedError

    def _record(self) -> None:
        raise NotImplementedError

    def _emit(self, area: Bounds) -> None:
        raise NotImplementedError


class Stroke(_Drag):
    """Paints (or erases) on a layer, inside the selection, keeping alpha where it is locked."""

    def __init__(self, document: Document, layer_id: str, brush: Brush, color: QColor, erase: bool = False) -> None:
        """Raises StudioError with the reason when the layer cannot be painted on."""
        layer = erasable(document, layer_id) if erase else paintable(document, layer_id)
        super().__init__(document, brush)
        self._layer = layer
        self._label = "Erase" if erase else "Brush stroke"
        self._before = layer.surface.snapshot()
        self._paint = Paint(layer.surface, document.selection, None if erase else color, keep_alpha=layer.alpha_locked)

    def _compose(self, key: TileKey, part: Bounds) -> None:
        coverage = np.rint(self._coverages.read(key, part) * 255).astype(np.uint8)
        self._paint.put(self._before.tile(key), key, part, coverage)

    def _restore(self, key: TileKey) -> None:
        self._layer.surface.replace(key, self._before.tile(key))

    def _record(self) -> None:
        self._layer.surface.drop_empty(self._coverages)
        edit = EditTiles(self._layer.id, self._before, self._layer.surface.snapshot(), self._label)
        if not edit.is_empty:
            self._document.history.record(edit)

    def _emit(self, area: Bounds) -> None:
        self._document.pixels_changed.emit(self._layer.id, area)


class MaskStroke(_Drag):
    """Paints a strength of 0..255 into the selection: full coverage replaces what was there; 0 erases."""

    def __init__(self, document: Document, brush: Brush, value: int) -> None:
        super().__init__(document, brush)
        self._value = np.float32(min(255, max(0, value)))
        self._before = document.selection.snapshot()

    def _compose(self, key: TileKey, part: Bounds) -> None:
        before = self._before.read(part).astype(np.float32)
        painted = before + (self._value - before) * self._coverages.read(key, part)
        self._document.selection.write(part, np.rint(painted).astype(np.uint8))

    def _restore(self, key: TileKey) -> None:
        self._document.selection.replace(key, self._before.tile(key))

    def _record(self) -> None:
        self._document.selection.drop_empty(self._coverages)
        label = "Paint mask" if self._value else "Erase mask"
        edit = EditSelection.happened(self._before, self._document.selection.snapshot(), label)
        if not edit.is_empty:
            self._document.history.record(edit)

    def _emit(self, area: Bounds) -> None:
        self._document.selection_changed.emit(area)
