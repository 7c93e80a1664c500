"""A selection that is tried out: shown at once, and kept as one undo step or taken back without a trace.

Must not know where the tried selections come from.
"""

from __future__ import annotations

from sdstudio.document.document import Document
from sdstudio.document.edits import EditSelection
from sdstudio.raster.geometry import EMPTY
from sdstudio.raster.tiles import Mask, tile_bounds


class SelectionDraft:
    """As a stroke it may be ended from elsewhere, which keeps what is shown; it ignores what comes afterwards."""

    def __init__(self, document: Document, label: str) -> None:
        document.begin_drag(self)
        self._document = document
        self._label = label
        self._before = document.selection.snapshot()
        self._is_open = True

    @property
    def before(self) -> Mask:
        """The selection as it was; to be read only."""
        return self._before

    @property
    def is_open(self) -> bool:
        """Until it is kept or taken back."""
        return self._is_open

    def show(self, mask: Mask) -> None:
        """Let `mask` be the selection for now; it is taken as it is at this moment."""
        if self._is_open:
            self._put(mask)

    def commit(self) -> None:
        """Keep what is shown; no undo step when that is what was there before."""
        if not self._is_open:
            return
        self._is_open = False
        selection = self._document.selection
        selection.drop_empty()
        edit = EditSelection.happened(self._before, selection.snapshot(), self._label)
        if not edit.is_empty:
            self._document.history.record(edit)

    def cancel(self) -> None:
        """Put the selection back as it was."""
        if self._is_open:
            self._is_open = False
            self._put(self._before)

    def _put(self, mask: Mask) -> None:
        selection, new, area = self._document.selection, mask.snapshot(), EMPTY
        for key in selection.keys() | new.keys():
            if selection.tile(key) is not new.tile(key):
                selection.replace(key, new.tile(key))
                area = area.united(tile_bounds(key))
        if not area.is_empty:
            self._document.selection_changed.emit(area)
