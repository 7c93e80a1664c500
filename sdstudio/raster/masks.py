"""Making and combining coverage: shapes, the algebra of selections, and the outline that marching ants follow.

Coverage is (h, w) uint8, 0..255, or a `Mask` where it may be large. Must not know documents.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPolygonF

from sdstudio.raster.contents import content_of
from sdstudio.raster.geometry import Bounds, Point
from sdstudio.raster.pixels import Pixels, view
from sdstudio.raster.tiles import TILE, Mask, Surface, keys_over, tile_bounds

Mode = Literal["replace", "add", "subtract", "intersect"]

# Shared by all masks that cover a whole tile; they copy it before they write.
_FULL = np.full((TILE, TILE), 255, np.uint8)
_FULL.setflags(write=False)


def rectangle(area: Bounds) -> Mask:
    """Full coverage in `area`."""
    mask = Mask()
    for key in keys_over(area):
        place = tile_bounds(key)
        part = area.intersected(place)
        if part == place:
            mask.replace(key, _FULL)
        else:
            mask.write(part, np.full((part.height, part.width), 255, np.uint8))
    return mask


def ellipse(left: float, top: float, right: float, bottom: float, *, antialias: bool = True) -> Mask:
    """The inside of the ellipse that touches the four edges, which are in document pixels."""
    path = QPainterPath()
    path.addEllipse(QRectF(QPointF(left, top), QPointF(right, bottom)).normalized())
    return _inside(path, antialias)


def polygon(points: Sequence[Point], *, antialias: bool = True) -> Mask:
    """The inside of a closed line; parts that the line goes round twice are inside as well."""
    if len(points) < 3:
        return Mask()
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.WindingFill)
    path.addPolygon(QPolygonF([QPointF(point.x, point.y) for point in points]))
    path.closeSubpath()
    return _inside(path, antialias)


def _inside(path: QPainterPath, antialias: bool) -> Mask:
    mask = Mask()
    edges = path.boundingRect()
    for key in keys_over(Bounds.around(edges.left(), edges.top(), edges.right(), edges.bottom())):
        tile = QImage(TILE, TILE, QImage.Format.Format_Grayscale8)
        tile.fill(0)
        painter = QPainter(tile)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, antialias)
        painter.translate(-key[0] * TILE, -key[1] * TILE)
        painter.fillPath(path, Qt.GlobalColor.white)
        painter.end()
        mask.write(tile_bounds(key), view(tile))
    mask.drop_empty()
    return mask


def combined(selection: Mask, shape: Mask, mode: Mode | str, canvas: Bounds) -> Mask:
    """`selection` after `shape` has been put to it by `mode`, inside of `canvas`."""
    area = shape.bounds().intersected(canvas)
    result = selection.snapshot() if mode in ("add", "subtract") else Mask()
    if area.is_empty:
        return result
    drawn, there = shape.read(area), selection.read(area)
    match mode:
        case "add":
            drawn = np.maximum(there, drawn)
        case "subtract":
            drawn = np.minimum(there, 255 - drawn)
        case "intersect":
            drawn = np.minimum(there, drawn)
    result.write(area, drawn)
    result.drop_empty()
    return result


def inverted(mask: Mask, canvas: Bounds) -> Mask:
    """What is not covered inside of `canvas`."""
    result = Mask()
    for key in keys_over(canvas):
        place, tile = tile_bounds(key), mask.tile(key)
        part = canvas.intersected(place)
        if part == place and tile is None and mask.outside == 0:
            result.replace(key, _FULL)
        else:
            result.write(part, 255 - mask.read(part))
    result.drop_empty()
    return result


def alpha(surface: Surface, canvas: Bounds) -> Mask:
    """How much is painted where, inside of `canvas`."""
    mask = Mask()
    for key in surface:
        part = tile_bounds(key).intersected(canvas)
        tile = surface.tile(key)
        if tile is not None and not part.is_empty:
            left, top = part.x - key[0] * TILE, part.y - key[1] * TILE
            mask.write(part, view(tile)[top : top + part.height, left : left + part.width, 3])
    mask.drop_empty()
    return mask


def outline(coverage: Pixels) -> list[NDArray[np.int32]]:
    """Closed lines along the pixel edges between coverage below and from 128: arrays (n, 2) of x, y corners."""
    inside = (coverage >= 128).astype(np.uint8)
    content = content_of(inside)
    if content.is_empty:
        return []
    inside = inside[content.y : content.bottom, content.x : content.right]
    # Contours run through pixel centres. At twice the size each centre lies beside exactly one pixel edge or corner.
    doubled = inside.repeat(2, axis=0).repeat(2, axis=1)
    lines, _ = cv2.findContours(doubled, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    corner = np.array([content.x, content.y], np.int32)
    return [((line[:, 0, :] + 1) // 2 + corner).astype(np.int32) for line in lines]
