"""The dashed box that says how much of the picture a generation will look at."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from sdstudio.raster.geometry import Bounds
from sdstudio.ui.canvas.camera import Camera
from sdstudio.ui.canvas.label import label_size, paint_label

_GAP = 4.0


def paint_box(painter: QPainter, camera: Camera, area: Bounds, text: str, view: QRectF) -> None:
    """Dashes around `area`; `text` above its top left corner, or wherever it still is inside of `view`."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, not camera.is_upright)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    outline = camera.outline(area)
    painter.setPen(QPen(QColor(0, 0, 0, 170), 1))
    painter.drawPolygon(outline)
    dashes = QPen(QColor(255, 255, 255), 1)
    dashes.setDashPattern([6, 6])
    painter.setPen(dashes)
    painter.drawPolygon(outline)
    if text:
        paint_label(painter, _label_corner(painter, outline.boundingRect(), text, view), text)
    painter.restore()


def _label_corner(painter: QPainter, box: QRectF, text: str, view: QRectF) -> QPointF:
    size = label_size(painter, text)
    above = box.top() - size.height() - _GAP
    y = above if above >= view.top() + _GAP else max(box.top(), view.top()) + _GAP
    x = min(max(box.left(), view.left() + _GAP), view.right() - size.width() - _GAP)
    return QPointF(x, y)
