"""A short text over the picture, readable on whatever is below it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter

_GROUND = QColor(24, 24, 24, 215)
_TEXT = QColor(240, 240, 240)
_PADDING = (6.0, 3.0)


def paint_label(painter: QPainter, corner: QPointF, text: str) -> None:
    """Paint `text` on a dark box whose top left corner is at `corner` of the view."""
    box = QRectF(corner, label_size(painter, text))
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_GROUND)
    painter.drawRoundedRect(box, 4, 4)
    painter.setPen(_TEXT)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
    painter.restore()


def label_size(painter: QPainter, text: str) -> QSizeF:
    """The size of the box, in view pixels."""
    metrics = QFontMetricsF(painter.font())
    across, down = _PADDING
    return QSizeF(metrics.horizontalAdvance(text) + 2 * across, metrics.height() + 2 * down)
