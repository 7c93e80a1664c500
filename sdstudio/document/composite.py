"""The document as one picture: once, or cached in tiles and kept true by the document's events.

Never composes more than it is asked for. Must not know widgets or views.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import cast

from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QImage, QRegion

from sdstudio.document.document import Document
from sdstudio.document.flatten import flatten
from sdstudio.raster.geometry import Bounds, Extent, Point
from sdstudio.raster.resample import resize
from sdstudio.raster.tiles import Surface


def render(document: Document, area: Bounds, *, scale: float = 1.0) -> QImage:
    """The visible layers in `area`, premultiplied, transparent where nothing is; at least 1 x 1 after scaling."""
    picture = flatten(document.root.children, area)
    if scale == 1.0 or picture.isNull():
        return picture
    return resize(picture, Extent(max(1, round(area.width * scale)), max(1, round(area.height * scale))))


def pick(document: Document, at: Point) -> QColor:
    """The colour that is seen at `at`, straight, with its alpha."""
    return flatten(document.root.children, Bounds(math.floor(at.x), math.floor(at.y), 1, 1)).pixelColor(0, 0)


class Projection:
    """Composes what is asked for and not known yet; changed places are forgotten as events arrive."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._composed = Surface()
        self._stale = QRegion()
        self._on_structure_changed()
        document.pixels_changed.connect(self._on_pixels_changed)
        document.layers_changed.connect(self._on_structure_changed)
        document.extent_changed.connect(self._on_structure_changed)

    def image(self, area: Bounds) -> QImage:
        """The visible document in `area`; transparent outside of the canvas."""
        self._refresh(area)
        return self._composed.read(area)

    def _refresh(self, area: Bounds) -> None:
        wanted = QRect(area.x, area.y, area.width, area.height)
        for rect in cast(Iterable[QRect], self._stale.intersected(wanted)):
            part = Bounds(rect.x(), rect.y(), rect.width(), rect.height())
            self._composed.write(part, flatten(self._document.root.children, part))
        self._stale -= QRegion(wanted)

    def _on_pixels_changed(self, layer_id: str, area: Bounds) -> None:
        part = area.intersected(self._document.bounds)
        self._stale += QRegion(part.x, part.y, part.width, part.height)

    def _on_structure_changed(self) -> None:
        extent = self._document.extent
        self._composed = Surface()
        self._stale = QRegion(0, 0, extent.width, extent.height)
