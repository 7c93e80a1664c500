"""Shapes drawn on a layer (or its mask) inside the selection, as one undo step. Must not know tools."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtGui import QColor, QPainterPath, qGray

from sdstudio.document.document import Document
from sdstudio.document.edits import EditTiles
from sdstudio.document.history import Command
from sdstudio.document.layer_masks import EditMask
from sdstudio.document.paint import Paint
from sdstudio.document.permissions import maskable, paintable
from sdstudio.raster.shapes import coverage
from sdstudio.raster.tiles import Mask, Surface, tile_bounds


@dataclass(frozen=True)
class Inked:
    """The inside of `path`, in document coordinates, in one colour."""

    path: QPainterPath
    color: QColor


def draw_paths(
    document: Document, layer_id: str | None, inked: Sequence[Inked], *, smooth: bool = True, label: str = "Shape"
) -> Command:
    """The command that draws these on the layer, the first one lowest; on its mask (in grey) where tools paint that.

    The selection and the alpha lock are respected. Raises StudioError when the layer cannot be painted on.
    """
    if document.paints_mask and layer_id == document.active_id:
        return _on_mask(document, layer_id, inked, smooth, label)
    layer = paintable(document, layer_id)
    before = layer.surface.snapshot()
    after = before.snapshot()
    for one in inked:
        _paint(after, document, one, keep_alpha=layer.alpha_locked, smooth=smooth)
    return EditTiles(layer.id, before, after, label)


def _paint(surface: Surface, document: Document, inked: Inked, *, keep_alpha: bool, smooth: bool) -> None:
    covered, below = coverage(inked.path, document.bounds, smooth=smooth), surface.snapshot()
    paint = Paint(surface, document.selection, inked.color, keep_alpha=keep_alpha)
    for key in covered:
        tile = covered.tile(key)
        assert tile is not None
        paint.put(below.tile(key), key, tile_bounds(key), tile)
    surface.drop_empty(covered)


def _on_mask(document: Document, layer_id: str | None, inked: Sequence[Inked], smooth: bool, label: str) -> Command:
    before = maskable(document, layer_id).snapshot()
    after = before.snapshot()
    selection = None if document.selection.is_empty else document.selection
    for one in inked:
        covered: Mask = coverage(one.path, document.bounds, smooth=smooth)
        grey = np.float32(qGray(one.color.rgb()))
        for key in covered:
            place = tile_bounds(key)
            share = covered.read(place).astype(np.float32) / 255 * np.float32(one.color.alphaF())
            if selection is not None:
                share *= selection.read(place).astype(np.float32) / 255
            there = after.read(place).astype(np.float32)
            after.write(place, np.rint(there + (grey - there) * share).astype(np.uint8))
    assert layer_id is not None
    return EditMask(layer_id, before, after, label)
