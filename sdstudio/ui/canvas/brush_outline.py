"""The brush's outline under the pointer, at its true size and visible on every colour."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen

_SMALLEST = 5.0  # view pixels: a smaller circle would hide what it is about
_ARM = 7.0  # view pixels
_GAP = 3.0
_DARK, _LIGHT = QColor(0, 0, 0, 150), QColor(255, 255, 255, 230)


def outline_rect(at: QPointF, diameter: float) -> QRectF:
    """What `paint_outline` touches, in view coordinates."""
    reach = max(diameter / 2, _ARM + _GAP) + 3
    return QRectF(at.x() - reach, at.y() - reach, 2 * reach, 2 * reach)


def paint_outline(painter: QPainter, at: QPointF, diameter: float, *, takes_away: bool) -> None:
    """A dark and a light ring; a cross hair around a tiny brush; a minus in the middle when the brush takes away."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for color, width in ((_DARK, 3.0), (_LIGHT, 1.2)):
        painter.setPen(QPen(color, width))
        if diameter >= _SMALLEST:
            painter.drawEllipse(at, diameter / 2, diameter / 2)
        else:
            _paint_cross(painter, at)
        if takes_away:
            painter.drawLine(at - QPointF(4, 0), at + QPointF(4, 0))


def _paint_cross(painter: QPainter, at: QPointF) -> None:
    for way in (QPointF(1, 0), QPointF(-1, 0), QPointF(0, 1), QPointF(0, -1)):
        painter.drawLine(at + way * _GAP, at + way * (_GAP + _ARM))
