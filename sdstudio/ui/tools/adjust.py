"""A drag that changes the brush itself: sideways its size, up and down its opacity."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QPointF, Qt
from PySide6.QtGui import QCursor, QPainter

from sdstudio.raster.dabs import Brush, Sample
from sdstudio.raster.geometry import Point
from sdstudio.ui.canvas.brush_outline import paint_outline
from sdstudio.ui.canvas.camera import Camera
from sdstudio.ui.canvas.label import paint_label
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.tool import Modifiers, Tool

translate = QCoreApplication.translate

_DECIDES_PX = 6.0  # view pixels until it is known which of the two is meant
_WHOLE_OPACITY_PX = 200.0  # view pixels from 0 to 100 %
_LABEL_GAP = 10.0


class AdjustTool(Tool):
    """In the hand for one drag only, instead of the tool whose brush it changes."""

    id = "adjust"
    wants_every_sample = False

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self.label = translate("Tool", "Adjust the brush")
        self.kind = "paint"  # of the brush that is changed; set by whoever takes this tool up
        self._center: Point | None = None
        self._start = QPointF()
        self._before = Brush()
        self._changes: str | None = None  # "size" or "opacity", once it is known

    @property
    def is_active(self) -> bool:
        return self._center is not None

    def cursor(self, modifiers: Modifiers) -> QCursor:
        shapes = {None: Qt.CursorShape.SizeAllCursor, "size": Qt.CursorShape.SizeHorCursor}
        return QCursor(shapes.get(self._changes, Qt.CursorShape.SizeVerCursor))

    def press(self, sample: Sample, modifiers: Modifiers) -> None:
        self._center, self._start = sample.position, self.to_view(sample)
        self._before, self._changes = self.editor.brushes[self.kind], None
        self.update_overlay()

    def move(self, sample: Sample, modifiers: Modifiers) -> None:
        if self._center is None or self.stage is None:
            return
        gone = self.to_view(sample) - self._start
        if self._changes is None and gone.manhattanLength() >= _DECIDES_PX:
            self._changes = "size" if abs(gone.x()) >= abs(gone.y()) else "opacity"
        if self._changes == "size":  # the ring's edge goes with the pointer
            size = round(self._before.size + 2 * gone.x() / self.stage.camera.scale)
            self.editor.set_brush(self.kind, size=size)
        elif self._changes == "opacity":
            self.editor.set_brush(self.kind, opacity=self._before.opacity - gone.y() / _WHOLE_OPACITY_PX)
        self.update_overlay()

    def release(self, sample: Sample, modifiers: Modifiers) -> None:
        self.move(sample, modifiers)
        self._center, self._changes = None, None
        self.update_overlay()

    def cancel(self) -> None:
        self.editor.set_brush(self.kind, size=self._before.size, opacity=self._before.opacity)
        self._center, self._changes = None, None
        self.update_overlay()

    def paint_overlay(self, painter: QPainter, camera: Camera) -> None:
        if self._center is None:
            return
        brush = self.editor.brushes[self.kind]
        at, diameter = camera.to_view(self._center), brush.size * camera.scale
        paint_outline(painter, at, diameter, takes_away=False)
        text = translate("Tool", "{size} px, {opacity} %").format(
            size=round(brush.size), opacity=round(brush.opacity * 100)
        )
        paint_label(painter, at + QPointF(_LABEL_GAP, _LABEL_GAP), text)
