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

from sdstudio.raster.geometry import Bounds, Extent
from sdstudio.raster.pixels import blank, edit, over, view
from sdstudio.raster.tiles import TILE
from sdstudio.ui.canvas.pyramid import Pyramid, covering

_WORTH_KEEPING = 1 << 19  # pixels: less is read as fast as it is asked for
_MOST_PIXELS = 1 << 24  # 64 MiB
_MARGIN = TILE
_PAGES = 2  # levels that are kept: a zoom that goes to and fro crosses from one to the next


class Sheet:
    """`cover` gives an image that holds an area, at most a little more than was asked for."""

    def __init__(self, pyramid: Pyramid[QImage], extent: Extent) -> None:
        self.pyramid = pyramid
        self._extent = extent
        self._pages: dict[int, _Page] = {}  # by level, the one used last at the end

    def forget(self, area: Bounds) -> None:
        """The document has changed in `area`."""
        for level, page in self._pages.items():
            part = covering(area, level).intersected(page.area)
            if not part.is_empty:
                page.stale += _rect(part)

    def cover(self, area: Bounds, level: int) -> tuple[QImage, Bounds, bool]:
        """The picture of an area that holds `area` (both in pixels of `level`), where it lies, and whether all of it
        is opaque. To be read at once: it is changed in place later.
        """
        page = self._pages.pop(level, None)
        if page is None or not page.area.contains(area):
            if not _WORTH_KEEPING <= area.width * area.height <= _MOST_PIXELS:
                return self.pyramid.image(area, level), area, False
            page = self._lay_out(area, level, page)
        self._pages[level] = page
        todo = page.stale.intersected(_rect(area))
        if not todo.isEmpty():
            page.fill(todo, self.pyramid)
        return page.shown, page.area, page.is_opaque

    def _lay_out(self, area: Bounds, level: int, before: _Page | None) -> _Page:
        """A page at another place; the memory of the one before is used again where its size is the same."""
        while len(self._pages) >= _PAGES:
            del self._pages[next(iter(self._pages))]
        wide = area.padded(_MARGIN).intersected(covering(Bounds.of(self._extent), level))
        if wide.width * wide.height > _MOST_PIXELS:
            wide = area
        return _Page(level, wide, before.image if before is not None else QImage())


class _Page:
    """A level's pixels in `area`, apart from those that are `stale`."""

    def __init__(self, level: int, area: Bounds, memory: QImage) -> None:
        self.level, self.area = level, area
        fits = (memory.width(), memory.height()) == (area.width, area.height)
        self.image = memory if fits else blank(area.width, area.height)
        # Over the same bytes: painting it need not look at what is below.
        self._without_alpha = over(edit(self.image), QImage.Format.Format_RGB32)
        self.stale = QRegion(_rect(area))
        self.is_opaque = True

    @property
    def shown(self) -> QImage:
        return self._without_alpha if self.is_opaque else self.image

    def fill(self, todo: QRegion, pyramid: Pyramid[QImage]) -> None:
        painter = QPainter(self.image)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
        for rect in cast(Iterable[QRect], todo):
            for part in _tiles_of(Bounds(rect.x(), rect.y(), rect.width(), rect.height())):
                picture = pyramid.image(part, self.level)
                painter.drawImage(part.x - self.area.x, part.y - self.area.y, picture)
                self.is_opaque = self.is_opaque and bool(np.all(view(picture)[:, :, 3] == 255))
        painter.end()
        self.stale -= todo


def _tiles_of(area: Bounds) -> Iterable[Bounds]:
    """In pieces that stay in the processor's cache between being read and being written."""
    side = 2 * TILE
    for top in range(area.y // side * side, area.bottom, side):
        for left in range(area.x // side * side, area.right, side):
            yield Bounds(left, top, side, side).intersected(area)


def _rect(area: Bounds) -> QRect:
    return QRect(area.x, area.y, area.width, area.height)
