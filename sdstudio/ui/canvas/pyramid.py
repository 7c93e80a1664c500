"""The picture at half, quarter, … of its size, so that a far view of a large document costs no more than the screen.

Level n has one pixel for 2^n x 2^n of the source. Only what is asked for is made, and only what changed is made again.
Must not know cameras or widgets.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar, cast

import cv2
import numpy as np
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage, QRegion

from sdstudio.raster.geometry import Bounds, Extent
from sdstudio.raster.pixels import Pixels, over, view
from sdstudio.raster.tiles import Mask, Surface

T = TypeVar("T", QImage, Pixels)

_BLOCK = 1024  # source pixels on a side that are read at once
_MOST_RECTS = 64


def level_for(zoom: float) -> int:
    """The smallest level that still has at least one pixel for each pixel of the screen."""
    return max(0, math.floor(math.log2(1 / zoom) + 1e-9))


class _Level:
    def __init__(self, store: Surface | Mask, extent: Extent) -> None:
        self.store = store
        self.stale = QRegion(0, 0, extent.width, extent.height)


class Pyramid(Generic[T]):
    """`read(area)` gives the source in `area`: a premultiplied QImage, or coverage as (h, w) uint8."""

    def __init__(self, read: Callable[[Bounds], T], extent: Extent, store: Callable[[], Surface | Mask]) -> None:
        self._read: Callable[[Bounds], T] = read
        self._extent = extent
        self._store = store
        self._levels: dict[int, _Level] = {}

    def forget(self, area: Bounds) -> None:
        """The source has changed in `area`, which is in source pixels."""
        for level, kept in self._levels.items():
            part = covering(area, level)
            kept.stale += QRegion(part.x, part.y, part.width, part.height)
            if kept.stale.rectCount() > _MOST_RECTS:
                kept.stale = QRegion(kept.stale.boundingRect())

    def image(self, area: Bounds, level: int) -> T:
        """The source reduced to `level` in `area`, which is in pixels of that level and inside of the picture."""
        if level == 0:
            return self._read(area)
        extent = covering(Bounds.of(self._extent), level).extent
        kept = self._levels.setdefault(level, _Level(self._store(), extent))
        wanted = QRect(area.x, area.y, area.width, area.height)
        for rect in cast(Iterable[QRect], kept.stale.intersected(wanted)):
            self._make(kept, rect, level)
        kept.stale -= QRegion(wanted)
        return kept.store.read(area)  # type: ignore[return-value]  # the store is of the same kind

    def _make(self, kept: _Level, rect: QRect, level: int) -> None:
        step = max(_BLOCK >> level, 1)
        for top in range(rect.top(), rect.bottom() + 1, step):
            for left in range(rect.left(), rect.right() + 1, step):
                block = QRect(left, top, step, step).intersected(rect)
                part = Bounds(block.x(), block.y(), block.width(), block.height())
                source = Bounds(part.x << level, part.y << level, part.width << level, part.height << level)
                inside = source.intersected(Bounds.of(self._extent))
                reduced = _reduced(_pixels(self._read(inside)), source.extent, part.extent)
                if isinstance(kept.store, Surface):
                    kept.store.write(part, over(reduced))
                else:
                    kept.store.write(part, reduced)


def covering(area: Bounds, level: int) -> Bounds:
    """The pixels of `level` that hold something of `area` of the source."""
    step = 1 << level
    return Bounds.from_edges(area.x // step, area.y // step, -(-area.right // step), -(-area.bottom // step))


def _pixels(picture: QImage | Pixels) -> Pixels:
    return view(picture) if isinstance(picture, QImage) else picture


def _reduced(pixels: Pixels, full: Extent, extent: Extent) -> Pixels:
    """Averages of whole squares; at the picture's edge the last row and column are repeated to fill theirs."""
    height, width = pixels.shape[:2]
    if (width, height) != (full.width, full.height):
        pixels = cast(
            Pixels,
            cv2.copyMakeBorder(pixels, 0, full.height - height, 0, full.width - width, cv2.BORDER_REPLICATE),
        )
    reduced = cv2.resize(pixels, (extent.width, extent.height), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(cast(Pixels, reduced))
