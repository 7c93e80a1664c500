"""Outlines of shapes, and the coverage that a filled outline gives. Must not know layers or documents."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPainterPathStroker, QPolygonF

from sdstudio.raster.geometry import Bounds, Point
from sdstudio.raster.pixels import Pixels, view
from sdstudio.raster.tiles import Mask, keys_over, tile_bounds

Kind = Literal["line", "rectangle", "ellipse", "polygon", "star"]
KINDS: tuple[Kind, ...] = ("line", "rectangle", "ellipse", "polygon", "star")
MOST_CORNERS = 60
_MOST_AT_ONCE = 16 * 1024 * 1024  # pixels
_STAR_WAIST = 0.45  # how far in the inner corners of a star lie


@dataclass(frozen=True)
class Shape:
    """A shape inside the rectangle between two corners; a line goes from one to the other."""

    kind: Kind
    start: Point
    end: Point
    radius: float = 0.0  # pixels, of a rectangle's corners
    corners: int = 5  # of a polygon or star

    @property
    def rect(self) -> QRectF:
        return QRectF(QPointF(self.start.x, self.start.y), QPointF(self.end.x, self.end.y)).normalized()

    def path(self) -> QPainterPath:
        path, rect = QPainterPath(), self.rect
        match self.kind:
            case "line":
                path.moveTo(self.start.x, self.start.y)
                path.lineTo(self.end.x, self.end.y)
            case "rectangle":
                radius = min(self.radius, rect.width() / 2, rect.height() / 2)
                path.addRoundedRect(rect, radius, radius)
            case "ellipse":
                path.addEllipse(rect)
            case _:
                path.addPolygon(self._polygon(rect))
                path.closeSubpath()
        return path

    def _polygon(self, rect: QRectF) -> QPolygonF:
        corners = min(max(self.corners, 3), MOST_CORNERS)
        reaches = (1.0, _STAR_WAIST) if self.kind == "star" else (1.0,)
        count = corners * len(reaches)
        points = []
        for index in range(count):
            angle = 2 * math.pi * index / count - math.pi / 2
            reach = reaches[index % len(reaches)]
            x = rect.center().x() + reach * rect.width() / 2 * math.cos(angle)
            y = rect.center().y() + reach * rect.height() / 2 * math.sin(angle)
            points.append(QPointF(x, y))
        return QPolygonF(points)


def outlined(path: QPainterPath, width: float, *, sharp: bool = False) -> QPainterPath:
    """The shape of a pen of `width` pixels that goes along `path`; `sharp` keeps corners pointed and ends square."""
    stroker = QPainterPathStroker()
    stroker.setWidth(width)
    stroker.setJoinStyle(Qt.PenJoinStyle.MiterJoin if sharp else Qt.PenJoinStyle.RoundJoin)
    stroker.setCapStyle(Qt.PenCapStyle.FlatCap if sharp else Qt.PenCapStyle.RoundCap)
    stroker.setCurveThreshold(0.05)
    outline = stroker.createStroke(path)
    outline.setFillRule(Qt.FillRule.WindingFill)
    return outline


def coverage(path: QPainterPath | Sequence[QPainterPath], limits: Bounds, *, smooth: bool = True) -> Mask:
    """How much of each pixel of `limits` lies inside of a path; without `smooth` all or nothing.

    Several paths cover what any of them covers; many short ones are much quicker than a long one.
    """
    paths = [path] if isinstance(path, QPainterPath) else path
    mask, edges = Mask(), QRectF()
    for one in paths:
        edges = edges.united(one.boundingRect())
    area = Bounds.around(edges.left(), edges.top(), edges.right(), edges.bottom()).padded(1).intersected(limits)
    whole = area.width * area.height <= _MOST_AT_ONCE
    for part in [area] if whole else [tile_bounds(key).intersected(area) for key in keys_over(area)]:
        rect = QRectF(part.x, part.y, part.width, part.height)
        inside = [one for one in paths if one.intersects(rect)]
        if inside and not part.is_empty:
            mask.write(part, _filled(inside, part, smooth=smooth))
    mask.drop_empty()
    return mask


def _filled(paths: Sequence[QPainterPath], part: Bounds, *, smooth: bool) -> Pixels:
    picture = QImage(part.width, part.height, QImage.Format.Format_Grayscale8)
    picture.fill(0)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, smooth)
    painter.translate(-part.x, -part.y)
    for path in paths:
        painter.fillPath(path, Qt.GlobalColor.white)
    painter.end()
    return view(picture)
