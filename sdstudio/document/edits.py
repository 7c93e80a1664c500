"""Commands that change tiles: the pixels of one layer, or the selection. They keep what differs, and swap it.

Must not know how the values came to be.
"""

from __future__ import annotations

from typing import Generic, Self, TypeVar

import numpy as np
from PySide6.QtGui import QImage

from sdstudio.document.changes import TileChange, TileChanges, Values
from sdstudio.document.document import Document
from sdstudio.document.history import Command
from sdstudio.document.layers import PaintLayer
from sdstudio.raster.geometry import Bounds
from sdstudio.raster.pixels import Pixels, edit, view
from sdstudio.raster.tiles import TILE, Mask, Surface, TileKey, TileStore
from sdstudio.raster.warp import Progress, no_progress

T = TypeVar("T", QImage, Pixels)


class TileCommand(Command, Generic[T]):
    """Swaps what differs; where the tiles live is the subclass's business."""

    def __init__(self, changes: TileChanges, label: str) -> None:
        self.label = label
        self._changes = changes
        self._ready: dict[TileKey, tuple[T | None, T | None]] = {}  # what is there now, and what comes

    @property
    def is_empty(self) -> bool:
        return not self._changes

    @property
    def area(self) -> Bounds:
        """The tiles that change."""
        return self._changes.area

    @property
    def nbytes(self) -> int:
        return 256 + self._changes.nbytes

    def apply(self, document: Document) -> None:
        self._write(document, after=True)

    def revert(self, document: Document) -> None:
        self._write(document, after=False)

    def work_px(self, document: Document) -> int:
        return len(self._changes) * TILE * TILE

    def take_over(self, before: TileStore[T], after: TileStore[T]) -> Self:
        """Let the first `apply`, which is still to come, put the tiles of `after` in place instead of copies."""
        self._ready = {key: (before.tile(key), after.tile(key)) for key in self._changes}
        return self

    def get_ready(self, document: Document, progress: Progress, *, back: bool) -> None:
        if self._ready:
            return
        store = self._store(document)
        ready: dict[TileKey, tuple[T | None, T | None]] = {}
        for index, key in enumerate(self._changes):
            progress(index / len(self._changes))
            new = store.copy_of(key)
            self._changes[key].write(self._values(new), after=not back)
            ready[key] = (store.tile(key), None if store.holds_nothing(new) else new)
        self._ready = ready

    def _write(self, document: Document, *, after: bool) -> None:
        """Bring the tiles to their state before or after, and tell of it."""
        if self.is_empty:
            return
        store, late = self._store(document), []
        ready, self._ready = self._ready, {}
        for key in self._changes:
            known, new = ready.get(key, (None, None))
            if key in ready and known is store.tile(key):
                store.replace(key, new)
            else:
                self._changes[key].write(self._values(store.editable(key)), after=after)
                late.append(key)
        store.drop_empty(late)
        self._tell(document)

    def _store(self, document: Document) -> TileStore[T]:
        """Where the tiles live."""
        raise NotImplementedError

    def _values(self, tile: T) -> Values:
        """The values of a tile that nobody else sees, to be written to."""
        raise NotImplementedError

    def _tell(self, document: Document) -> None:
        """Emit that the tiles have changed."""
        raise NotImplementedError


class EditTiles(TileCommand[QImage]):
    """The pixels of some tiles of one layer, before and after."""

    def __init__(
        self, layer_id: str, before: Surface, after: Surface, label: str, progress: Progress = no_progress
    ) -> None:
        """Both states are snapshots; the step is empty when no pixel differs."""
        self._layer_id = layer_id
        changes, keys = {}, before.keys() | after.keys()
        for index, key in enumerate(keys):
            progress(index / len(keys))
            if _differ(before.tile(key), after.tile(key)):
                changes[key] = TileChange(_values(before.tile(key)), _values(after.tile(key)))
        super().__init__(TileChanges(changes), label)

    def _store(self, document: Document) -> Surface:
        layer = document.layer(self._layer_id)
        if not isinstance(layer, PaintLayer):
            raise TypeError(f"layer {self._layer_id} has no pixels")
        return layer.surface

    def _values(self, tile: QImage) -> Values:
        return edit(tile).view(np.uint32)[:, :, 0]

    def _tell(self, document: Document) -> None:
        document.pixels_changed.emit(self._layer_id, self.area)


class EditSelection(TileCommand[Pixels]):
    """Another selection. Keeps only the tiles that differ."""

    def __init__(self, new: Mask, label: str = "Select") -> None:
        """`new` is taken as it is now; writing to it later changes nothing here."""
        super().__init__(TileChanges({}), label)
        self._new: Mask | None = new.snapshot()
        self._compared: tuple[Mask, TileChanges] | None = None  # with which selection, and what differs from it

    @staticmethod
    def happened(before: Mask, after: Mask, label: str) -> EditSelection:
        """A change that is already true; empty when nothing differs. Both states are snapshots."""
        edit = EditSelection(after, label)
        edit._new, edit._changes = None, _selection_changes(before, after)
        return edit

    def apply(self, document: Document) -> None:
        if self._new is not None:
            document.end_drag()
            self._settle(document, self._new)
        super().apply(document)

    def work_px(self, document: Document) -> int:
        if self._new is not None:
            return len(self._new.keys() | document.selection.keys()) * TILE * TILE // _PER_PIXEL
        return super().work_px(document) // _PER_PIXEL

    def get_ready(self, document: Document, progress: Progress, *, back: bool) -> None:
        if self._new is not None:
            before = document.selection.snapshot()
            self._compared = (before, _selection_changes(before, self._new, progress))
        else:
            super().get_ready(document, progress, back=back)

    def _settle(self, document: Document, new: Mask) -> None:
        """The first time: find what differs. The new tiles are there, so they need not be written."""
        before = document.selection.snapshot()
        if new.is_empty and not before.is_empty:
            document.dropped_selection = before
        is_known = self._compared is not None and before.is_shared_with(self._compared[0])
        self._changes = self._compared[1] if self._compared and is_known else _selection_changes(before, new)
        self.take_over(before, new)
        self._new = self._compared = None

    def _store(self, document: Document) -> Mask:
        return document.selection

    def _values(self, tile: Pixels) -> Values:
        return tile

    def _tell(self, document: Document) -> None:
        document.selection_changed.emit(self.area)


_PER_PIXEL = 4  # bytes of a layer's pixel for one of a selection


def _selection_changes(before: Mask, after: Mask, progress: Progress = no_progress) -> TileChanges:
    changes, keys = {}, before.keys() | after.keys()
    for index, key in enumerate(keys):
        progress(index / len(keys))
        if _differ_coverage(before.tile(key), after.tile(key)):
            changes[key] = TileChange(before.tile(key), after.tile(key))
    return TileChanges(changes)


def _values(tile: QImage | None) -> Values | None:
    """The pixels of a tile as (256, 256) uint32."""
    return None if tile is None else view(tile).view(np.uint32)[:, :, 0]


def _differ(before: QImage | None, after: QImage | None) -> bool:
    return before is not after and (before or _CLEAR) != (after or _CLEAR)


def _differ_coverage(before: Pixels | None, after: Pixels | None) -> bool:
    if before is after:
        return False
    return not np.array_equal(_NONE if before is None else before, _NONE if after is None else after)


_CLEAR = Surface().editable((0, 0))
_NONE = Mask().editable((0, 0))
