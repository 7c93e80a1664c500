"""Flood fill as one undo step. Must not know tools."""

from __future__ import annotations

from PySide6.QtGui import QColor

from sdstudio.document.composite import render
from sdstudio.document.document import Document
from sdstudio.document.edits import EditTiles
from sdstudio.document.paint import Paint
from sdstudio.document.permissions import paintable
from sdstudio.raster.geometry import Point
from sdstudio.raster.masks import flood_fill
from sdstudio.raster.tiles import tile_bounds


def fill(
    document: Document, layer_id: str, at: Point, color: QColor, tolerance: int = 0, sample_merged: bool = True
) -> None:
    """Fill the connected area around `at` whose colour differs by at most `tolerance` (0..255).

    The area is found in what is seen (`sample_merged`) or in the layer alone. Selection and alpha lock are respected.
    Raises StudioError when the layer cannot be painted on. Outside of the canvas nothing happens.
    """
    layer = paintable(document, layer_id)
    canvas = document.bounds
    seen = render(document, canvas) if sample_merged else layer.surface.read(canvas)
    area = flood_fill(seen, at, tolerance)
    before = layer.surface.snapshot()
    paint = Paint(layer.surface, document.selection, color, keep_alpha=layer.alpha_locked)
    for key in area:
        part = tile_bounds(key).intersected(canvas)
        paint.put(before.tile(key), key, part, area.read(part))
    edit = EditTiles(layer.id, before, layer.surface.snapshot(), "Fill")
    if not edit.is_empty:
        document.pixels_changed.emit(layer.id, edit.area.intersected(canvas))
        document.history.record(edit)
