"""The document: a tree of layers, a selection, and the events that tell of changes.

Only commands, strokes and fills change a document (through `run` or `History.record`); everybody else reads it and
listens. Must not know files, the engine or widgets.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Iterator
from typing import Protocol

from PySide6.QtGui import QColor

from sdstudio.document.history import Command, History
from sdstudio.document.layers import AdjustmentLayer, FillLayer, GroupLayer, Layer, PaintLayer, copied
from sdstudio.errors import BadRequest
from sdstudio.events import Event
from sdstudio.raster.geometry import Bounds, Extent
from sdstudio.raster.pixels import filled
from sdstudio.raster.tiles import TILE, Mask, keys_over, tile_bounds


class Drag(Protocol):
    """A stroke while the pointer is down."""

    def commit(self) -> None:
        """End it; nothing when it has ended already."""


MAX_SIDE = 16384
MAX_PIXELS = 64 * 1024 * 1024


class Document:
    """What the user edits, saves and undoes."""

    def __init__(self, extent: Extent) -> None:
        """An empty document without layers. Raises BadRequest when `extent` is not possible."""
        check_extent(extent)
        self.root = GroupLayer(id="root", name="Document")
        self.extent = extent
        self.selection = Mask()
        self.dropped_selection = Mask()  # the last one that was there before nothing was selected
        self.channels: dict[str, Mask] = {}  # saved selections by name; the masks are never written to
        self.metadata: dict[str, str] = {}
        self.active_id: str | None = None
        self._chosen_ids: set[str] = set()
        self._paints_mask = False

        self.pixels_changed: Event[str, Bounds] = Event()
        self.layers_changed: Event[()] = Event()
        self.active_changed: Event[()] = Event()
        self.selection_changed: Event[Bounds] = Event()
        self.channels_changed: Event[()] = Event()
        self.extent_changed: Event[()] = Event()
        self.metadata_changed: Event[()] = Event()
        self.modified_changed: Event[()] = Event()

        self.history = History(self)
        self._drag: weakref.ref[Drag] | None = None

    @staticmethod
    def new(extent: Extent, background: QColor | None = QColor("white")) -> Document:  # noqa: B008 - never changed
        """A document with a filled "Background" (None: transparent) and an empty "Layer 1", which is active."""
        document = Document(extent)
        bottom = PaintLayer(name="Background")
        if background is not None:
            _fill(bottom, extent, background)
        top = PaintLayer(name="Layer 1")
        document.root.children = [bottom, top]
        document.active_id = top.id
        return document

    def snapshot(self) -> Document:
        """A copy for work in the background: same ids, shared pixels, no history and nobody listening."""
        other = Document(self.extent)
        other.root.children = [copied(layer, new_ids=False) for layer in self.root.children]
        other.selection = self.selection.snapshot()
        other.channels = dict(self.channels)
        other.metadata = dict(self.metadata)
        other.active_id = self.active_id
        return other

    @property
    def bounds(self) -> Bounds:
        """The canvas."""
        return Bounds.of(self.extent)

    def walk(self) -> Iterator[Layer]:
        """Every layer, bottom first; a group comes after what it holds."""
        return self.root.walk()

    def layer(self, layer_id: str) -> Layer:
        """Raises KeyError when there is no such layer."""
        for layer in self.walk():
            if layer.id == layer_id:
                return layer
        raise KeyError(layer_id)

    def parent_of(self, layer_id: str) -> GroupLayer:
        """The group (or the root) that holds the layer. Raises KeyError when there is no such layer."""
        for group in (self.root, *self.walk()):
            if isinstance(group, GroupLayer) and any(child.id == layer_id for child in group.children):
                return group
        raise KeyError(layer_id)

    @property
    def active(self) -> Layer | None:
        """The layer that tools work on; None only when there is no layer."""
        return self.layer(self.active_id) if self.active_id is not None else None

    def set_active(self, layer_id: str | None) -> None:
        """Choose the layer that tools work on: no undo step. Raises KeyError when there is no such layer."""
        self.choose([layer_id] if layer_id is not None else [], layer_id)

    @property
    def chosen(self) -> list[Layer]:
        """The layers that the layer list marks, bottom first; the active one is always among them."""
        wanted = self._chosen_ids if self.active_id in self._chosen_ids else {self.active_id}
        return [layer for layer in self.walk() if layer.id in wanted]

    def choose(self, layer_ids: Iterable[str], active_id: str | None) -> None:
        """Mark several layers, one of which is the active one: no undo step. Raises KeyError for a layer not there."""
        chosen = set(layer_ids) | ({active_id} if active_id is not None else set())
        for layer_id in chosen:
            self.layer(layer_id)
        if self.put_active(active_id, chosen):
            self.active_changed.emit()

    def put_active(self, active_id: str | None, chosen_ids: set[str] | None = None) -> bool:
        """Make a layer active (and mark it alone) without telling anybody; whether that changed anything."""
        before = (self._chosen_ids, self.active_id)
        self._paints_mask = self._paints_mask and active_id == self.active_id
        self._chosen_ids = chosen_ids or ({active_id} if active_id is not None else set())
        self.active_id = active_id
        return before != (self._chosen_ids, self.active_id)

    @property
    def paints_mask(self) -> bool:
        """Whether brush, eraser and fill work on the active layer's mask: where it has no pixels, always."""
        active = self.active
        if active is None or active.mask is None:
            return False
        return self._paints_mask or isinstance(active, AdjustmentLayer | FillLayer)

    def set_paints_mask(self, paints_mask: bool) -> None:
        """Let tools work on the active layer's mask, or on its pixels again: no undo step."""
        if paints_mask != self._paints_mask:
            self._paints_mask = paints_mask
            self.active_changed.emit()

    def begin_drag(self, drag: Drag) -> None:
        """A stroke begins; one that was left open is ended first."""
        self.end_drag()
        self._drag = weakref.ref(drag)

    def end_drag(self) -> None:
        """Commit the stroke that is still open, before something changes what it paints on."""
        drag = self._drag() if self._drag is not None else None
        self._drag = None
        if drag is not None:
            drag.commit()

    def run(self, command: Command) -> None:
        self.history.run(command)

    @property
    def is_modified(self) -> bool:
        """Whether anything differs from what `mark_saved` last saw (or from the start)."""
        return self.history.is_modified

    def mark_saved(self) -> None:
        self.history.mark_saved()


def check_extent(extent: Extent) -> None:
    """Raises BadRequest with a sentence when a canvas cannot have this size."""
    if extent.width < 1 or extent.height < 1:
        raise BadRequest(f"A canvas of {extent} pixels is not possible: both sides must be at least 1.")
    if max(extent.width, extent.height) > MAX_SIDE or extent.area > MAX_PIXELS:
        raise BadRequest(
            f"A canvas of {extent} pixels is too large. A side may have at most {MAX_SIDE} pixels, "
            f"and the whole at most {MAX_PIXELS // 2**20} megapixels."
        )


def _fill(layer: PaintLayer, extent: Extent, color: QColor) -> None:
    canvas = Bounds.of(extent)
    whole = filled(TILE, TILE, color)  # shared by all tiles until they are painted on
    for key in keys_over(canvas):
        part = tile_bounds(key).intersected(canvas)
        if part == tile_bounds(key):
            layer.surface.replace(key, whole)
        else:
            layer.surface.write(part, filled(part.width, part.height, color))
