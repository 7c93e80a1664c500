"""Laying, moving and removing guides by dragging, as one undo step each. Must not know rulers or widgets."""

from __future__ import annotations

from PySide6.QtCore import QLineF, QPointF, Qt
from PySide6.QtGui import QCursor, QPainter

from sdstudio.document.guides import Axis, Guides, SetGuides, guides_of
from sdstudio.raster.geometry import Point
from sdstudio.ui.canvas.aid_lines import guide_line, paint_held_guide
from sdstudio.ui.canvas.camera import Camera
from sdstudio.ui.editor import Editor

_GRAB = 4.0  # view pixels


class GuideHand:
    """Holds at most one guide. Guides are on whole pixels; one that is dropped outside of the view is removed."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor
        self._axis: Axis | None = None
        self._index = -1  # of the one that is moved; -1 for a new one
        self._position: float | None = None

    @property
    def is_holding(self) -> bool:
        return self._axis is not None

    @property
    def shown(self) -> Guides:
        """The document's guides without the one that is held."""
        guides = guides_of(self._editor.document)
        return guides if self._axis is None or self._index < 0 else guides.without(self._axis, self._index)

    def find(self, at: QPointF, camera: Camera) -> tuple[Axis, int] | None:
        """The guide at a place of the view that can be taken hold of."""
        guides = guides_of(self._editor.document)
        if guides.is_locked:
            return None
        axes: tuple[Axis, Axis] = ("x", "y")
        found = [
            (_distance(guide_line(camera, axis, value), at), axis, index)
            for axis in axes
            for index, value in enumerate(guides.along(axis))
        ]
        distance, axis, index = min(found, default=(_GRAB + 1, "x", 0))
        return (axis, index) if distance <= _GRAB else None

    def grab(self, axis: Axis, index: int) -> None:
        """Take hold of a guide, or of a new one with index -1."""
        if not guides_of(self._editor.document).is_locked:
            self._axis, self._index, self._position = axis, index, None

    def drag(self, at: Point) -> None:
        """To a place of the document."""
        if self._axis is not None:
            self._position = float(round(at.x if self._axis == "x" else at.y))

    def drop(self, *, is_inside: bool) -> None:
        """Let go; one that is not inside of the view is removed."""
        axis, index, position = self._axis, self._index, self._position
        self._axis = self._position = None
        if axis is None or (position is None and is_inside):
            return
        guides = guides_of(self._editor.document)
        if not is_inside or position is None:
            changed, label = (guides.without(axis, index), "Remove guide") if index >= 0 else (guides, "")
        elif index >= 0:
            changed, label = guides.moved(axis, index, position), "Move guide"
        else:
            changed, label = guides.with_line(axis, position), "Add guide"
        self._editor.document.run(SetGuides(changed, label))

    def cancel(self) -> None:
        self._axis = self._position = None

    def paint(self, painter: QPainter, camera: Camera) -> None:
        """The one that is held."""
        if self._axis is not None and self._position is not None:
            paint_held_guide(painter, camera, self._axis, self._position)

    def cursor(self, axis: Axis, camera: Camera) -> QCursor:
        """Across the line as it lies in the view."""
        line = guide_line(camera, axis, 0)
        is_level = abs(line.dx()) > abs(line.dy())
        return QCursor(Qt.CursorShape.SplitVCursor if is_level else Qt.CursorShape.SplitHCursor)


def _distance(line: QLineF, at: QPointF) -> float:
    """From an endless line."""
    length = line.length()
    away = at - line.p1()
    return abs(line.dx() * away.y() - line.dy() * away.x()) / length if length else away.manhattanLength()
