"""Rulers along the top and the left of the canvas: document pixels, the pointer, the guides.

A ruler reads the axis of the document that runs along it most nearly. In a turned view its marks are where the
document's lines meet the canvas's edge, and the pointer's mark follows these lines, so that it always reads true.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from sdstudio.document.guides import Axis, Guides
from sdstudio.raster.geometry import Point
from sdstudio.ui import theme
from sdstudio.ui.canvas.aid_lines import GUIDE_COLOR
from sdstudio.ui.canvas.camera import Camera

THICKNESS = 20
_LEAST_LABEL_GAP = 56.0  # view pixels
_LEAST_TICK_GAP = 5.0
_MARKER = 5.0
_GRAB = 6.0  # view pixels around a guide's marker in which it can be taken hold of


@dataclass(frozen=True)
class Reading:
    """What a ruler's edge reads: document coordinate `axis` is `start + slope * place` at `place` along the ruler."""

    axis: Axis
    start: float
    slope: float

    @staticmethod
    def of(camera: Camera, *, is_level: bool) -> Reading:
        """Of the canvas's top edge, or of its left one."""
        inverse = camera.inverse
        along_x = inverse.m11() if is_level else inverse.m21()
        along_y = inverse.m12() if is_level else inverse.m22()
        if abs(along_x) >= abs(along_y):
            return Reading("x", inverse.dx(), along_x)
        return Reading("y", inverse.dy(), along_y)

    def place_of(self, value: float) -> float:
        """Where along the ruler the value stands, in view pixels."""
        return (value - self.start) / self.slope

    def value_at(self, place: float) -> float:
        return self.start + self.slope * place


def label_step(slope: float) -> int:
    """Document pixels between labels: 1, 2 or 5 times a power of ten."""
    least = _LEAST_LABEL_GAP * abs(slope)
    power = 10 ** math.floor(math.log10(max(least, 1.0)))
    return next(int(step * power) for step in (1, 2, 5, 10) if step * power >= least)


class Ruler(QWidget):
    """Dragging from it lays a guide; dragging a guide's marker moves it. The one who lays guides gets the places."""

    grabbed = Signal(str, int)  # axis, and the index of the guide; -1 for a new one
    dragged = Signal(QPointF)  # in coordinates of this widget
    dropped = Signal(QPointF)

    def __init__(self, *, is_level: bool) -> None:
        super().__init__()
        self._is_level = is_level
        self._camera = Camera()
        self._guides = Guides()
        self._pointer: Point | None = None
        self._is_dragging = False
        if is_level:
            self.setFixedHeight(THICKNESS)
        else:
            self.setFixedWidth(THICKNESS)
        self.setAccessibleName(self.tr("Ruler"))
        self.setToolTip(self.tr("Drag from here onto the picture to lay a guide"))
        self.setCursor(Qt.CursorShape.SplitVCursor if is_level else Qt.CursorShape.SplitHCursor)

    def sizeHint(self) -> QSize:
        return QSize(THICKNESS, THICKNESS)

    def look_through(self, camera: Camera) -> None:
        self._camera = camera
        self.update()

    def show_guides(self, guides: Guides) -> None:
        self._guides = guides
        self.update()

    def show_pointer(self, at: Point | None) -> None:
        """Where the pointer is in the document."""
        self._pointer = at
        self.update()

    @property
    def reading(self) -> Reading:
        return Reading.of(self._camera, is_level=self._is_level)

    # Dragging

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._is_dragging = True
            reading = self.reading
            index = self._guide_at(self._along(event.position()))
            # A new line lies along this ruler; the markers on it belong to the lines that cross it.
            across: Axis = "y" if reading.axis == "x" else "x"
            self.grabbed.emit(reading.axis if index >= 0 else across, index)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._is_dragging:
            self.dragged.emit(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._is_dragging and event.button() == Qt.MouseButton.LeftButton:
            self._is_dragging = False
            self.dropped.emit(event.position())

    def _along(self, position: QPointF) -> float:
        return position.x() if self._is_level else position.y()

    def _guide_at(self, place: float) -> int:
        if self._guides.is_locked:
            return -1
        reading = self.reading
        distances = [abs(reading.place_of(value) - place) for value in self._guides.along(reading.axis)]
        nearest = min(range(len(distances)), key=distances.__getitem__, default=-1)
        return nearest if nearest >= 0 and distances[nearest] <= _GRAB else -1

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.color("panel"))
        if not self._is_level:  # paint a level ruler, turned: what is along is x, what is across is y
            painter.rotate(90)
            painter.scale(1, -1)
        length = self.width() if self._is_level else self.height()
        self._paint_marks(painter, length)
        painter.setPen(QPen(theme.color("line"), 1))
        painter.drawLine(0, THICKNESS - 1, length, THICKNESS - 1)
        self._paint_markers(painter)

    def _paint_marks(self, painter: QPainter, length: int) -> None:
        reading = self.reading
        step = label_step(reading.slope)
        parts = next((n for n in (10, 5, 2) if step / n >= max(1, _LEAST_TICK_GAP * abs(reading.slope))), 1)
        low, high = sorted((reading.value_at(0), reading.value_at(length)))
        font = QFont(self.font())
        font.setPixelSize(9)
        painter.setFont(font)
        painter.setPen(QPen(theme.color("muted"), 1))
        fine = step / parts
        for number in range(math.floor(low / fine), math.ceil(high / fine) + 1):
            place = math.floor(reading.place_of(number * fine)) + 0.5
            is_main = number % parts == 0
            middle = parts % 2 == 0 and number % (parts // 2) == 0
            size = THICKNESS - 2 if is_main else 8 if middle else 5
            painter.drawLine(QLineF(place, THICKNESS - size, place, THICKNESS - 1))
            if is_main:
                self._paint_label(painter, place, str(round(number * fine)))

    def _paint_label(self, painter: QPainter, place: float, text: str) -> None:
        painter.save()
        painter.translate(place + 3, 0)
        if not self._is_level:
            painter.scale(1, -1)
            painter.translate(0, -12)
        painter.drawText(QRectF(0, 0, 60, 12), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
        painter.restore()

    def _paint_markers(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        reading = self.reading
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(GUIDE_COLOR)
        for value in self._guides.along(reading.axis):
            painter.drawPolygon(_arrow(reading.place_of(value)))
        if self._pointer is not None:
            value = self._pointer.x if reading.axis == "x" else self._pointer.y
            place = reading.place_of(value)
            for color, width in ((QColor(theme.color("panel")), 3.0), (theme.color("accent_text"), 1.5)):
                painter.setPen(QPen(color, width))
                painter.drawLine(QLineF(place, 0, place, THICKNESS - 1))


def _arrow(place: float) -> QPolygonF:
    bottom = THICKNESS - 1.0
    corners = ((place, bottom), (place - _MARKER, bottom - 7), (place + _MARKER, bottom - 7))
    return QPolygonF([QPointF(x, y) for x, y in corners])
