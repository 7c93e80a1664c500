"""The commands that change a document. Those of the tree live in `structure`, those of tiles in `edits`.

Each takes its change back exactly. Must not know tools or widgets.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from PySide6.QtGui import QColor

from sdstudio.document.document import Document, check_extent
from sdstudio.document.edits import EditSelection, EditTiles
from sdstudio.document.flatten import flatten
from sdstudio.document.history import Command
from sdstudio.document.layers import GroupLayer, Layer, PaintLayer
from sdstudio.document.paint import Paint, paintable
from sdstudio.document.structure import (
    AddLayer,
    DuplicateLayer,
    MoveLayer,
    RemoveLayer,
    insert,
    refuse_locked,
    take,
    tell,
)
from sdstudio.errors import StudioError
from sdstudio.raster.geometry import EMPTY, Bounds
from sdstudio.raster.tiles import tile_bounds

__all__ = [
    "AddLayer",
    "ClearPixels",
    "DuplicateLayer",
    "EditSelection",
    "EditTiles",
    "MergeDown",
    "MoveLayer",
    "RemoveLayer",
    "ResizeCanvas",
    "SetLayer",
    "TranslateLayer",
]

_ONE_DRAG_S = 1.0  # changes of one property that follow each other within this time are one undo step
_LABELS = {
    "name": "Rename layer",
    "visible": "Show or hide layer",
    "opacity": "Layer opacity",
    "mode": "Blend mode",
    "locked": "Lock layer",
    "alpha_locked": "Lock transparency",
    "clipped": "Clip layer",
}


class SetLayer(Command):
    """Set properties of a layer by name. A drag of the opacity is one undo step."""

    def __init__(self, layer_id: str, **properties: Any) -> None:
        """Raises AttributeError at `apply` when a layer has no such property."""
        self.label = _LABELS.get(next(iter(properties), ""), "Layer properties")
        self._layer_id = layer_id
        self._new = properties
        self._old: dict[str, Any] = {}
        self._last_s = time.monotonic()

    def apply(self, document: Document) -> None:
        layer = document.layer(self._layer_id)
        self._old = {name: getattr(layer, name) for name in self._new}
        self._set(document, self._new)

    def revert(self, document: Document) -> None:
        self._set(document, self._old)

    def merge(self, following: Command) -> bool:
        if not isinstance(following, SetLayer) or following._layer_id != self._layer_id:
            return False
        if set(self._new) != {"opacity"} or set(following._new) != {"opacity"}:
            return False
        if following._last_s - self._last_s > _ONE_DRAG_S:
            return False
        self._new, self._last_s = following._new, following._last_s
        return True

    def _set(self, document: Document, properties: dict[str, Any]) -> None:
        layer = document.layer(self._layer_id)
        for name, value in properties.items():
            setattr(layer, name, value)
        document.layers_changed.emit()


class TranslateLayer(Command):
    """Move what a layer (or all layers of a group) shows by whole pixels. Moves that follow quickly are one step."""

    label = "Move layer"

    def __init__(self, layer_id: str, dx: int, dy: int) -> None:
        self._layer_id = layer_id
        self._by = (dx, dy)
        self._last_s = time.monotonic()

    def apply(self, document: Document) -> None:
        layer = document.layer(self._layer_id)
        for one in (layer, *(layer.walk() if isinstance(layer, GroupLayer) else ())):
            refuse_locked(one)
        self._move(document, *self._by)

    def revert(self, document: Document) -> None:
        self._move(document, -self._by[0], -self._by[1])

    def merge(self, following: Command) -> bool:
        if not isinstance(following, TranslateLayer) or following._layer_id != self._layer_id:
            return False
        if following._last_s - self._last_s > _ONE_DRAG_S:
            return False
        self._by = (self._by[0] + following._by[0], self._by[1] + following._by[1])
        self._last_s = following._last_s
        return True

    def _move(self, document: Document, dx: int, dy: int) -> None:
        changed = [(layer.id, translate(layer, dx, dy)) for layer in _paint_layers([document.layer(self._layer_id)])]
        for layer_id, area in changed:
            document.pixels_changed.emit(layer_id, area)


class MergeDown(Command):
    """One paint layer in place of a layer and the one below it. It keeps the lower one's name and blend mode."""

    label = "Merge down"

    def __init__(self, layer_id: str) -> None:
        self._layer_id = layer_id
        self._merged: PaintLayer | None = None
        self._upper: Layer | None = None
        self._lower: Layer | None = None
        self._parent_id = ""
        self._index = 0
        self._active_before: str | None = None

    def apply(self, document: Document) -> None:
        parent = document.parent_of(self._layer_id)
        upper = document.layer(self._layer_id)
        index = parent.children.index(upper)
        if index == 0:
            raise StudioError(f"There is no layer below “{upper.name}” to merge it with.")
        lower = parent.children[index - 1]
        for layer in (upper, lower):
            refuse_locked(layer)
            if not layer.visible:
                raise StudioError(f"“{layer.name}” is hidden. Show it in the layer list to merge it.")
        if self._merged is None:
            self._merged = _merged(lower, upper)
        self._upper, self._lower = upper, lower
        self._parent_id, self._index = parent.id, index - 1
        self._active_before = document.active_id
        parent.children[index - 1 : index + 1] = [self._merged]
        tell(document, self._merged.id)

    def revert(self, document: Document) -> None:
        assert self._merged is not None
        assert self._lower is not None
        assert self._upper is not None
        take(document, self._merged.id)
        insert(document, self._lower, self._parent_id, self._index)
        insert(document, self._upper, self._parent_id, self._index + 1)
        tell(document, self._active_before)

    @property
    def nbytes(self) -> int:
        return 256 + sum(layer.nbytes for layer in (self._upper, self._lower, self._merged) if layer is not None)


class ResizeCanvas(Command):
    """Make `area` of the document the whole canvas. Pixels outside of it are kept; the selection is cut to it."""

    label = "Resize canvas"

    def __init__(self, area: Bounds) -> None:
        """`area` in present document pixels; may reach beyond the canvas. Raises BadRequest for a size too large."""
        check_extent(area.extent)
        self._area = area
        self._before = EMPTY
        self._selection_before = EMPTY

    def apply(self, document: Document) -> None:
        self._before = document.bounds
        self._old_selection = document.selection.snapshot()
        selection = document.selection.translated(-self._area.x, -self._area.y)
        canvas = Bounds.of(self._area.extent)
        document.selection = type(selection)()
        document.selection.write(canvas, selection.read(canvas))
        document.selection.drop_empty()
        self._resize(document, self._area.extent, -self._area.x, -self._area.y)

    def revert(self, document: Document) -> None:
        document.selection = self._old_selection.snapshot()
        self._resize(document, self._before.extent, self._area.x, self._area.y)

    @property
    def nbytes(self) -> int:
        return 256 + self._old_selection.nbytes

    def _resize(self, document: Document, extent: Any, dx: int, dy: int) -> None:
        document.extent = extent
        for layer in _paint_layers(document.root.children):
            translate(layer, dx, dy)
        document.extent_changed.emit()
        document.selection_changed.emit(document.bounds)


class ClearPixels(Command):
    """Make a layer transparent inside the selection, or all of it when nothing is selected."""

    label = "Clear"

    def __init__(self, layer_id: str) -> None:
        self._layer_id = layer_id
        self._edit: EditTiles | None = None

    def apply(self, document: Document) -> None:
        if self._edit is None:
            self._edit = _cleared(document, self._layer_id)
        self._edit.apply(document)

    def revert(self, document: Document) -> None:
        assert self._edit is not None
        self._edit.revert(document)

    @property
    def nbytes(self) -> int:
        return self._edit.nbytes if self._edit is not None else 256


def translate(layer: PaintLayer, dx: int, dy: int) -> Bounds:
    """Move a layer's pixels and mask without telling anybody; the area that looks different now."""
    before = layer.surface.bounds()
    layer.surface = layer.surface.translated(dx, dy)
    if layer.mask is not None:
        layer.mask = layer.mask.translated(dx, dy)
    return before.united(layer.surface.bounds())


def _paint_layers(layers: list[Layer]) -> list[PaintLayer]:
    found: list[PaintLayer] = []
    for layer in layers:
        if isinstance(layer, GroupLayer):
            found += _paint_layers(layer.children)
        elif isinstance(layer, PaintLayer):
            found.append(layer)
    return found


def _merged(lower: Layer, upper: Layer) -> PaintLayer:
    merged = PaintLayer(name=lower.name, mode=lower.mode, clipped=lower.clipped, metadata=dict(lower.metadata))
    keys = {key for layer in _paint_layers([lower, upper]) for key in layer.surface}
    mode, lower.mode = lower.mode, type(lower.mode).NORMAL
    for key in keys:
        merged.surface.write(tile_bounds(key), flatten([lower, upper], tile_bounds(key)))
    lower.mode = mode
    merged.surface.drop_empty()
    return merged


def _cleared(document: Document, layer_id: str) -> EditTiles:
    layer = paintable(document, layer_id)
    if layer.alpha_locked:
        raise StudioError(f"The transparency of “{layer.name}” is locked. Unlock it to clear pixels.")
    before = layer.surface.snapshot()
    after = PaintLayer(surface=layer.surface.snapshot())
    paint = Paint(document, after, QColor("black"), erase=True)
    for key in before:
        place = tile_bounds(key)
        paint.put(before.tile(key), key, place, np.full((place.height, place.width), 255, np.uint8))
    return EditTiles.between(layer_id, before, after.surface, "Clear") or EditTiles(layer_id, {}, {}, "Clear")
