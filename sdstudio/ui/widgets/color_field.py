"""What the square and the wheel of colours share: hue, saturation and value, and how a hand or the keys change them."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

_STEP, _HUE_STEP = 0.02, 0.01
_WAYS = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, 1), Qt.Key.Key_Down: (0, -1)}
_HUE_WAYS = {Qt.Key.Key_PageUp: 1, Qt.Key.Key_PageDown: -1}


class ColorField(QWidget):
    """`picked(QColor)` while a person drags; `set_color` shows a colour without a signal.

    Subclasses paint, and say what a drag that began somewhere means.
    """

    picked = Signal(QColor)

    def __init__(self) -> None:
        super().__init__()
        self._hue, self._saturation, self._value = 0.0, 0.0, 0.0  # finer than 8 bits, and grey keeps its last hue
        self._picture: QImage | None = None  # of the saturations and values of this hue; None when it must be made
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    @property
    def color(self) -> QColor:
        return QColor(QColor.fromHsvF(self._hue, self._saturation, self._value).rgb())

    def set_color(self, color: QColor) -> None:
        if color.rgb() == self.color.rgb():
            return
        if color.hsvSaturationF() > 0 and color.valueF() > 0:
            self._set_hue(color.hsvHueF())
        self._saturation, self._value = color.hsvSaturationF(), color.valueF()
        self.update()

    # Input

    def _begin(self, at: QPointF) -> None:
        """A drag begins: is it for the hue?"""
        raise NotImplementedError

    def _drag(self, at: QPointF) -> None:
        """It has come to `at`: set hue, or saturation and value."""
        raise NotImplementedError

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._begin(event.position())
            self._drag(event.position())
            self._tell()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._drag(event.position())
            self._tell()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in _WAYS:
            dx, dy = _WAYS[key]
            self._saturation = min(max(self._saturation + dx * _STEP, 0.0), 1.0)
            self._value = min(max(self._value + dy * _STEP, 0.0), 1.0)
        elif key in _HUE_WAYS:
            self._set_hue((self._hue + _HUE_WAYS[key] * _HUE_STEP) % 1.0)
        else:
            super().keyPressEvent(event)
            return
        self._tell()

    def _set_hue(self, hue: float) -> None:
        if hue != self._hue:
            self._hue, self._picture = hue, None

    def _tell(self) -> None:
        self.update()
        self.picked.emit(self.color)
