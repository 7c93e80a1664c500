"""The middle of the window: the canvas, with rulers at its top and left when a person wants them."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from sdstudio.document.guides import Guides
from sdstudio.ui.canvas.ruler import THICKNESS, Ruler
from sdstudio.ui.canvas.view import CanvasView


class CanvasArea(QWidget):
    """Keeps the rulers true to the canvas. Drags from a ruler are told in the canvas's view coordinates."""

    guide_grabbed = Signal(str, int)  # axis, and the index of the guide; -1 for a new one
    guide_dragged = Signal(QPointF)
    guide_dropped = Signal(QPointF)

    def __init__(self, canvas: CanvasView) -> None:
        super().__init__()
        self._canvas = canvas
        self.top, self.left = Ruler(is_level=True), Ruler(is_level=False)
        self._corner = QWidget()
        self._corner.setFixedSize(THICKNESS, THICKNESS)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(0)
        grid.addWidget(self._corner, 0, 0)
        grid.addWidget(self.top, 0, 1)
        grid.addWidget(self.left, 1, 0)
        grid.addWidget(canvas, 1, 1)
        for ruler in (self.top, self.left):
            ruler.grabbed.connect(self.guide_grabbed)
            ruler.dragged.connect(lambda at, ruler=ruler: self.guide_dragged.emit(self._in_canvas(ruler, at)))
            ruler.dropped.connect(lambda at, ruler=ruler: self.guide_dropped.emit(self._in_canvas(ruler, at)))
        canvas.view_changed.connect(self._on_view_changed)
        canvas.cursor_moved.connect(self._on_cursor_moved)
        self.show_rulers(False)

    def show_rulers(self, is_on: bool) -> None:
        for part in (self.top, self.left, self._corner):
            part.setVisible(is_on)
        self._on_view_changed()

    def show_guides(self, guides: Guides) -> None:
        for ruler in (self.top, self.left):
            ruler.show_guides(guides)

    def _in_canvas(self, ruler: Ruler, at: QPointF) -> QPointF:
        return QPointF(self._canvas.mapFrom(self, ruler.mapTo(self, at)))

    def _on_view_changed(self) -> None:
        if not self.top.isHidden():
            for ruler in (self.top, self.left):
                ruler.look_through(self._canvas.camera)

    def _on_cursor_moved(self, at: object) -> None:
        if not self.top.isHidden():
            for ruler in (self.top, self.left):
                ruler.show_pointer(at)  # type: ignore[arg-type]  # a Point or None: Qt's signals carry any object
