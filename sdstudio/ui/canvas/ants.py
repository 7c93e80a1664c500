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
from sdstudio.ui.canvas.ant_field import AntField, is_ragged
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
        self._field: AntField | None = None  # instead of the path
        self._view = QRectF()

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
        is_known = level == self._level and not self._traced.is_empty and self._traced.contains(seen)
        if is_known and (self._field is None or (self._field.camera == camera and self._view == view)):
            return
        margin = round(max(seen.width, seen.height) * _MARGIN)
        self._traced, self._level = seen.padded(margin).intersected(canvas), level
        self._path, self._shown, self._field = QPainterPath(), None, None
        self._view = QRectF(view)
        area = covering(self._traced, level)
        if area.is_empty:
            return
        inside = _inside(pyramid.image(area, level))
        if is_ragged(inside):
            self._field = AntField(camera, view, inside, area, level)
        else:
            self._path = _line_around(inside, area, level)

    def rect(self, camera: Camera) -> QRectF:
        """Where the line is in the view; empty when there is none."""
        if self._field is not None:
            return QRectF(self._view)
        path = self._in_view(camera)
        return QRectF() if path.isEmpty() else path.boundingRect().adjusted(-2, -2, 2, 2)

    def paint(self, painter: QPainter, camera: Camera) -> None:
        if self._field is not None:
            self._field.paint(painter, camera, self._phase, _DASH)
            return
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


def _inside(coverage: Pixels) -> Pixels:
    """255 where the coverage is at least half; a mask that is weak everywhere has an edge as well."""
    peak = int(coverage.max())
    least = peak / 2 if 0 < peak < _HALF else _HALF
    return np.where(coverage >= least, np.uint8(255), np.uint8(0))


def _line_around(inside: Pixels, area: Bounds, level: int) -> QPainterPath:
    """In document coordinates."""
    path = QPainterPath()
    for line in masks.outline(inside):
        corners = [QPointF((x + area.x) << level, (y + area.y) << level) for x, y in line.tolist()]
        path.addPolygon(QPolygonF(corners))
        path.closeSubpath()
    return path
