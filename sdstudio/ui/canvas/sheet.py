"""One level of the pyramid around what the view shows, in one piece, so that the next frame need not put it together.

A zoom or a turn needs nearly the same pixels as the frame before; copying them from tiles, into memory that the system
has to clear first, took longer than painting them. Must not know cameras or widgets.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

import numpy as np
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage, QPainter, QRegion

from sdstudio.raster.geometry import EMPTY, Bounds, Extent
from sdstudio.raster.pixels import blank, edit, over, view
from sdstudio.raster.tiles import TILE
from sdstudio.ui.canvas.pyramid import Pyramid, covering

_WORTH_KEEPING = 1 << 19  # pixels: less is read as fast as it is asked for
_MOST_PIXELS = 1 << 24  # 64 MiB
_MARGIN = TILE


class Sheet:
    """`cover` gives an image that holds an area, at most a little more than was asked for."""

    def __init__(self, pyramid: Pyramid[QImage], extent: Extent) -> None:
        self.pyramid = pyramid
        self._extent = extent
        self._image = QImage()
        self._without_alpha = QImage()  # over the same bytes: painting it need not look at what is below
        self._area = EMPTY
        self._level = 0
        self._stale = QRegion()
        self._is_opaque = False

    def forget(self, area: Bounds) -> None:
        """The document has changed in `area`."""
        part = covering(area, self._level).intersected(self._area)
        if not part.is_empty:
            self._stale += _rect(part)

    def cover(self, area: Bounds, level: int) -> tuple[QImage, Bounds, bool]:
        """The picture of an area that holds `area` (both in pixels of `level`), where it lies, and whether all of it
        is opaque. To be read at once: it is changed in place later.
        """
        if level != self._level or not self._area.contains(area):
            if not _WORTH_KEEPING <= area.width * area.height <= _MOST_PIXELS:
                return self.pyramid.image(area, level), area, False
            self._lay_out(area, level)
        todo = self._stale.intersected(_rect(area))
        if not todo.isEmpty():
            self._fill(todo)
        image = self._without_alpha if self._is_opaque else self._image
        return image, self._area, self._is_opaque

    def _lay_out(self, area: Bounds, level: int) -> None:
        """Take the sheet to another place; its memory is used again where it is large enough."""
        whole = covering(Bounds.of(self._extent), level)
        wide = area.padded(_MARGIN).intersected(whole)
        if wide.width * wide.height > _MOST_PIXELS:
            wide = area
        if (self._image.width(), self._image.height()) != (wide.width, wide.height):
            self._image = blank(wide.width, wide.height)
            self._without_alpha = over(edit(self._image), QImage.Format.Format_RGB32)
        self._area, self._level = wide, level
        self._stale = QRegion(_rect(wide))
        self._is_opaque = True

    def _fill(self, todo: QRegion) -> None:
        painter = QPainter(self._image)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
        for rect in cast(Iterable[QRect], todo):
            for part in _tiles_of(Bounds(rect.x(), rect.y(), rect.width(), rect.height())):
                picture = self.pyramid.image(part, self._level)
                painter.drawImage(part.x - self._area.x, part.y - self._area.y, picture)
                self._is_opaque = self._is_opaque and bool(np.all(view(picture)[:, :, 3] == 255))
        painter.end()
        self._stale -= todo


def _tiles_of(area: Bounds) -> Iterable[Bounds]:
    """In pieces that stay in the processor's cache between being read and being written."""
    side = 2 * TILE
    for top in range(area.y // side * side, area.bottom, side):
        for left in range(area.x // side * side, area.right, side):
            yield Bounds(left, top, side, side).intersected(area)


def _rect(area: Bounds) -> QRect:
    return QRect(area.x, area.y, area.width, area.height)
