"""The selection's outline under a transform: its edge is seen at once, and it is one undo step in the end."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QPointF
from PySide6.QtGui import QPainter

from sdstudio.document.document import Document
from sdstudio.document.edits import EditSelection
from sdstudio.document.selection_draft import SelectionDraft
from sdstudio.document.transforms import turned_selection
from sdstudio.errors import StudioError
from sdstudio.raster.transform import IDENTITY, Transform
from sdstudio.raster.warp import Filter
from sdstudio.ui.canvas.camera import Camera
from sdstudio.ui.long_edits import run_long

translate = QCoreApplication.translate

_AT_ONCE = 8 * 1024 * 1024  # pixels of the canvas up to which the edge follows the hand


class FloatingSelection:
    """Like `Floating`, but nothing of the picture moves."""

    def __init__(self, document: Document) -> None:
        """Raises StudioError when nothing is selected."""
        if document.selection.is_empty:
            raise StudioError(translate("Tool", "Nothing is selected. Select something first, then transform it."))
        self.area = document.selection.content_bounds()
        self._document = document
        self._transform = IDENTITY
        self._draft: SelectionDraft | None = None
        self._is_quick = document.extent.area <= _AT_ONCE

    @property
    def transform(self) -> Transform:
        return self._transform

    @transform.setter
    def transform(self, transform: Transform) -> None:
        self._transform = transform
        if self._is_quick:
            self._show(Filter.BILINEAR)

    def follows(self) -> bool:
        """The document has changed below it: whether the selection is still the one that floats."""
        return self._draft is None or self._draft.is_open

    def apply(self, kind: Filter) -> None:
        """Put it down. Raises StudioError when it is refused; the selection is as before then."""
        if self._is_quick:
            self._show(kind)
            if self._draft is not None:
                self._draft.commit()
            return
        run_long(
            self._document,
            translate("Tool", "Transforming…"),
            lambda snapshot, tell: EditSelection(
                turned_selection(snapshot.selection, snapshot.bounds, self._transform, kind, tell), _label()
            ),
        )

    def drop(self) -> None:
        """Let go of it: what was not applied is as before."""
        if self._draft is not None:
            self._draft.cancel()

    def paint(self, painter: QPainter, camera: Camera, middle: QPointF) -> None:
        """Nothing: the canvas itself shows the selection's edge."""

    def _show(self, kind: Filter) -> None:
        if self._draft is None:
            self._draft = SelectionDraft(self._document, _label())
        self._draft.show(turned_selection(self._draft.before, self._document.bounds, self._transform, kind))


def _label() -> str:
    return translate("Tool", "Transform selection")
