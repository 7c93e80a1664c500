"""The box with its handles on the screen: painting it, finding what lies under the pointer, and the cursor there.

Must not know tools.
"""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from sdstudio.raster.geometry import Bounds, Point
from sdstudio.raster.transform import Transform
from sdstudio.ui.canvas.camera import Camera
from sdstudio.ui.canvas.label import paint_label
from sdstudio.ui.tools.transform_box import HANDLES, Grip, handle

REACH = 9.0  # view pixels around a handle that belong to it
_PIVOT_REACH = 7.0
_LEAST_FOR_PIVOT = 56.0  # view pixels: in a smaller box the middle is there to move it
_SIDE = 8.0  # of a handle
_LINE = ((QColor(0, 0, 0, 190), 3.0), (QColor(255, 255, 255), 1.0))
_ACCENT = QColor(58, 134, 255)
_SHAPES = (
    Qt.CursorShape.SizeHorCursor,
    Qt.CursorShape.SizeFDiagCursor,
    Qt.CursorShape.SizeVerCursor,
    Qt.CursorShape.SizeBDiagCursor,
)


def places(area: Bounds, transform: Transform, camera: Camera) -> dict[tuple[int, int], QPointF]:
    """Each handle in view coordinates."""
    return {at: camera.to_view(transform.map(handle(area, *at))) for at in HANDLES}


def grip_at(area: Bounds, transform: Transform, camera: Camera, place: Point, pivot: Point | None = None) -> Grip:
    """What a press at `place` (document coordinates) would hold: a handle, the pivot, the inside, or else the outside.

    `pivot` is a place of the box before the transform; None where there is none to be held.
    """
    at = camera.to_view(place)
    outline = _outline(area, transform, camera)
    is_inside = outline.containsPoint(at, Qt.FillRule.WindingFill)
    distances = {key: _distance(at, there) for key, there in places(area, transform, camera).items()}
    nearest = min(distances, key=lambda key: distances[key])
    size = outline.boundingRect()
    # In a box that is smaller than its handles the inside is there to move it.
    reach = REACH if not is_inside else min(REACH, min(size.width(), size.height()) / 4)
    if pivot is not None and _is_at_pivot(at, camera.to_view(transform.map(pivot)), size, distances[nearest]):
        return Grip("pivot")
    if distances[nearest] <= reach:
        return Grip("scale", *nearest)
    return Grip("move") if is_inside else Grip("turn")


def cursor_for(grip: Grip, area: Bounds, transform: Transform, camera: Camera) -> Qt.CursorShape:
    match grip.kind:
        case "move":
            return Qt.CursorShape.SizeAllCursor
        case "turn":
            return Qt.CursorShape.PointingHandCursor
        case "distort" | "perspective" | "pivot":
            return Qt.CursorShape.CrossCursor
    there = places(area, transform, camera)[grip.across, grip.down]
    middle = camera.to_view(transform.map(handle(area, 0, 0)))
    angle = math.degrees(math.atan2(there.y() - middle.y(), there.x() - middle.x()))
    if grip.kind == "slant":
        angle += 90
    return _SHAPES[round(angle / 45) % 4]


def paint_box(
    painter: QPainter,
    camera: Camera,
    area: Bounds,
    transform: Transform,
    note: str = "",
    pivot: Point | None = None,
) -> None:
    """The outline, the handles, and the pivot or else the middle; `note` stands below."""
    outline = _outline(area, transform, camera)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for color, width in _LINE:
        painter.setPen(QPen(color, width))
        painter.drawPolygon(outline)
    for there in places(area, transform, camera).values():
        paint_handle(painter, there)
    if pivot is None:
        paint_cross(painter, camera.to_view(transform.map(handle(area, 0, 0))))
    else:
        _paint_pivot(painter, camera.to_view(transform.map(pivot)))
    painter.restore()
    if note:
        corner = outline.boundingRect().bottomLeft()
        paint_label(painter, QPointF(corner.x(), corner.y() + 12), note)


def paint_handle(painter: QPainter, at: QPointF, *, is_round: bool = False, is_full: bool = False) -> None:
    painter.setPen(QPen(QColor(0, 0, 0, 200), 1))
    painter.setBrush(_ACCENT if is_full else QColor(255, 255, 255))
    square = QRectF(at.x() - _SIDE / 2, at.y() - _SIDE / 2, _SIDE, _SIDE)
    if is_round:
        painter.drawEllipse(square)
    else:
        painter.drawRect(square)


def paint_cross(painter: QPainter, at: QPointF) -> None:
    for color, width in _LINE:
        painter.setPen(QPen(color, width))
        painter.drawLine(QPointF(at.x() - 5, at.y()), QPointF(at.x() + 5, at.y()))
        painter.drawLine(QPointF(at.x(), at.y() - 5), QPointF(at.x(), at.y() + 5))


def _paint_pivot(painter: QPainter, at: QPointF) -> None:
    """A cross in a ring, so that it is not taken for the plain middle of a box."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for color, width in _LINE:
        painter.setPen(QPen(color, width))
        painter.drawEllipse(at, 5.0, 5.0)
        for across, down in ((1.0, 0.0), (0.0, 1.0)):
            for near, far in ((-9.0, -5.0), (-1.5, 1.5), (5.0, 9.0)):
                painter.drawLine(
                    QPointF(at.x() + across * near, at.y() + down * near),
                    QPointF(at.x() + across * far, at.y() + down * far),
                )


def _is_at_pivot(at: QPointF, pivot: QPointF, box: QRectF, to_handle: float) -> bool:
    """Whether the pivot would be held; a handle that is as near comes first."""
    distance = _distance(at, pivot)
    is_roomy = min(box.width(), box.height()) >= _LEAST_FOR_PIVOT or not box.contains(pivot)
    return distance <= _PIVOT_REACH and distance < to_handle and is_roomy


def _outline(area: Bounds, transform: Transform, camera: Camera) -> QPolygonF:
    return QPolygonF([camera.to_view(point) for point in transform.quad(area)])


def _distance(first: QPointF, second: QPointF) -> float:
    return math.hypot(first.x() - second.x(), first.y() - second.y())
