"""A slider with a filled track and small marks at useful values; a click anywhere moves it there."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QSlider, QWidget

from sdstudio.ui import theme

_KNOB = 7.0
_TRACK = 4.0


class MarkedSlider(QSlider):
    """Horizontal. `default` comes back with a double click; marks attract the knob within a few pixels."""

    def __init__(
        self, low: int, high: int, *, default: int, marks: Sequence[int] = (), parent: QWidget | None = None
    ) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.default = default
        self._marks = tuple(marks)
        self.setRange(low, high)
        self.setValue(default)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFixedHeight(24)

    def sizeHint(self) -> QSize:
        return QSize(120, 24)

    def minimumSizeHint(self) -> QSize:
        return QSize(48, 24)

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.setSliderDown(True)
            self.setSliderPosition(self._value_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.isSliderDown():
            self.setSliderPosition(self._value_at(event.position().x()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.setSliderDown(False)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.setValue(self.default)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def _value_at(self, x: float) -> int:
        for mark in self._marks:
            if abs(x - self._position_of(mark)) < 4:
                return mark
        share = (x - _KNOB) / max(1.0, self.width() - 2 * _KNOB)
        return round(self.minimum() + min(max(share, 0.0), 1.0) * (self.maximum() - self.minimum()))

    def _position_of(self, value: int) -> float:
        share = (value - self.minimum()) / max(1, self.maximum() - self.minimum())
        return _KNOB + share * (self.width() - 2 * _KNOB)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        middle = self.height() / 2
        left, right, knob = _KNOB, self.width() - _KNOB, self._position_of(self.sliderPosition())
        track = QRectF(left - _TRACK / 2, middle - _TRACK / 2, right - left + _TRACK, _TRACK)
        painter.setBrush(theme.color("pressed"))
        painter.drawRoundedRect(track, _TRACK / 2, _TRACK / 2)
        track.setRight(knob)
        painter.setBrush(theme.color("accent" if self.isEnabled() else "disabled"))
        painter.drawRoundedRect(track, _TRACK / 2, _TRACK / 2)
        painter.setBrush(theme.color("muted"))
        for mark in self._marks:
            painter.drawRoundedRect(QRectF(self._position_of(mark) - 0.75, middle + 7, 1.5, 4), 0.75, 0.75)
        if self.hasFocus():
            painter.setPen(QPen(theme.color("accent_text"), 2))
        painter.setBrush(theme.color("text" if theme.is_dark() else "base"))
        if not theme.is_dark() and not self.hasFocus():
            painter.setPen(QPen(theme.color("disabled"), 1))
        painter.drawEllipse(QPointF(knob, middle), _KNOB - 1, _KNOB - 1)
