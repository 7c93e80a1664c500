"""A picture that is made piece by piece and remembered until a place of it is forgotten.

Must not know what the picture shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import cast

from PySide6.QtCore import QRect
from PySide6.QtGui import QImage, QRegion

from sdstudio.raster.geometry import Bounds, pieces
from sdstudio.raster.tiles import TILE, Surface

Make = Callable[[Sequence[Bounds]], Iterable[QImage]]
"""Gives the picture in each of several places, in order."""


class TileCache:
    """Knows nothing at first."""

    def __init__(self, limits: Bounds) -> None:
        """Outside of `limits` the picture is transparent and never made."""
        self._limits = limits
        self._known = Surface()
        self._stale = _region(limits)

    def forget(self, area: Bounds) -> None:
        self._stale += _region(area.intersected(self._limits))

    def read(self, area: Bounds, make: Make, side: int = TILE) -> QImage:
        """A copy of the picture in `area`, null when that is empty; `make` is asked for what is not known.

        It is asked for squares of at most `side` pixels.
        """
        if area.is_empty:
            return QImage()
        parts: list[Bounds] = []
        for rect in cast(Iterable[QRect], self._stale.intersected(_region(area))):
            parts += pieces(Bounds(rect.x(), rect.y(), rect.width(), rect.height()), side)
        if parts:
            for part, picture in zip(parts, make(parts), strict=True):
                self._known.write(part, picture)
            self._stale -= _region(area)
        return self._known.read(area)


def _region(area: Bounds) -> QRegion:
    return QRegion(area.x, area.y, area.width, area.height)
