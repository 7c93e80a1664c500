"""Paints grid and guides over the picture, in view coordinates, however the view is turned."""

from __future__ import annotations

import math

from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from sdstudio.document.guides import Axis, Guides
from sdstudio.raster.geometry import Bounds, Extent, Point
from sdstudio.ui.canvas.aids import Grid
from sdstudio.ui.canvas.camera import Camera

GUIDE_COLOR = QColor("#18c7d6")
_HELD_COLOR = QColor("#ff5fa2")
_LEAST_GAP = 6.0  # view pixels between neighbouring grid lines
_FINE_ALPHA, _MAIN_ALPHA = 70, 150
_FAR = 1 << 20  # document pixels: a guide goes on beyond the canvas


def paint_grid(painter: QPainter, camera: Camera, grid: Grid, extent: Extent, view: QRectF) -> None:
    """Main and finer lines inside the canvas; those that would lie too close to each other are left out."""
    seen = camera.area_seen(view).intersected(Bounds.of(extent))
    if seen.is_empty:
        return
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, not camera.is_upright)
    fine = grid.steps
    main = (float(max(grid.spacing_x, 1)), float(max(grid.spacing_y, 1)))
    offset = (grid.offset_x, grid.offset_y)
    if grid.subdivisions > 1 and min(fine) * camera.scale >= _LEAST_GAP:
        _paint_lines(painter, camera, fine, offset, seen, _faint(grid.color, _FINE_ALPHA))
    while min(main) * camera.scale < _LEAST_GAP:
        main = (main[0] * 2, main[1] * 2)
    _paint_lines(painter, camera, main, offset, seen, _faint(grid.color, _MAIN_ALPHA))
    painter.restore()


def paint_guides(painter: QPainter, camera: Camera, guides: Guides, view: QRectF) -> None:
    """Lines through the whole view."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, not camera.is_upright)
    painter.setPen(QPen(GUIDE_COLOR, 1))
    for line in (guide_line(camera, axis, at) for axis in ("x", "y") for at in guides.along(axis)):
        painter.drawLine(_sharp(line, camera))
    painter.restore()


def paint_held_guide(painter: QPainter, camera: Camera, axis: Axis, position: float) -> None:
    """The one that is being dragged."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, not camera.is_upright)
    painter.setPen(QPen(_HELD_COLOR, 1))
    painter.drawLine(_sharp(guide_line(camera, axis, position), camera))
    painter.restore()


def guide_line(camera: Camera, axis: Axis, position: float) -> QLineF:
    """A guide in the view; it goes on far beyond it."""
    ends = [(position, -_FAR), (position, _FAR)] if axis == "x" else [(-_FAR, position), (_FAR, position)]
    return QLineF(*(camera.to_view(Point(x, y)) for x, y in ends))


def _paint_lines(
    painter: QPainter,
    camera: Camera,
    step: tuple[float, float],
    offset: tuple[int, int],
    seen: Bounds,
    color: QColor,
) -> None:
    painter.setPen(QPen(color, 1))
    across, down = _steps(seen.x, seen.right, step[0], offset[0]), _steps(seen.y, seen.bottom, step[1], offset[1])
    ends = [(Point(x, seen.y), Point(x, seen.bottom)) for x in across]
    ends += [(Point(seen.x, y), Point(seen.right, y)) for y in down]
    for start, end in ends:
        line = QLineF(camera.to_view(start), camera.to_view(end))
        painter.drawLine(_sharp(line, camera))


def _steps(low: float, high: float, step: float, offset: float) -> list[float]:
    first = math.ceil((low - offset) / step)
    last = math.floor((high - offset) / step)
    return [offset + number * step for number in range(first, last + 1)]


def _sharp(line: QLineF, camera: Camera) -> QLineF:
    """On whole pixels while the view is upright: a line is one pixel wide then."""
    if not camera.is_upright:
        return line
    return QLineF(QPointF(line.p1().toPoint()), QPointF(line.p2().toPoint()))


def _faint(name: str, alpha: int) -> QColor:
    color = QColor(name)
    color.setAlpha(alpha)
    return color
