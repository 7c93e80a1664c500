"""A square of saturation and value with a strip of hues beside it."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import (
    QColor,
    QImage,
    QLinearGradient,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
)

from sdstudio.ui import theme
from sdstudio.ui.widgets.color_field import ColorField

_STRIP = 18
_GAP = 8
_RADIUS = 4.0
_SIDE = 64  # of the picture of the square; it is smooth, so that stretching it shows nothing


class ColorSquare(ColorField):
    def __init__(self) -> None:
        super().__init__()
        self._drags_hue = False
        self.setMinimumHeight(72)
        self.setAccessibleName(self.tr("Colour: left and right change saturation, up and down brightness"))
        self.setToolTip(self.tr("Drag in the square for saturation and brightness, in the strip for the hue"))

    def sizeHint(self) -> QSize:
        return QSize(220, 144)

    # Input

    def _begin(self, at: QPointF) -> None:
        self._drags_hue = at.x() >= self._field().right() + _GAP / 2

    def _drag(self, at: QPointF) -> None:
        field = self._field()
        down = min(max((at.y() - field.top()) / max(1.0, field.height()), 0.0), 1.0)
        if self._drags_hue:
            self._set_hue(min(down, 0.9999))
        else:
            self._saturation = min(max((at.x() - field.left()) / max(1.0, field.width()), 0.0), 1.0)
            self._value = 1.0 - down

    # Painting

    def _field(self) -> QRectF:
        return QRectF(1, 1, self.width() - _STRIP - _GAP - 2, self.height() - 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        field = self._field()
        strip = QRectF(self.width() - _STRIP - 1, field.top(), _STRIP, field.height())
        if self._picture is None:
            self._picture = _saturation_and_value(self._hue)
        painter.save()
        painter.setClipPath(_rounded(field))
        painter.drawImage(field, self._picture)
        painter.restore()
        hues = QLinearGradient(strip.topLeft(), strip.bottomLeft())
        for step in range(13):
            hues.setColorAt(step / 12, QColor.fromHsvF(step / 12 % 1.0, 1.0, 1.0))
        painter.fillPath(_rounded(strip), hues)
        self._draw_marks(painter, field, strip)

    def _draw_marks(self, painter: QPainter, field: QRectF, strip: QRectF) -> None:
        at = QPointF(field.left() + self._saturation * field.width(), field.top() + (1 - self._value) * field.height())
        at.setX(min(max(at.x(), field.left() + 6), field.right() - 6))
        at.setY(min(max(at.y(), field.top() + 6), field.bottom() - 6))
        y = min(max(strip.top() + self._hue * strip.height(), strip.top() + 4), strip.bottom() - 4)
        for color, width in ((QColor(0, 0, 0, 160), 4.0), (QColor("white"), 2.0)):
            painter.setPen(QPen(color, width))
            painter.drawEllipse(at, 5, 5)
            painter.drawRoundedRect(QRectF(strip.left(), y - 3, strip.width(), 6), 2, 2)
        if self.hasFocus():
            painter.setPen(QPen(theme.color("accent_text"), 1))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), _RADIUS, _RADIUS)


def _rounded(rect: QRectF) -> QPainterPath:
    path = QPainterPath()
    path.addRoundedRect(rect, _RADIUS, _RADIUS)
    return path


def _saturation_and_value(hue: float) -> QImage:
    """White, the pure hue and black at the corners, mixed bilinearly: exactly the HSV square."""
    color = QColor.fromHsvF(hue, 1.0, 1.0)
    pure = np.array([color.red(), color.green(), color.blue()], np.float32)
    saturation = np.linspace(0, 1, _SIDE, dtype=np.float32)[None, :, None]
    value = np.linspace(1, 0, _SIDE, dtype=np.float32)[:, None, None]
    pixels = np.ascontiguousarray(((255 + saturation * (pure - 255)) * value + 0.5).astype(np.uint8))
    return QImage(pixels.data, _SIDE, _SIDE, 3 * _SIDE, QImage.Format.Format_RGB888).copy()
