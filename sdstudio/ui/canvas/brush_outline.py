"""The brush's outline under the pointer, at its true size, shape and angle, and visible on every colour."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF, QTransform

from sdstudio.raster.dabs import Brush
from sdstudio.raster.geometry import Point
from sdstudio.raster.stamps import known
from sdstudio.ui.canvas.camera import Camera

_SMALLEST = 5.0  # view pixels: a smaller circle would hide what it is about
_ARM = 7.0  # view pixels
_GAP = 3.0
_DARK, _LIGHT = QColor(0, 0, 0, 150), QColor(255, 255, 255, 230)
_TRACED_SIDE = 96  # pixels of a tip's picture when its edge is looked for
_LEAST_PART = 12  # pixels around: smaller specks are left out of the outline


def outline_rect(at: QPointF, diameter: float) -> QRectF:
    """What `paint_outline` touches, in view coordinates."""
    reach = max(diameter * 0.75, _ARM + _GAP) + 3  # the corners of a picture lie farther out than its sides
    return QRectF(at.x() - reach, at.y() - reach, 2 * reach, 2 * reach)


def outline_of(brush: Brush, camera: Camera) -> QPainterPath | None:
    """The tip's edge around the origin, in view pixels; None for a round one, which needs only its diameter."""
    if not brush.tip and brush.roundness == 1:
        return None
    origin, right, down = (camera.to_view(Point(x, y)) for x, y in ((0, 0), (1, 0), (0, 1)))
    x, y = right - origin, down - origin
    view = QTransform(x.x(), x.y(), y.x(), y.y(), 0, 0)
    held = QTransform().rotate(-brush.angle).scale(brush.size, brush.size * brush.roundness)
    return (held * view).map(_edge(brush.tip))


def paint_outline(
    painter: QPainter, at: QPointF, diameter: float, *, takes_away: bool, shape: QPainterPath | None = None
) -> None:
    """A dark and a light ring; a cross hair around a tiny brush; a minus in the middle when the brush takes away."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for color, width in ((_DARK, 3.0), (_LIGHT, 1.2)):
        painter.setPen(QPen(color, width))
        if diameter < _SMALLEST:
            _paint_cross(painter, at)
        elif shape is not None:
            painter.drawPath(shape.translated(at))
        else:
            painter.drawEllipse(at, diameter / 2, diameter / 2)
        if takes_away:
            painter.drawLine(at - QPointF(4, 0), at + QPointF(4, 0))


def _paint_cross(painter: QPainter, at: QPointF) -> None:
    for way in (QPointF(1, 0), QPointF(-1, 0), QPointF(0, 1), QPointF(0, -1)):
        painter.drawLine(at + way * _GAP, at + way * (_GAP + _ARM))


@lru_cache(maxsize=32)
def _edge(tip: str) -> QPainterPath:
    """The edge of a tip whose longer side is 1, around the origin."""
    path = QPainterPath()
    picture = known(tip)
    if picture is None:
        path.addEllipse(QPointF(0, 0), 0.5, 0.5)
        return path
    scale = _TRACED_SIDE / max(picture.shape)
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    # Joined where it is loose, so that a spray has one edge and not a hundred.
    joined = cv2.morphologyEx((small > 40).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    middle = QPointF(small.shape[1] / 2, small.shape[0] / 2)
    lines, _ = cv2.findContours(np.pad(joined, 1), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    for line in sorted(lines, key=len, reverse=True):
        if path.isEmpty() or cv2.arcLength(line, True) >= _LEAST_PART:
            corners = [(QPointF(float(x) - 0.5, float(y) - 0.5) - middle) / _TRACED_SIDE for x, y in line[:, 0, :]]
            path.addPolygon(QPolygonF(corners))
            path.closeSubpath()
    return path
