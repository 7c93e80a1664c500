"""The frame around the words that are being written: how it is drawn, and what of it lies under the pointer.

Must not know keys, or how the words are changed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF, QTransform

from sdstudio.document.layers import GroupLayer, Layer, PaintLayer
from sdstudio.document.text_layers import text_of
from sdstudio.raster.geometry import Point
from sdstudio.raster.text import Text
from sdstudio.raster.text_drawing import qt_transform
from sdstudio.raster.text_layout import Layout
from sdstudio.ui.canvas.camera import Camera
from sdstudio.ui.tools.handles import paint_handle
from sdstudio.ui.tools.text_box import TextBoxEdge, edges_of

_LINES = ((QColor(0, 0, 0, 150), 3.0), (QColor(255, 255, 255, 220), 1.0))
_MARKED = QColor(58, 134, 255, 90)
_MARGIN = 8.0  # view pixels around the words that belong to them
_REACH = 7.0  # view pixels around a handle


@dataclass(frozen=True)
class TextFrame:
    """Around `text`, laid out as `layout`, as `camera` shows it."""

    text: Text
    layout: Layout
    camera: Camera

    @property
    def _way(self) -> QTransform:
        """From the text's own plane to the view."""
        return qt_transform(self.text.transform) * self.camera.transform

    def paint(self, painter: QPainter, marked: tuple[int, int], position: int) -> QPointF:
        """The frame, its handles, what is marked and the caret, in the view; returns where the caret ends."""
        way = self._way
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        start, end = marked
        if start != end:
            for rect in self.layout.marked(start, end):
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(_MARKED)
                painter.drawPolygon(way.map(QPolygonF(rect)))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        frame, caret = way.map(QPolygonF(self.layout.rect)), way.map(self.layout.caret(position))
        for color, width in _LINES:
            painter.setPen(QPen(color, width, Qt.PenStyle.SolidLine))
            painter.drawLine(caret)
            painter.setPen(QPen(color, width - 0.5, Qt.PenStyle.DotLine))
            painter.drawPolygon(frame)
        for edge in edges_of(self.layout):
            paint_handle(painter, edge.place(way))
        return caret.p2()

    def has_words_at(self, place: Point) -> bool:
        """Whether a place of the document is on the words, or so near that it belongs to them."""
        margin = _MARGIN / self.camera.scale
        rect: QRectF = self.layout.rect.adjusted(-margin, -margin, margin, margin)
        return rect.contains(on_plane(self.text, place))

    def edge_at(self, place: Point) -> TextBoxEdge | None:
        """The edge of the box whose handle is at a place of the document."""
        way, at = self._way, self.camera.to_view(place)
        for edge in edges_of(self.layout):
            there = edge.place(way) - at
            if math.hypot(there.x(), there.y()) <= _REACH:
                return edge
        return None


def on_plane(text: Text, place: Point) -> QPointF:
    """A place of the document in the text's own plane."""
    there = text.transform.inverse.map(place)
    return QPointF(there.x, there.y)


def text_layer_at(group: GroupLayer, place: Point) -> PaintLayer | None:
    """The topmost visible text layer of `group` whose words are there."""
    for layer in _visible(group):
        text = text_of(layer)
        if text is not None and isinstance(layer, PaintLayer) and Layout(text).rect.contains(on_plane(text, place)):
            return layer
    return None


def _visible(group: GroupLayer) -> list[Layer]:
    """Layers that are seen, the topmost first."""
    found: list[Layer] = []
    for layer in reversed(group.children):
        if layer.visible:
            found += _visible(layer) if isinstance(layer, GroupLayer) else [layer]
    return found
