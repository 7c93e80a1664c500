"""Marching ants: the line around the selection, at the resolution of the screen.

Owns the line, not the clock; the canvas tells it when to march. Must not know widgets.
"""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from sdstudio.raster import masks
from sdstudio.raster.geometry import EMPTY, Bounds, Extent
from sdstudio.raster.pixels import Pixels
from sdstudio.ui.canvas.camera import Camera
from sdstudio.ui.canvas.pyramid import Pyramid, covering, level_for

STEP_MS = 120
_DASH = 4  # view pixels of a dark or a light piece
_HALF = 128  # coverage from which on a pixel counts as inside
_MARGIN = 0.25  # part of what is seen by which more is traced on each side, so that small pans cost nothing


class Ants:
    """Traces the selection again only when it has changed or another part of it comes into view."""

    def __init__(self) -> None:
        self._phase = 0
        self._path = QPainterPath()
        self._traced = EMPTY
        self._level = 0
        self._shown: tuple[Camera, QPainterPath] | None = None

    def forget(self) -> None:
        """The selection has changed."""
        self._traced = EMPTY

    def march(self) -> None:
        self._phase = (self._phase + 1) % (2 * _DASH)

    def trace(self, camera: Camera, view: QRectF, pyramid: Pyramid[Pixels], extent: Extent) -> None:
        """Bring the line up to date for what `camera` shows in `view` (view coordinates)."""
        canvas = Bounds.of(extent)
        seen = camera.area_seen(view).intersected(canvas)
        level = level_for(camera.zoom)
        if level == self._level and not self._traced.is_empty and self._traced.contains(seen):
            return
        margin = round(max(seen.width, seen.height) * _MARGIN)
        self._traced, self._level = seen.padded(margin).intersected(canvas), level
        self._path = _line_around(pyramid, covering(self._traced, level), level)
        self._shown = None

    def rect(self, camera: Camera) -> QRectF:
        """Where the line is in the view; empty when there is none."""
        path = self._in_view(camera)
        return QRectF() if path.isEmpty() else path.boundingRect().adjusted(-2, -2, 2, 2)

    def paint(self, painter: QPainter, camera: Camera) -> None:
        path = self._in_view(camera)
        if path.isEmpty():
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, not camera.is_upright)
        painter.setPen(QPen(QColor(0, 0, 0), 1))
        painter.drawPath(path)
        dashes = QPen(QColor(255, 255, 255), 1)
        dashes.setDashPattern([_DASH, _DASH])
        dashes.setDashOffset(self._phase)
        painter.setPen(dashes)
        painter.drawPath(path)

    def _in_view(self, camera: Camera) -> QPainterPath:
        if self._shown is None or self._shown[0] != camera:
            self._shown = (camera, camera.transform.map(self._path))
        return self._shown[1]


def _line_around(pyramid: Pyramid[Pixels], area: Bounds, level: int) -> QPainterPath:
    """In document coordinates."""
    path = QPainterPath()
    if area.is_empty:
        return path
    coverage = pyramid.image(area, level)
    peak = int(coverage.max())
    if 0 < peak < _HALF:  # a mask that is weak everywhere has an edge as well
        coverage = np.where(coverage >= peak / 2, np.uint8(255), np.uint8(0))
    for line in masks.outline(coverage):
        corners = [QPointF((x + area.x) << level, (y + area.y) << level) for x, y in line.tolist()]
        path.addPolygon(QPolygonF(corners))
        path.closeSubpath()
    return path
