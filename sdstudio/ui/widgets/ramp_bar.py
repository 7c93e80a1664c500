"""A ramp of colours on a checkerboard, with its stops below it to be dragged. Must not know documents or settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from sdstudio.raster.geometry import Bounds, Point
from sdstudio.raster.gradient import Gradient, Ramp, Stop
from sdstudio.ui import theme

_BAR_HEIGHT = 28
_STOP_HEIGHT = 18
_STOP_HALF = 6.0
_GRAB = 8.0  # pixels from a stop within which a press takes it
_TEAR = 36.0  # pixels below the bar from which on a dragged stop is thrown away
_KEY_STEP = 0.01
_SQUARE = 6
_LIGHT, _DARK = QColor(206, 206, 206), QColor(150, 150, 150)

Resolve = Callable[[Ramp], Ramp]
"""Gives a ramp its real colours."""


def paint_ramp(painter: QPainter, rect: QRect, ramp: Ramp) -> None:
    """`ramp`, resolved, from the left to the right of `rect`, on a checkerboard where it is translucent."""
    painter.save()
    painter.setClipRect(rect)
    painter.fillRect(rect, _LIGHT)
    for row in range(rect.height() // _SQUARE + 1):
        for column in range(row % 2, rect.width() // _SQUARE + 1, 2):
            painter.fillRect(rect.x() + column * _SQUARE, rect.y() + row * _SQUARE, _SQUARE, _SQUARE, _DARK)
    gradient = Gradient(ramp, Point(0, 0), Point(rect.width(), 0))
    painter.drawImage(rect.topLeft(), gradient.render(Bounds(0, 0, rect.width(), rect.height())))
    painter.restore()


class RampBar(QWidget):
    """`changed(Ramp)` while a person drags, adds or removes a stop; `chosen(int)` when another one is chosen."""

    changed = Signal(object)
    chosen = Signal(int)

    def __init__(self, ramp: Ramp, resolve: Resolve) -> None:
        super().__init__()
        self._ramp, self._resolve = ramp, resolve
        self._index = 0
        self._is_dragging = False
        self._torn: Stop | None = None  # the stop that would be thrown away if it were let go now
        self.setAccessibleName(self.tr("Colours of the gradient"))
        self.setToolTip(
            self.tr("Drag a stop to move it, pull it away to remove it. Click below the bar to add one. Arrows, Delete")
        )
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(_BAR_HEIGHT + _STOP_HEIGHT + 2)

    def sizeHint(self) -> QSize:
        return QSize(360, self.height())

    @property
    def ramp(self) -> Ramp:
        return self._ramp

    @property
    def index(self) -> int:
        """Which stop is chosen."""
        return self._index

    @property
    def stop(self) -> Stop:
        return self._ramp.stops[self._index]

    def set_ramp(self, ramp: Ramp) -> None:
        """Show another ramp, without a signal."""
        self._ramp = ramp
        self._index = min(self._index, len(ramp.stops) - 1)
        self.update()

    def choose(self, index: int) -> None:
        self._index = index
        self.chosen.emit(index)
        self.update()

    def set_stop(self, stop: Stop) -> None:
        """Change the chosen stop."""
        stops = list(self._ramp.stops)
        stops[self._index] = stop
        self._put(stops)

    def remove_stop(self) -> None:
        """Take the chosen stop away; the last one stays."""
        if len(self._ramp.stops) > 1:
            stops = list(self._ramp.stops)
            del stops[self._index]
            self._index = max(0, self._index - 1)
            self._put(stops)
            self.chosen.emit(self._index)

    # Input

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        x = event.position().x()
        near = [abs(self._x(stop.at) - x) for stop in self._ramp.stops]
        index = min(range(len(near)), key=lambda i: (near[i], i != self._index))
        self._is_dragging = True
        if near[index] <= _GRAB:
            self.choose(index)
        else:
            self._add(self._at(x))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if not self._is_dragging:
            return
        is_far = event.position().y() > self.height() + _TEAR or event.position().y() < -_TEAR
        if is_far and self._torn is None and len(self._ramp.stops) > 1:
            self._torn = self.stop
            self.remove_stop()
        elif not is_far and self._torn is not None:
            self._insert(replace(self._torn, at=self._at(event.position().x())))
            self._torn = None
        elif not is_far:
            self.set_stop(replace(self.stop, at=self._at(event.position().x())))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._is_dragging, self._torn = False, None
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -_KEY_STEP, Qt.Key.Key_Right: _KEY_STEP}
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.remove_stop()
        elif key in steps:
            self.set_stop(replace(self.stop, at=min(max(self.stop.at + steps[key], 0.0), 1.0)))
        else:
            super().keyPressEvent(event)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        bar = QRect(round(_STOP_HALF), 0, self.width() - round(2 * _STOP_HALF), _BAR_HEIGHT)
        resolved = self._resolve(self._ramp)
        paint_ramp(painter, bar, resolved)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for index, stop in enumerate(resolved.stops):
            self._paint_stop(painter, self._x(stop.at), QColor(stop.color), is_chosen=index == self._index)

    def _paint_stop(self, painter: QPainter, x: float, color: QColor, *, is_chosen: bool) -> None:
        top = _BAR_HEIGHT + 1
        left, right = x - _STOP_HALF, x + _STOP_HALF
        corners = ((x, top), (right, top + 6), (right, top + 16), (left, top + 16), (left, top + 6))
        shape = QPolygonF([QPointF(*corner) for corner in corners])
        has_focus = is_chosen and self.hasFocus()
        role = "accent" if is_chosen else "text"
        painter.setPen(QPen(theme.color(role), 2.0 if has_focus else 1.5 if is_chosen else 1.0))
        painter.setBrush(theme.color("raised"))
        painter.drawPolygon(shape)
        painter.fillRect(QRectF(x - 3.5, top + 7, 7, 7), color)

    # Within

    def _x(self, at: float) -> float:
        return _STOP_HALF + at * (self.width() - 2 * _STOP_HALF)

    def _at(self, x: float) -> float:
        return min(max((x - _STOP_HALF) / max(self.width() - 2 * _STOP_HALF, 1), 0.0), 1.0)

    def _add(self, at: float) -> None:
        color = self._resolve(self._ramp).color(at)
        self._insert(Stop(at, color.name(), color.alphaF()))

    def _insert(self, stop: Stop) -> None:
        stops = [*self._ramp.stops, stop]
        self._index = len(stops) - 1
        self._put(stops)
        self.chosen.emit(self._index)

    def _put(self, stops: list[Stop]) -> None:
        """In the order of their places; the chosen one stays chosen."""
        chosen = stops[self._index]
        order = sorted(stops, key=lambda stop: stop.at)
        self._index = next(i for i, stop in enumerate(order) if stop is chosen)
        self._ramp = Ramp(tuple(order))
        self.changed.emit(self._ramp)
        self.update()


def ramp_image(ramp: Ramp, width: int, height: int) -> QImage:
    """A small picture of a resolved ramp, for lists."""
    image = QImage(width, height, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    paint_ramp(painter, QRect(0, 0, width, height), ramp)
    painter.end()
    return image
