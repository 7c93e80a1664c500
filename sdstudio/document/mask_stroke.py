"""Painting on the mask of a layer: strokes and fills that show or hide. Must not know tools."""

from __future__ import annotations

from functools import partial

import numpy as np
from PySide6.QtGui import QColor, QImage

from sdstudio.document.composite import render
from sdstudio.document.document import Document
from sdstudio.document.drag import TipDrag
from sdstudio.document.layer_masks import EditMask
from sdstudio.document.permissions import maskable
from sdstudio.document.symmetry import Symmetry
from sdstudio.raster.dabs import Brush
from sdstudio.raster.geometry import Bounds, Point
from sdstudio.raster.pixels import Pixels, over
from sdstudio.raster.tiles import Mask, TileKey, tile_bounds
from sdstudio.raster.wand import Likeness, like_area
from sdstudio.raster.warp import Progress, no_progress, share_of


def grey_of(color: QColor) -> int:
    """How much a colour shows when a mask is painted with it: white all, black nothing; 0..255."""
    return round(0.299 * color.red() + 0.587 * color.green() + 0.114 * color.blue())


class LayerMaskStroke(TipDrag):
    """Paints a grey of 0..255 on a layer's mask, inside the selection."""

    def __init__(
        self,
        document: Document,
        layer_id: str,
        brush: Brush,
        value: int,
        *,
        seed: int = 0,
        symmetry: Symmetry | None = None,
    ) -> None:
        """Raises StudioError with the reason when the layer has no mask, or it cannot be painted on."""
        self._mask = maskable(document, layer_id)
        super().__init__(document, brush, seed, symmetry)
        self._layer_id = layer_id
        self._value = np.float32(min(255, max(0, value)))
        self._selection = None if document.selection.is_empty else document.selection.snapshot()
        self._before = self._mask.snapshot()

    def _compose(self, key: TileKey, part: Bounds) -> None:
        share = self._covered(key, part)
        if self._selection is not None:
            share = share * (self._selection.read(part) * np.float32(1 / 255))
        self._mask.write(part, _painted(self._before.read(part), self._value, share))

    def _restore(self, key: TileKey) -> None:
        self._mask.replace(key, self._before.tile(key))

    def _record(self) -> None:
        label = "Show with mask" if self._value >= 128 else "Hide with mask"
        _record(self._document, self._layer_id, self._before, self._mask, label)

    def _emit(self, area: Bounds) -> None:
        self._document.pixels_changed.emit(self._layer_id, area)


def mask_area(
    document: Document,
    layer_id: str,
    at: Point,
    likeness: Likeness,
    sample_merged: bool,
    progress: Progress = no_progress,
) -> Mask:
    """The area of like colour around `at`, found in what is seen (`sample_merged`) or in the layer's mask alone.

    From a snapshot it may be worked out beside the window.
    """
    mask = document.layer(layer_id).mask
    read = partial(render, document) if sample_merged or mask is None else partial(_grey, mask)
    return like_area(read, document.bounds, at, likeness, progress)


def painted_mask(
    document: Document, layer_id: str, area: Mask, value: int, label: str, progress: Progress = no_progress
) -> EditMask:
    """The command that puts a grey of 0..255 on a layer's mask where `area` covers, inside the selection.

    Raises StudioError when the layer has no mask, or it cannot be painted on.
    """
    before, canvas, keys = maskable(document, layer_id).snapshot(), document.bounds, list(area)
    after = before.snapshot()
    for index, key in enumerate(keys):
        progress(index / len(keys) / 2)
        part = tile_bounds(key).intersected(canvas)
        share = area.read(part) * np.float32(1 / 255)
        if not document.selection.is_empty:
            share = share * (document.selection.read(part) * np.float32(1 / 255))
        after.write(part, _painted(before.read(part), np.float32(value), share))
    after.drop_empty()
    return EditMask(layer_id, before, after, label, share_of(progress, 1, 2)).take_over(before, after)


def _record(document: Document, layer_id: str, before: Mask, mask: Mask, label: str) -> None:
    mask.drop_empty()
    edit = EditMask(layer_id, before, mask.snapshot(), label)
    if not edit.is_empty:
        document.history.record(edit)


def _painted(before: Pixels, value: np.float32, share: np.ndarray) -> Pixels:
    old = before.astype(np.float32)
    painted: Pixels = np.rint(old + (value - old) * share).astype(np.uint8)
    return painted


def _grey(mask: Mask, area: Bounds) -> QImage:
    return over(mask.read(area), QImage.Format.Format_Grayscale8).copy()
