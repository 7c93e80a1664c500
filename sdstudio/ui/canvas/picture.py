"""Paints the document, and what belongs to its pixels, as a camera shows them: in device pixels, part by part.

A part painted by itself looks exactly as it does when everything is painted, so that only what changed must be.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPen, QPolygonF, QTransform

from sdstudio.document.side_by_side import PROCESSORS, each
from sdstudio.raster.geometry import Bounds, Extent
from sdstudio.raster.pixels import PREMULTIPLIED, edit, over, view
from sdstudio.ui.canvas.camera import Camera
from sdstudio.ui.canvas.pyramid import covering, level_for
from sdstudio.ui.canvas.sheet import Sheet

SMOOTH_BELOW = 4.0  # zoom from which on every pixel of the document is shown as a square
GRID_FROM = 8.0  # zoom from which on lines are drawn between pixels
_REACH = 2  # source pixels around a part that smoothing may look at
_WORTH_SHARING = 1 << 18  # device pixels of a turned picture
_SQUARE = 8  # logical pixels of a square of the checkerboard
_TIE = 1e-6  # device pixels: an edge in the middle of a pixel belongs to the right of it, whatever floats say
_LIGHT, _DARK = QColor(206, 206, 206), QColor(182, 182, 182)
_EDGE = QColor(0, 0, 0, 110)
_GRID = QColor(128, 128, 128, 96)


def device_transform(camera: Camera) -> QTransform:
    """Document to device pixels of the canvas."""
    ratio = camera.device_pixel_ratio
    return camera.transform * QTransform.fromScale(ratio, ratio)


def seen_in(camera: Camera, part: QRect, extent: Extent) -> Bounds:
    """The pixels of the document that `part` of the screen (device pixels) needs; may be empty."""
    return _around(camera, part).intersected(Bounds.of(extent))


def _around(camera: Camera, part: QRect) -> Bounds:
    """The same on an endless document."""
    ratio = camera.device_pixel_ratio
    logical = QRectF(part.x() / ratio, part.y() / ratio, part.width() / ratio, part.height() / ratio)
    return camera.area_seen(logical).padded(_REACH << level_for(camera.zoom))


def paint_ground(painter: QPainter, camera: Camera, extent: Extent) -> None:
    """The checkerboard that shows through where the document is transparent, and a fine edge around it."""
    ratio = camera.device_pixel_ratio
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, not camera.is_upright)
    painter.setBrushOrigin(QPointF(round(camera.pan_x * ratio), round(camera.pan_y * ratio)))
    painter.setBrush(QBrush(_checkerboard(max(1, round(_SQUARE * ratio)))))
    painter.setPen(Qt.PenStyle.NoPen)
    if camera.is_upright:
        painter.drawRect(_frame(camera, extent))
    else:
        painter.drawPolygon(device_transform(camera).map(_corners(extent)))
    painter.restore()


def paint_document(painter: QPainter, camera: Camera, part: QRect, sheet: Sheet, extent: Extent) -> None:
    """What `part` (device pixels) shows of the document, and a checkerboard where it is not opaque. The painter is
    clipped to `part`.
    """
    area = seen_in(camera, part, extent)
    if area.is_empty:
        return
    if camera.zoom >= SMOOTH_BELOW and camera.is_upright:
        image = sheet.pyramid.image(area, 0)
        is_opaque = bool((view(image)[:, :, 3] == 255).all())
        if not is_opaque:
            paint_ground(painter, camera, extent)
        _paint_squares(painter, camera, part, image, area, extent, is_opaque=is_opaque)
        return
    level = level_for(camera.zoom)
    image, reduced, is_opaque = sheet.cover(covering(area, level), level)
    if not is_opaque:
        paint_ground(painter, camera, extent)
    transform = QTransform.fromScale(1 << level, 1 << level) * device_transform(camera)
    corner = QPointF(reduced.x, reduced.y)
    has_edge = not camera.is_upright and not Bounds.of(extent).contains(_around(camera, part))
    screen = painter.device()
    if camera.is_upright or part.width() * part.height() < _WORTH_SHARING or not isinstance(screen, QImage):
        painter.save()
        _paint_sheet(painter, camera, transform, corner, image, has_edge=has_edge)
        painter.restore()
        return
    # Every pixel of a turned picture is sampled by itself, which takes long enough to be shared among the processors.
    pixels, height = edit(screen), -(-part.height() // PROCESSORS)

    def paint_strip(top: int) -> None:
        rows = slice(top, min(top + height, part.bottom() + 1))
        strip = over(pixels[rows, part.left() : part.right() + 1], screen.format())
        beside = QPainter(strip)
        moved = transform * QTransform.fromTranslate(-part.left(), -top)
        _paint_sheet(beside, camera, moved, corner, image, has_edge=has_edge)
        beside.end()

    for _ in each(paint_strip, range(part.top(), part.bottom() + 1, height), worth_sharing=2):
        pass


def _paint_sheet(
    painter: QPainter, camera: Camera, transform: QTransform, corner: QPointF, image: QImage, *, has_edge: bool
) -> None:
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, camera.zoom < SMOOTH_BELOW and camera.zoom != 1.0)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, has_edge)  # a tenth faster without
    painter.setTransform(transform)
    painter.drawImage(corner, image)


def paint_edge(painter: QPainter, camera: Camera, extent: Extent) -> None:
    """A fine line around the document, so that it ends visibly on any surround."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, not camera.is_upright)
    painter.setPen(QPen(_EDGE, 1))
    if camera.is_upright:
        painter.drawRect(_frame(camera, extent).adjusted(-1, -1, 0, 0))
    else:
        painter.drawPolygon(device_transform(camera).map(_corners(extent)))
    painter.restore()


def paint_grid(painter: QPainter, camera: Camera, part: QRect, extent: Extent) -> None:
    """Lines between the pixels of the document, when they are large enough."""
    area = seen_in(camera, part, extent)
    if camera.zoom < GRID_FROM or area.is_empty:
        return
    transform = device_transform(camera)
    ends = [((x, area.y), (x, area.bottom)) for x in range(max(area.x, 1), area.right)]
    ends += [((area.x, y), (area.right, y)) for y in range(max(area.y, 1), area.bottom)]
    painter.save()
    painter.setPen(QPen(_GRID, 1))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, not camera.is_upright)
    for start, end in ends:
        line = QLineF(transform.map(QPointF(*start)), transform.map(QPointF(*end)))
        if camera.is_upright:
            painter.drawLine(_whole(line.x1()), _whole(line.y1()), _whole(line.x2()), _whole(line.y2()))
        else:
            painter.drawLine(line)
    painter.restore()


def _paint_squares(
    painter: QPainter,
    camera: Camera,
    part: QRect,
    image: QImage,
    area: Bounds,
    extent: Extent,
    *,
    is_opaque: bool,
) -> None:
    """Each pixel of the document as a square. Looked up by hand: QPainter rounds a part differently than the whole."""
    rect = _frame(camera, extent).intersected(part)
    if rect.isEmpty():
        return
    inverse = device_transform(camera).inverted()[0]
    middles_x = np.arange(rect.left(), rect.right() + 1) + 0.5 - _TIE
    middles_y = np.arange(rect.top(), rect.bottom() + 1) + 0.5 - _TIE
    columns = np.floor(middles_x * inverse.m11() + inverse.dx()).astype(np.intp)
    rows = np.floor(middles_y * inverse.m22() + inverse.dy()).astype(np.intp)
    columns = np.clip(columns - area.x, 0, area.width - 1)
    rows = np.clip(rows - area.y, 0, area.height - 1)
    whole = view(image).view(np.uint32)[:, :, 0]
    # First along the few rows that there are, then whole rows at a time.
    enlarged = np.ascontiguousarray(np.take(np.take(whole, columns, axis=1), rows, axis=0))
    form = QImage.Format.Format_RGB32 if is_opaque else PREMULTIPLIED
    painter.drawImage(rect.topLeft(), over(enlarged.view(np.uint8).reshape(*enlarged.shape, 4), form))


def _corners(extent: Extent) -> QPolygonF:
    return QPolygonF(QRectF(0, 0, extent.width, extent.height))


def _frame(camera: Camera, extent: Extent) -> QRect:
    """The device pixels that an upright document covers."""
    rect = device_transform(camera).mapRect(QRectF(0, 0, extent.width, extent.height))
    left, top, right, bottom = (_whole(edge) for edge in (rect.left(), rect.top(), rect.right(), rect.bottom()))
    return QRect(left, top, max(right - left, 1), max(bottom - top, 1))


def _whole(edge: float) -> int:
    """Where an edge falls between pixels: halves always go the same way, so that panning changes nothing."""
    return math.floor(edge + 0.5 + _TIE)


@cache
def _checkerboard(square: int) -> QImage:
    image = QImage(2 * square, 2 * square, QImage.Format.Format_RGB32)
    image.fill(_LIGHT)
    painter = QPainter(image)
    painter.fillRect(0, 0, square, square, _DARK)
    painter.fillRect(square, square, square, square, _DARK)
    painter.end()
    return image
