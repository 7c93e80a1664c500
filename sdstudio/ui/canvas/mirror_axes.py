"""The axes of the mirrors over the picture, and the handles at their ends, in view coordinates.

Must not know tools or documents.
"""

from __future__ import annotations

import math

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from sdstudio.document.symmetry import Symmetry
from sdstudio.raster.geometry import Extent, Point
from sdstudio.ui.canvas.camera import Camera

HANDLE_RADIUS = 6.0  # view pixels
_AXIS, _HELD = QColor(120, 160, 255, 170), QColor("#ff5fa2")
_OUTSIDE = 14.0  # view pixels between the canvas and a handle beside it
_INSET = 12.0  # view pixels that a handle keeps from the edge of the view


def paint_axes(painter: QPainter, camera: Camera, symmetry: Symmetry, extent: Extent, *, is_held: bool = False) -> None:
    """Every axis, through the whole picture."""
    painter.save()
    painter.setPen(QPen(_HELD if is_held else _AXIS, 1, Qt.PenStyle.DashLine))
    reach = math.hypot(extent.width, extent.height)
    angles = [90.0] * symmetry.left_right + [0.0] * symmetry.top_bottom
    rays = [360 * ray / symmetry.rays + 90 for ray in range(symmetry.rays)] if symmetry.rays > 1 else []
    for degrees in (*angles, *(angle + 180 for angle in angles), *rays):
        far = _at_angle(symmetry.center, degrees, reach)
        painter.drawLine(camera.to_view(symmetry.center), camera.to_view(far))
    painter.restore()


def handles(symmetry: Symmetry, camera: Camera, extent: Extent, view: QRectF) -> dict[str, QPointF]:
    """What each handle moves, "x", "y" or both as "xy", and where it is: at the end of its axis, beside the picture.

    One whose end is not seen is at the edge of the view; one whose axis is not seen at all is left out.
    """
    center, found = symmetry.center, {}
    if symmetry.left_right or symmetry.rays > 1:
        upright = QLineF(
            camera.to_view(Point(center.x, 0)), camera.to_view(Point(center.x, float(max(extent.height, 1))))
        )
        found["xy" if symmetry.rays > 1 else "x"] = _end(upright, view)
    if symmetry.top_bottom:
        level = QLineF(camera.to_view(Point(0, center.y)), camera.to_view(Point(float(max(extent.width, 1)), center.y)))
        found["y"] = _end(level, view)
    return {moved: at for moved, at in found.items() if at is not None}


def paint_handle(painter: QPainter, at: QPointF, *, is_held: bool) -> None:
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(0, 0, 0, 200), 1))
    painter.setBrush(_HELD if is_held else QColor(_AXIS.rgb()))
    painter.drawEllipse(at, HANDLE_RADIUS, HANDLE_RADIUS)
    painter.restore()


def _end(axis: QLineF, view: QRectF) -> QPointF | None:
    """A little before the start of `axis`, or where it comes into the view."""
    long = QLineF(axis.p2(), axis.p1())
    long.setLength(long.length() + _OUTSIDE)
    room = view.adjusted(_INSET, _INSET, -_INSET, -_INSET)
    start, end = long.p2(), long.p1()
    if room.contains(start):
        return start
    corners = (room.topLeft(), room.topRight(), room.bottomRight(), room.bottomLeft())
    crossings = []
    for index, corner in enumerate(corners):
        kind, at = QLineF(start, end).intersects(QLineF(corner, corners[(index + 1) % 4]))
        if kind == QLineF.IntersectionType.BoundedIntersection:
            crossings.append(at)
    return min(crossings, key=lambda at: QLineF(start, at).length(), default=None)


def _at_angle(center: Point, degrees: float, length: float) -> Point:
    angle = math.radians(degrees)
    return Point(center.x + length * math.cos(angle), center.y - length * math.sin(angle))
