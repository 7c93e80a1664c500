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
from sdstudio.raster.pixels import Pixels, edit, view
from sdstudio.raster.tiles import Mask, Surface


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
        for key in self._changes:
            values = _values(layer.surface.editable(key), writable=True)
            assert values is not None
            self._changes[key].write(values, after=after)
        layer.surface.drop_empty(self._changes)
        document.pixels_changed.emit(self._layer_id, self.area)


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


def _values(tile: QImage | None, *, writable: bool = False) -> Values | None:
    """The pixels of a tile as (256, 256) uint32."""
    if tile is None:
        return None
    return (edit(tile) if writable else view(tile)).view(np.uint32)[:, :, 0]


def _differ(before: QImage | None, after: QImage | None) -> bool:
    return before is not after and (before or _CLEAR) != (after or _CLEAR)


def _differ_coverage(before: Pixels | None, after: Pixels | None) -> bool:
    if before is after:
        return False
    return not np.array_equal(_NONE if before is None else before, _NONE if after is None else after)


_CLEAR = Surface().editable((0, 0))
_NONE = Mask().editable((0, 0))
