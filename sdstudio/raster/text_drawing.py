"""The pixels of a text: its letters as outlines of any size and transform, and glyphs that are pictures as pictures.

Must not know layers.
"""

from __future__ import annotations

from PySide6.QtGui import QColor, QPainter, QTransform

from sdstudio.raster.geometry import Bounds
from sdstudio.raster.pixels import PREMULTIPLIED, color_table, over
from sdstudio.raster.shapes import coverage, outlined
from sdstudio.raster.text import Text
from sdstudio.raster.text_layout import Layout, Picture
from sdstudio.raster.tiles import Mask, Surface, keys_over, tile_bounds
from sdstudio.raster.transform import Transform


def drawn(text: Text, limits: Bounds) -> Surface:
    """The pixels of the text inside of `limits`."""
    surface, layout = Surface(), Layout(text)
    letters = layout.paths()
    way = qt_transform(text.transform)
    if text.outline > 0:
        around = [way.map(outlined(line, 2 * text.outline)) for line in letters]
        _lay(surface, coverage(around, limits), QColor(text.outline_color))
    _lay(surface, coverage([way.map(line) for line in letters], limits), QColor(text.color))
    for picture in layout.pictures(_size_of_a_pixel(text.transform)):
        _lay_picture(surface, picture, way, limits, QColor(text.color).alphaF())
    return surface


def qt_transform(transform: Transform) -> QTransform:
    """The same map for QPainter."""
    m = transform.matrix
    return QTransform(m[0, 0], m[1, 0], m[2, 0], m[0, 1], m[1, 1], m[2, 1], m[0, 2], m[1, 2], m[2, 2])


def _size_of_a_pixel(transform: Transform) -> float:
    """How large a pixel of the text's own plane is in the document."""
    a, b, _, c, d, *_ = transform.rows
    return float(max((a * a + c * c) ** 0.5, (b * b + d * d) ** 0.5))


def _lay(surface: Surface, covered: Mask, color: QColor) -> None:
    table = color_table(color)
    for key in covered:
        tile = covered.tile(key)
        assert tile is not None
        pixels = table[tile]
        painter = QPainter(surface.editable(key))
        painter.drawImage(0, 0, over(pixels, PREMULTIPLIED))
        painter.end()
    surface.drop_empty()


def _lay_picture(surface: Surface, picture: Picture, way: QTransform, limits: Bounds, opacity: float) -> None:
    box = way.mapRect(picture.rect)
    area = Bounds.around(box.left(), box.top(), box.right(), box.bottom()).intersected(limits)
    for key in keys_over(area):
        corner = tile_bounds(key)
        painter = QPainter(surface.editable(key))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setOpacity(opacity)
        painter.setTransform(way * QTransform.fromTranslate(-corner.x, -corner.y))
        painter.drawImage(picture.rect, picture.image)
        painter.end()
    surface.drop_empty()
