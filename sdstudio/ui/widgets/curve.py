"""A curve that is bent by its points: drag them, click to add one, drag one out of the square to take it away.

Must not know what the curve is for.
"""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from sdstudio.raster.curves import STRAIGHT, Points, values
from sdstudio.ui import theme

_MARGIN = 8.0
_REACH = 12.0  # how near a press must be to take a point
_OUT = 24.0  # how far outside the square a point is let go of
_LEAST_GAP = 0.02  # between the x of two points
_MOST_POINTS = 16
_STEPS = 96
_KEY_STEP = 0.02


class CurveEditor(QWidget):
    """`changed(points)` while a point moves. A double click on the ground makes the curve straight again."""

    changed = Signal(object)

    def __init__(self, name: str) -> None:
        super().__init__()
        self._points: list[tuple[float, float]] = list(STRAIGHT)
        self._current = -1
        self._is_dragging = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(name)
        self.setToolTip(
            self.tr(
                "Drag the points. Click to add one; drag it out, or press Delete, to take it away. "
                "Double click: straight again."
            )
        )

    @property
    def points(self) -> Points:
        return tuple(self._points)

    def set_points(self, points: Points) -> None:
        """Show another curve; nothing is emitted."""
        if not self._is_dragging and points != self.points:
            self._points = sorted(points)
            self._current = -1
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, 200)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 120)

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        self._current = self._point_near(event.position())
        if self._current < 0 and len(self._points) < _MOST_POINTS:
            self._add(event.position())
        self._is_dragging = self._current >= 0
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if not self._is_dragging:
            return
        away = event.position()
        if not self._square().adjusted(-_OUT, -_OUT, _OUT, _OUT).contains(away) and self._is_inner(self._current):
            self._is_dragging = False
            self._remove()
        else:
            self._move_to(*self._value_at(away))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._is_dragging = False

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._is_dragging = False
        self._points, self._current = list(STRAIGHT), -1
        self._tell()

    # Keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        ways = {
            Qt.Key.Key_Left: (-_KEY_STEP, 0.0),
            Qt.Key.Key_Right: (_KEY_STEP, 0.0),
            Qt.Key.Key_Up: (0.0, _KEY_STEP),
            Qt.Key.Key_Down: (0.0, -_KEY_STEP),
        }
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):  # from point to point
            step = 1 if key == Qt.Key.Key_PageDown else -1
            self._current = (self._current + step) % len(self._points)
            self.update()
        elif key in ways and self._current >= 0:
            x, y = self._points[self._current]
            self._move_to(x + ways[key][0], y + ways[key][1])
        elif key == Qt.Key.Key_Delete and self._is_inner(self._current):
            self._remove()
        else:
            super().keyPressEvent(event)

    # The points

    def _is_inner(self, index: int) -> bool:
        return 0 < index < len(self._points) - 1

    def _point_near(self, place: QPointF) -> int:
        gaps = [(self._place_of(point) - place).manhattanLength() for point in self._points]
        nearest = int(np.argmin(gaps))
        return nearest if gaps[nearest] <= _REACH else -1

    def _add(self, place: QPointF) -> None:
        x, y = self._value_at(place)
        index = next((i for i, point in enumerate(self._points) if point[0] > x), len(self._points))
        before = self._points[index - 1][0] if index > 0 else -1.0
        after = self._points[index][0] if index < len(self._points) else 2.0
        if min(x - before, after - x) >= _LEAST_GAP:
            self._points.insert(index, (x, y))
            self._current = index
            self._tell()

    def _remove(self) -> None:
        del self._points[self._current]
        self._current = -1
        self._tell()

    def _move_to(self, x: float, y: float) -> None:
        """The ends stay at the sides; no point passes another."""
        index = self._current
        low = self._points[index - 1][0] + _LEAST_GAP if index > 0 else 0.0
        high = self._points[index + 1][0] - _LEAST_GAP if index < len(self._points) - 1 else 1.0
        if not self._is_inner(index):
            low = high = self._points[index][0]
        self._points[index] = (min(max(x, low), high), min(max(y, 0.0), 1.0))
        self._tell()

    def _tell(self) -> None:
        self.update()
        self.changed.emit(self.points)

    # Where it is

    def _square(self) -> QRectF:
        return QRectF(self.rect()).adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)

    def _place_of(self, point: tuple[float, float]) -> QPointF:
        square = self._square()
        return QPointF(square.left() + point[0] * square.width(), square.bottom() - point[1] * square.height())

    def _value_at(self, place: QPointF) -> tuple[float, float]:
        square = self._square()
        x = (place.x() - square.left()) / max(square.width(), 1)
        y = (square.bottom() - place.y()) / max(square.height(), 1)
        return min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        square = self._square()
        painter.fillRect(square, theme.color("base"))
        painter.setPen(QPen(theme.color("line"), 1))
        for quarter in (0.25, 0.5, 0.75):
            x, y = square.left() + quarter * square.width(), square.top() + quarter * square.height()
            painter.drawLine(QPointF(x, square.top()), QPointF(x, square.bottom()))
            painter.drawLine(QPointF(square.left(), y), QPointF(square.right(), y))
        painter.setPen(QPen(theme.color("accent" if self.hasFocus() else "outline"), 1))
        painter.drawRect(square)
        if self.isEnabled():
            self._paint_curve(painter)

    def _paint_curve(self, painter: QPainter) -> None:
        at = np.linspace(0, 1, _STEPS + 1)
        places = [self._place_of((x, y)) for x, y in zip(at, values(self.points, at), strict=True)]
        line = QPainterPath(places[0])
        for place in places[1:]:
            line.lineTo(place)
        painter.setPen(QPen(theme.color("accent_text"), 2))
        painter.drawPath(line)
        for index, point in enumerate(self._points):
            painter.setPen(QPen(theme.color("text"), 1.5))
            painter.setBrush(theme.color("accent" if index == self._current else "raised"))
            painter.drawEllipse(self._place_of(point), 4.5, 4.5)
