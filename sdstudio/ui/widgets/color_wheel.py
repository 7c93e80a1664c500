"""A ring of hues around a triangle or a square of saturation and value."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import (
    QColor,
    QConicalGradient,
    QImage,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPolygonF,
)

from sdstudio.raster import colour
from sdstudio.raster.pixels import over
from sdstudio.ui import theme
from sdstudio.ui.widgets.color_field import ColorField

Shape = Literal["triangle", "square"]
_RING = 16.0  # pixels
_GAP = 4.0
_SIDE = 96  # of the picture of the inner field; it is smooth, so that stretching it shows nothing
_HALF_HEIGHT = math.sqrt(3) / 2


class ColorWheel(ColorField):
    """Red is at the right."""

    def __init__(self, shape: Shape = "triangle") -> None:
        super().__init__()
        self._shape: Shape = shape
        self._drags_ring = False
        self.setMinimumSize(96, 96)
        self.setAccessibleName(
            self.tr("Colour: left and right change saturation, up and down brightness, Page Up and Page Down the hue")
        )
        self.setToolTip(self.tr("Drag on the ring for the hue, inside of it for saturation and brightness"))

    def sizeHint(self) -> QSize:
        return QSize(220, 160)

    def set_shape(self, shape: Shape) -> None:
        self._shape, self._picture = shape, None
        self.update()

    # Input

    def _begin(self, at: QPointF) -> None:
        away = at - self._middle
        self._drags_ring = math.hypot(away.x(), away.y()) > self._inner_radius + _GAP / 2

    def _drag(self, at: QPointF) -> None:
        away = at - self._middle
        if self._drags_ring:
            self._set_hue(math.degrees(math.atan2(-away.y(), away.x())) % 360.0 / 360.0)
        elif self._shape == "square":
            side = self._square.width()
            self._saturation = min(max((at.x() - self._square.left()) / side, 0.0), 1.0)
            self._value = 1.0 - min(max((at.y() - self._square.top()) / side, 0.0), 1.0)
        else:
            self._saturation, self._value = self._in_triangle(away)

    def _in_triangle(self, away: QPointF) -> tuple[float, float]:
        """Saturation and value at a place, or at the nearest one inside: shares of pure hue, white and black."""
        x, y = away.x() / self._inner_radius, -away.y() / self._inner_radius
        black_to_white = min(max((y / _HALF_HEIGHT + 1) / 2, 0.0), 1.0)
        pure = min(max((x + 0.5) / 1.5, 0.0), 1.0)
        if pure >= 1.0:
            return 1.0, 1.0
        white = min(max((black_to_white - pure / 2) / (1 - pure), 0.0), 1.0) * (1 - pure)
        value = pure + white
        return (pure / value if value > 0 else 0.0), value

    # Where things are

    @property
    def _middle(self) -> QPointF:
        return QPointF(self.width() / 2, self.height() / 2)

    @property
    def _radius(self) -> float:
        return min(self.width(), self.height()) / 2 - 1

    @property
    def _inner_radius(self) -> float:
        return max(self._radius - _RING - _GAP, 8.0)

    @property
    def _square(self) -> QRectF:
        half = self._inner_radius / math.sqrt(2)
        return QRectF(-half, -half, 2 * half, 2 * half).translated(self._middle)

    def _corners(self) -> QPolygonF:
        """Pure hue at the right, white above, black below at the left."""
        radius = self._inner_radius
        places = ((1.0, 0.0), (-0.5, -_HALF_HEIGHT), (-0.5, _HALF_HEIGHT))
        return QPolygonF([self._middle + QPointF(x * radius, y * radius) for x, y in places])

    def _mark(self) -> QPointF:
        if self._shape == "square":
            square = self._square
            return QPointF(
                square.left() + self._saturation * square.width(), square.bottom() - self._value * square.height()
            )
        pure, white = self._saturation * self._value, (1 - self._saturation) * self._value
        corners = self._corners()
        return corners.at(0) * pure + corners.at(1) * white + corners.at(2) * (1 - pure - white)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        self._paint_ring(painter)
        if self._picture is None:
            self._picture = _square_field(self._hue) if self._shape == "square" else _triangle_field(self._hue)
        painter.save()
        clip = QPainterPath()
        if self._shape == "square":
            clip.addRect(self._square)
            place = self._square
        else:
            clip.addPolygon(self._corners())
            radius = self._inner_radius
            place = QRectF(-0.5 * radius, -_HALF_HEIGHT * radius, 1.5 * radius, 2 * _HALF_HEIGHT * radius)
            place.translate(self._middle)
        painter.setClipPath(clip)
        painter.drawImage(place, self._picture)
        painter.restore()
        self._paint_marks(painter)

    def _paint_ring(self, painter: QPainter) -> None:
        hues = QConicalGradient(self._middle, 0)
        for step in range(13):
            hues.setColorAt(step / 12, QColor.fromHsvF(step / 12 % 1.0, 1.0, 1.0))
        ring = QPainterPath()
        ring.addEllipse(self._middle, self._radius, self._radius)
        ring.addEllipse(self._middle, self._radius - _RING, self._radius - _RING)
        painter.fillPath(ring, hues)

    def _paint_marks(self, painter: QPainter) -> None:
        turn = self._hue * 2 * math.pi
        away = self._radius - _RING / 2
        on_ring = self._middle + QPointF(math.cos(turn) * away, -math.sin(turn) * away)
        for color, width in ((QColor(0, 0, 0, 160), 4.0), (QColor("white"), 2.0)):
            painter.setPen(QPen(color, width))
            painter.drawEllipse(on_ring, _RING / 2 - 2, _RING / 2 - 2)
            painter.drawEllipse(self._mark(), 5, 5)
        if self.hasFocus():
            painter.setPen(QPen(theme.color("accent_text"), 1))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)


def _square_field(hue: float) -> QImage:
    across, up = np.linspace(0, 1, _SIDE), np.linspace(1, 0, _SIDE)
    saturation, value = np.meshgrid(across, up)
    return _picture(hue, saturation, value)


def _triangle_field(hue: float) -> QImage:
    """Over the triangle's bounding rectangle; what lies outside of it is clipped away."""
    pure, height = np.meshgrid(np.linspace(0, 1, _SIDE), np.linspace(1, 0, _SIDE))
    white = np.clip(height - pure / 2, 0, 1 - pure)
    value = pure + white
    return _picture(hue, np.where(value > 0, pure / np.where(value > 0, value, 1), 0), value)


def _picture(hue: float, saturation: np.ndarray, value: np.ndarray) -> QImage:
    rgb = colour.bytes_of(colour.rgb_of_hsv(np.stack((np.full_like(value, hue * 360), saturation, value), axis=-1)))
    pixels = np.ascontiguousarray(np.dstack((rgb[:, :, ::-1], np.full(value.shape, 255, np.uint8))))
    return over(pixels, QImage.Format.Format_RGB32).copy()
