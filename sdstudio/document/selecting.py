"""Selections that come from what is in the document. Must not know widgets or tools."""

from __future__ import annotations

from PySide6.QtGui import QImage

from sdstudio.document.commands import EditSelection
from sdstudio.document.document import Document
from sdstudio.document.flatten import flatten
from sdstudio.document.layers import PaintLayer
from sdstudio.errors import StudioError
from sdstudio.raster import masks
from sdstudio.raster.pixels import view
from sdstudio.raster.tiles import Mask


def select_alpha(document: Document, layer_id: str, mode: masks.Mode | str = "replace") -> EditSelection:
    """The command that selects what a layer (or group) shows, as strongly as it is opaque.

    Raises KeyError when there is no such layer, StudioError when it shows nothing inside of the canvas.
    """
    layer = document.layer(layer_id)
    if isinstance(layer, PaintLayer):
        shape = masks.alpha(layer.surface, document.bounds)
    else:
        shape = _alpha(flatten([layer], document.bounds), document)
    if shape.is_empty:
        raise StudioError(f"“{layer.name}” is empty inside of the canvas, so there is nothing to select.")
    return EditSelection(masks.combined(document.selection, shape, mode, document.bounds), "Select layer's pixels")


def load_channel(document: Document, name: str, mode: masks.Mode | str = "replace") -> EditSelection:
    """The command that puts a saved selection to the present one. Raises KeyError when there is no such channel."""
    selection = masks.combined(document.selection, document.channels[name], mode, document.bounds)
    return EditSelection(selection, "Load selection")


def _alpha(picture: QImage, document: Document) -> Mask:
    mask = Mask()
    mask.write(document.bounds, view(picture)[:, :, 3])
    mask.drop_empty()
    return mask
