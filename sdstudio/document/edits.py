"""Commands that change tiles: the pixels of one layer, or the selection. They keep what differs, and swap it.

Must not know how the values came to be.
"""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QImage

from sdstudio.document.changes import TileChange, TileChanges, Values
from sdstudio.document.document import Document
from sdstudio.document.history import Command
from sdstudio.document.layers import PaintLayer
from sdstudio.raster.geometry import Bounds
from sdstudio.raster.pixels import Pixels, blank, edit, view
from sdstudio.raster.tiles import TILE, Mask, Surface, TileKey
from sdstudio.raster.warp import Progress


class _TileCommand(Command):
    """Swaps what differs; where the tiles live is the subclass's business."""

    _changes: TileChanges

    @property
    def is_empty(self) -> bool:
        return not self._changes

    def apply(self, document: Document) -> None:
        self._write(document, after=True)

    def revert(self, document: Document) -> None:
        self._write(document, after=False)

    @property
    def nbytes(self) -> int:
        return 256 + self._changes.nbytes

    def _write(self, document: Document, *, after: bool) -> None:
        """Bring the tiles to their state before or after, and tell of it."""
        raise NotImplementedError


class EditTiles(_TileCommand):
    """The pixels of some tiles of one layer, before and after."""

    def __init__(self, layer_id: str, before: Surface, after: Surface, label: str) -> None:
        """Both states are snapshots; the step is empty when no pixel differs."""
        self.label = label
        self._layer_id = layer_id
        self._changes = TileChanges(
            {
                key: TileChange(_values(before.tile(key)), _values(after.tile(key)))
                for key in before.keys() | after.keys()
                if _differ(before.tile(key), after.tile(key))
            }
        )
        self._ready: dict[TileKey, tuple[QImage | None, QImage]] = {}  # what is there now, and what comes

    @property
    def area(self) -> Bounds:
        """The tiles that change."""
        return self._changes.area

    def _write(self, document: Document, *, after: bool) -> None:
        if self.is_empty:
            return
        layer = document.layer(self._layer_id)
        if not isinstance(layer, PaintLayer):
            raise TypeError(f"layer {self._layer_id} has no pixels")
        ready, self._ready = self._ready, {}
        for key in self._changes:
            known, new = ready.get(key, _NOT_READY)
            if new is not None and known is layer.surface.tile(key):
                layer.surface.replace(key, new)
            else:
                self._changes[key].write(_written(layer.surface.editable(key)), after=after)
        layer.surface.drop_empty(self._changes)
        document.pixels_changed.emit(self._layer_id, self.area)

    def work_px(self, document: Document) -> int:
        return len(self._changes) * TILE * TILE

    def get_ready(self, document: Document, progress: Progress, *, back: bool) -> None:
        layer = document.layer(self._layer_id)
        if not isinstance(layer, PaintLayer):
            return
        ready: dict[TileKey, tuple[QImage | None, QImage]] = {}
        for index, key in enumerate(self._changes):
            progress(index / len(self._changes))
            known = layer.surface.tile(key)
            new = blank(TILE, TILE) if known is None else known.copy()
            self._changes[key].write(_written(new), after=not back)
            ready[key] = (known, new)
        self._ready = ready


class EditSelection(_TileCommand):
    """Another selection. Keeps only the tiles that differ."""

    def __init__(self, new: Mask, label: str = "Select") -> None:
        """`new` is taken as it is now; writing to it later changes nothing here."""
        self.label = label
        self._new: Mask | None = new.snapshot()
        self._changes = TileChanges({})

    @staticmethod
    def happened(before: Mask, after: Mask, label: str) -> EditSelection:
        """A change that is already true; empty when nothing differs. Both states are snapshots."""
        edit = EditSelection(after, label)
        edit._compare(before)
        return edit

    def apply(self, document: Document) -> None:
        if self._new is not None:
            document.end_drag()
            before = document.selection.snapshot()
            if self._new.is_empty and not before.is_empty:
                document.dropped_selection = before
            self._compare(before)
        super().apply(document)

    def _compare(self, before: Mask) -> None:
        after, self._new = self._new, None
        assert after is not None
        self._changes = TileChanges(
            {
                key: TileChange(before.tile(key), after.tile(key))
                for key in before.keys() | after.keys()
                if _differ_coverage(before.tile(key), after.tile(key))
            }
        )

    def _write(self, document: Document, *, after: bool) -> None:
        if self.is_empty:
            return
        for key in self._changes:
            self._changes[key].write(document.selection.editable(key), after=after)
        document.selection.drop_empty(self._changes)
        document.selection_changed.emit(self._changes.area)


def _values(tile: QImage | None) -> Values | None:
    """The pixels of a tile as (256, 256) uint32."""
    return None if tile is None else view(tile).view(np.uint32)[:, :, 0]


def _written(tile: QImage) -> Values:
    """The same, to write to."""
    return edit(tile).view(np.uint32)[:, :, 0]


def _differ(before: QImage | None, after: QImage | None) -> bool:
    return before is not after and (before or _CLEAR) != (after or _CLEAR)


def _differ_coverage(before: Pixels | None, after: Pixels | None) -> bool:
    if before is after:
        return False
    return not np.array_equal(_NONE if before is None else before, _NONE if after is None else after)


_NOT_READY: tuple[None, None] = (None, None)
_CLEAR = Surface().editable((0, 0))
_NONE = Mask().editable((0, 0))
