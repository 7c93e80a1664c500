"""A slider whose track shows what each of its values would give; impossible stretches are hatched."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QLinearGradient, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from sdstudio.ui import theme

_HEIGHT = 20
_TRACK = 12.0
_KNOB = 6.0
_HATCH = 5


class GradientSlider(QWidget):
    """`moved(float)` in 0..1 while a person drags or uses the keys. `set_value` shows a value without a signal."""

    moved = Signal(float)

    def __init__(self, name: str, step: float = 0.01) -> None:
        super().__init__()
        self._value, self._step = 0.0, step
        self._ramp: list[QColor] = [QColor("black"), QColor("white")]
        self._possible: list[bool] = [True, True]
        self.setAccessibleName(name)
        self.setFixedHeight(_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)  # the number beside it is the one to reach with Tab

    def sizeHint(self) -> QSize:
        return QSize(96, _HEIGHT)

    @property
    def value(self) -> float:
        return self._value

    def set_value(self, value: float) -> None:
        self._value = min(max(value, 0.0), 1.0)
        self.update()

    def set_ramp(self, colors: Sequence[QColor], possible: Sequence[bool]) -> None:
        """Colours at even steps along the track, and which of them exist."""
        self._ramp, self._possible = list(colors), list(possible)
        self.update()

    # Input

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._move_to(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._move_to(event.position().x())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        ways = {Qt.Key.Key_Left: -1, Qt.Key.Key_Down: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: 1}
        ways |= {Qt.Key.Key_PageDown: -10, Qt.Key.Key_PageUp: 10, Qt.Key.Key_Home: -1000, Qt.Key.Key_End: 1000}
        if event.key() not in ways:
            super().keyPressEvent(event)
            return
        self.set_value(self._value + ways[Qt.Key(event.key())] * self._step)
        self.moved.emit(self._value)

    def _move_to(self, x: float) -> None:
        self.set_value((x - _KNOB) / max(1.0, self.width() - 2 * _KNOB))
        self.moved.emit(self._value)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        track = QRectF(0, (self.height() - _TRACK) / 2, self.width(), _TRACK)
        path = QPainterPath()
        path.addRoundedRect(track, 4, 4)
        gradient = QLinearGradient(QPointF(_KNOB, 0), QPointF(self.width() - _KNOB, 0))
        for index, color in enumerate(self._ramp):
            gradient.setColorAt(index / (len(self._ramp) - 1), color)
        painter.fillPath(path, gradient)
        self._paint_impossible(painter, track, path)
        x = _KNOB + self._value * (self.width() - 2 * _KNOB)
        knob = QRectF(x - 4, track.top() - 3, 8, track.height() + 6)
        focused = theme.color("accent_text") if self.hasFocus() else QColor("white")
        for color, width in ((QColor(0, 0, 0, 170), 4.0), (focused, 2.0)):
            painter.setPen(QPen(color, width))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(knob, 3, 3)

    def _paint_impossible(self, painter: QPainter, track: QRectF, path: QPainterPath) -> None:
        """Lines over the stretches where the screen has no such colour: told by form, not by colour alone."""
        painter.save()
        painter.setClipPath(path)
        steps = len(self._possible) - 1
        span = self.width() - 2 * _KNOB
        for index, is_possible in enumerate(self._possible):
            if is_possible:
                continue
            left = max(_KNOB + (index - 0.5) / steps * span, 0.0) if index else 0.0
            right = _KNOB + (index + 0.5) / steps * span if index < steps else float(self.width())
            painter.fillRect(QRectF(left, track.top(), right - left, track.height()), QColor(40, 40, 40, 150))
            painter.setPen(QPen(QColor(255, 255, 255, 130), 1))
            for x in range(int(left // _HATCH) * _HATCH, int(right) + 1, _HATCH):
                if left <= x <= right:
                    painter.drawLine(QPointF(x, track.bottom()), QPointF(x + _TRACK / 2, track.top()))
        painter.restore()
