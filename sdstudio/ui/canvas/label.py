"""A short text over the picture, readable on whatever is below it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter

_GROUND = QColor(24, 24, 24, 215)
_TEXT = QColor(240, 240, 240)
_PADDING = (6.0, 3.0)


def paint_label(painter: QPainter, corner: QPointF, text: str) -> QRectF:
    """Paint `text` with its box's top left at `corner` of the view; returns the box."""
    box = label_box(painter, corner, text)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_GROUND)
    painter.drawRoundedRect(box, 4, 4)
    painter.setPen(_TEXT)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
    painter.restore()
    return box


def label_box(painter: QPainter, corner: QPointF, text: str) -> QRectF:
    """Where `paint_label` would paint, without painting."""
    metrics = QFontMetricsF(painter.font())
    across, down = _PADDING
    return QRectF(corner.x(), corner.y(), metrics.horizontalAdvance(text) + 2 * across, metrics.height() + 2 * down)
