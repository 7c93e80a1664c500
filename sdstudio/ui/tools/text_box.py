"""The box of a text: drawn by a drag, and pulled by its left or right edge. Must not know tools or documents."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
from PySide6.QtCore import QLineF, QPointF
from PySide6.QtGui import QTransform

from sdstudio.raster.geometry import Point
from sdstudio.raster.text import MOST_WIDTH, Text
from sdstudio.raster.text_layout import Layout
from sdstudio.raster.transform import Transform

_OUTSIDE = 8.0  # view pixels


@dataclass(frozen=True)
class TextBoxEdge:
    """Of `text` as it is before the pull. `handle` is the edge's middle, `other` the x of the edge opposite, both in
    the text's own plane."""

    text: Text
    handle: QPointF
    other: float
    is_left: bool

    def pulled(self, start: Point, now: Point) -> Text:
        """The text after a drag of this edge (places of the document); the other edge stays."""
        back, least = self.text.transform.inverse, self.text.size / 2
        x = self.handle.x() + back.map(now).x - back.map(start).x
        left = min(x, self.other - least) if self.is_left else self.other
        right = self.other if self.is_left else x
        width = min(max(round(right - left), least), MOST_WIDTH)
        place = Transform.move(left, 0).then(self.text.transform)
        return msgspec.structs.replace(self.text, width=float(width), place=place.rows)

    def place(self, way: QTransform) -> QPointF:
        """Where its handle is in the view: a little outside, for a drag from the edge itself marks words."""
        edge = way.map(self.handle)
        outwards = QLineF(edge, way.map(self.handle + QPointF(-1 if self.is_left else 1, 0)))
        outwards.setLength(_OUTSIDE)
        return outwards.p2()


def edges_of(layout: Layout) -> tuple[TextBoxEdge, ...]:
    """Both, at the middle of their height; none of a text without a box."""
    if not layout.text.width:
        return ()
    rect = layout.rect
    middle = rect.center().y()
    return (
        TextBoxEdge(layout.text, QPointF(rect.left(), middle), rect.right(), is_left=True),
        TextBoxEdge(layout.text, QPointF(rect.right(), middle), rect.left(), is_left=False),
    )


def boxed(text: Text, start: Point, end: Point, least: float) -> Text:
    """The text in a box from one corner to another (document pixels); one without a box after a drag below `least`."""
    if start.distance(end) < least:
        place, width = start, 0.0
    else:
        place, width = Point(min(start.x, end.x), min(start.y, end.y)), max(abs(end.x - start.x), text.size / 2)
    moved = Transform.move(round(place.x), round(place.y))
    return msgspec.structs.replace(text, width=float(round(width)), place=moved.rows)
