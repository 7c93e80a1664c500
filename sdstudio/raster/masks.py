"""Making and changing coverage: shapes, grow, feather, flood fill, and the outline that marching ants follow.

Coverage is (h, w) uint8, 0..255, or a `Mask` where it may be large. Must not know documents.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage, QPainter, QPolygonF

from sdstudio.raster.geometry import Bounds, Point
from sdstudio.raster.pixels import Pixels, premultiplied, view
from sdstudio.raster.tiles import TILE, Mask, keys_over, tile_bounds

_DISC_RADIUS = 8


def rectangle(area: Bounds) -> Mask:
    """Full coverage in `area`."""
    mask = Mask()
    for key in keys_over(area):
        place = tile_bounds(key)
        part = area.intersected(place)
        mask.write(part, np.full((part.height, part.width), 255, np.uint8))
    return mask


def polygon(points: Sequence[Point]) -> Mask:
    """The inside of a closed line, with smooth edges; parts that the line goes round twice are inside as well."""
    mask = Mask()
    if len(points) < 3:
        return mask
    shape = QPolygonF([QPointF(point.x, point.y) for point in points])
    edges = shape.boundingRect()
    for key in keys_over(Bounds.around(edges.left(), edges.top(), edges.right(), edges.bottom())):
        tile = QImage(TILE, TILE, QImage.Format.Format_Grayscale8)
        tile.fill(0)
        painter = QPainter(tile)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(Qt.GlobalColor.white)
        painter.translate(-key[0] * TILE, -key[1] * TILE)
        painter.drawPolygon(shape, Qt.FillRule.WindingFill)
        painter.end()
        mask.write(tile_bounds(key), view(tile))
    mask.drop_empty()
    return mask


def grow(coverage: Pixels, px: int) -> Pixels:
    """Coverage spread by `px` in every direction; a negative `px` shrinks it. The picture's border is no edge."""
    grown, left = coverage.copy(), abs(px)
    work = cv2.dilate if px > 0 else cv2.erode
    # Several small discs are a large one, at a fraction of the cost.
    while left > 0:
        radius = min(left, _DISC_RADIUS)
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
        grown = cast(Pixels, work(grown, disc))
        left -= radius
    return grown


def feather(coverage: Pixels, px: int) -> Pixels:
    """Edges softened over `px` on each side; what lies farther from an edge stays exactly as it is.

    Beyond the picture's border the coverage is taken to go on as it is at the border, so a mask that touches the
    border does not fade there.
    """
    soft = coverage.copy()
    for radius in _box_radii(px):
        side = 2 * radius + 1
        soft = cast(Pixels, cv2.blur(soft, (side, side), borderType=cv2.BORDER_REPLICATE))
    return soft


def _box_radii(px: int) -> list[int]:
    """Three boxes whose radii add up to `px`: together nearly a bell curve, and never wider."""
    return [radius for radius in (px // 3 + (px % 3 > 0), px // 3 + (px % 3 > 1), px // 3) if radius > 0]


def flood_fill(image: QImage, at: Point, tolerance: int) -> Mask:
    """The connected pixels around `at` whose B, G, R and A each differ by at most `tolerance` (0..255) from its own.

    Empty when `at` lies outside the picture.
    """
    mask = Mask()
    x, y = int(np.floor(at.x)), int(np.floor(at.y))
    if not (0 <= x < image.width() and 0 <= y < image.height()):
        return mask
    pixels = view(premultiplied(image))
    seed = pixels[y, x].astype(int)
    alike = cv2.inRange(pixels, tuple(seed - float(tolerance)), tuple(seed + float(tolerance)))
    height, width = alike.shape
    found = np.zeros((height + 2, width + 2), np.uint8)
    _, _, _, box = cv2.floodFill(alike, found, (x, y), 0, flags=4 | cv2.FLOODFILL_MASK_ONLY | (255 << 8))
    left, top, box_width, box_height = box
    area = Bounds(left, top, box_width, box_height)
    mask.write(area, found[top + 1 : top + 1 + box_height, left + 1 : left + 1 + box_width])
    return mask


def outline(coverage: Pixels) -> list[NDArray[np.int32]]:
    """Closed lines along the pixel edges between coverage below and from 128: arrays (n, 2) of x, y corners."""
    inside = (coverage >= 128).astype(np.uint8)
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    if rows.size == 0:
        return []
    left, top = int(columns[0]), int(rows[0])
    inside = inside[top : rows[-1] + 1, left : columns[-1] + 1]
    # Contours run through pixel centres. At twice the size each centre lies beside exactly one pixel edge or corner.
    doubled = inside.repeat(2, axis=0).repeat(2, axis=1)
    lines, _ = cv2.findContours(doubled, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    corner = np.array([left, top], np.int32)
    return [((line[:, 0, :] + 1) // 2 + corner).astype(np.int32) for line in lines]
