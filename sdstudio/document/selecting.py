"""Selections that come from what is in the document. Must not know widgets or tools."""

from __future__ import annotations

from PySide6.QtGui import QImage

from sdstudio.document.commands import EditSelection
from sdstudio.document.document import Document
from sdstudio.document.flatten import flatten
from sdstudio.document.layers import PaintLayer
from sdstudio.errors import StudioError
from sdstudio.raster import masks
from sdstudio.raster.geometry import Bounds
from sdstudio.raster.pixels import view
from sdstudio.raster.tiles import Mask


def joined(selection: Mask, shape: Mask, mode: masks.Mode | str, canvas: Bounds) -> Mask:
    """`selection` after `shape` has been put to it. No selection is no limit, so then all of `shape` stays."""
    is_first = selection.is_empty and mode in ("add", "intersect")
    return masks.combined(selection, shape, "replace" if is_first else mode, canvas)


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
    return EditSelection(joined(document.selection, shape, mode, document.bounds), "Select layer's pixels")


def select_from_mask(document: Document, layer_id: str, mode: masks.Mode | str = "replace") -> EditSelection:
    """The command that selects what a layer's mask shows.

    Raises KeyError when there is no such layer, StudioError when it has no mask.
    """
    layer = document.layer(layer_id)
    if layer.mask is None:
        raise StudioError(f"“{layer.name}” has no mask. Add one in the Layer menu.")
    shape = Mask()
    shape.write(document.bounds, layer.mask.read(document.bounds))
    return EditSelection(joined(document.selection, shape, mode, document.bounds), "Select from mask")


def load_channel(document: Document, name: str, mode: masks.Mode | str = "replace") -> EditSelection:
    """The command that puts a saved selection to the present one. Raises KeyError when there is no such channel."""
    return EditSelection(joined(document.selection, document.channels[name], mode, document.bounds), "Load selection")


def _alpha(picture: QImage, document: Document) -> Mask:
    mask = Mask()
    mask.write(document.bounds, view(picture)[:, :, 3])
    mask.drop_empty()
    return mask
