"""Masks of layers as commands: add, apply, delete, and to and from the selection. Must not know tools or widgets."""

from __future__ import annotations

from typing import Literal

import numpy as np
from PySide6.QtGui import QImage, QPainter

from sdstudio.document.changes import TileChange, TileChanges
from sdstudio.document.document import Document
from sdstudio.document.edits import EditSelection, EditTiles, TileCommand
from sdstudio.document.history import Command
from sdstudio.document.layers import Layer, PaintLayer
from sdstudio.document.permissions import changeable
from sdstudio.document.properties import SetLayer
from sdstudio.document.steps import Steps
from sdstudio.errors import StudioError
from sdstudio.raster.pixels import Pixels, over
from sdstudio.raster.tiles import Mask, Surface, TileKey, tile_bounds
from sdstudio.raster.warp import Progress, no_progress

MaskStart = Literal["white", "black", "selection"]


class EditMask(TileCommand[Pixels]):
    """The mask of one layer, before and after. Keeps only the tiles that differ."""

    def __init__(self, layer_id: str, before: Mask, after: Mask, label: str, progress: Progress = no_progress) -> None:
        """Both states are snapshots of one mask; the step is empty when nothing differs."""
        self._layer_id = layer_id
        changes, keys = {}, before.keys() | after.keys()
        for index, key in enumerate(keys):
            progress(index / len(keys))
            old, new = before.tile(key), after.tile(key)
            if old is not new and not np.array_equal(_look(before, key), _look(after, key)):
                changes[key] = TileChange(_look(before, key), _look(after, key))
        super().__init__(TileChanges(changes), label)

    def _store(self, document: Document) -> Mask:
        mask = document.layer(self._layer_id).mask
        assert mask is not None, "history goes back to where the mask was"
        return mask

    def _values(self, tile: Pixels) -> Pixels:
        return tile

    def _tell(self, document: Document) -> None:
        document.pixels_changed.emit(self._layer_id, self.area)


def add_mask(document: Document, layer_id: str, start: MaskStart = "white") -> Command:
    """The command that gives a layer a mask: one that shows everything, nothing, or what is selected.

    Raises StudioError when the layer has one already, or nothing is selected.
    """
    layer = changeable(document, layer_id)
    if layer.mask is not None:
        raise StudioError(f"“{layer.name}” has a mask already. Delete or apply it first.")
    if start == "selection":
        if document.selection.is_empty:
            raise StudioError("Nothing is selected. Select what the mask should show first.")
        return SetLayer(layer_id, label="Add layer mask", mask=document.selection.snapshot(), mask_enabled=True)
    mask = Mask(outside=255 if start == "white" else 0)
    return SetLayer(layer_id, label="Add layer mask", mask=mask, mask_enabled=True)


def remove_mask(document: Document, layer_id: str) -> Command:
    """The command that takes a layer's mask away. Raises StudioError when it has none."""
    layer = _masked(document, layer_id)
    return SetLayer(layer.id, label="Delete layer mask", mask=None, mask_enabled=True)


def apply_mask(document: Document, layer_id: str) -> Command:
    """The command that makes what a mask hides transparent and takes the mask away.

    Raises StudioError when the layer has no mask, or no pixels to which it could be applied.
    """
    layer = _masked(document, layer_id)
    if not isinstance(layer, PaintLayer):
        raise StudioError(f"“{layer.name}” has no pixels of its own, so its mask cannot be applied to them.")
    assert layer.mask is not None
    before = layer.surface.snapshot()
    edit = EditTiles(layer.id, before, shown_through(before, layer.mask), "Apply layer mask")
    return Steps("Apply layer mask", [edit, remove_mask(document, layer_id)])


def invert_mask(document: Document, layer_id: str) -> Command:
    """The command that shows what a mask hides and hides what it shows. Raises StudioError when there is none."""
    layer = _masked(document, layer_id)
    assert layer.mask is not None
    inverted = Mask(outside=255 - layer.mask.outside)
    for key in layer.mask:
        inverted.write(tile_bounds(key), 255 - layer.mask.read(tile_bounds(key)))
    return SetLayer(layer.id, label="Invert layer mask", mask=inverted)


def select_mask(document: Document, layer_id: str) -> Command:
    """The command that makes a layer's mask the selection. Raises StudioError when it has none."""
    layer = _masked(document, layer_id)
    assert layer.mask is not None
    selection = Mask()
    selection.write(document.bounds, layer.mask.read(document.bounds))
    selection.drop_empty()
    return EditSelection(selection, "Select from mask")


def mask_from_selection(document: Document, layer_id: str) -> Command:
    """The command that makes the selection a layer's mask, in place of one that it may have."""
    layer = changeable(document, layer_id)
    if document.selection.is_empty:
        raise StudioError("Nothing is selected. Select what the mask should show first.")
    return SetLayer(layer.id, label="Mask from selection", mask=document.selection.snapshot(), mask_enabled=True)


def shown_through(surface: Surface, mask: Mask) -> Surface:
    """The pixels of `surface` as a mask shows them."""
    shown = Surface()
    for key in surface:
        tile = surface.tile(key)
        assert tile is not None
        coverage = mask.read(tile_bounds(key))
        shown.replace(key, tile if coverage.min() == 255 else _inside(tile, coverage))
    shown.drop_empty()
    return shown


def _inside(tile: QImage, coverage: Pixels) -> QImage:
    part = tile.copy()
    painter = QPainter(part)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationIn)
    painter.drawImage(0, 0, over(coverage, QImage.Format.Format_Alpha8))
    painter.end()
    return part


def _masked(document: Document, layer_id: str) -> Layer:
    layer = changeable(document, layer_id)
    if layer.mask is None:
        raise StudioError(f"“{layer.name}” has no mask. Add one in the Layer menu.")
    return layer


def _look(mask: Mask, key: TileKey) -> Pixels:
    """The tile, also where nothing of it is kept."""
    tile = mask.tile(key)
    return mask.copy_of(key) if tile is None else tile
