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
from sdstudio.document.looks import Looks
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
        self._looks = Looks()
        self._forget_everything()
        document.pixels_changed.connect(self._on_pixels_changed)
        document.layers_changed.connect(self._on_layers_changed)
        document.extent_changed.connect(self._forget_everything)

    def image(self, area: Bounds) -> QImage:
        """The visible document in `area`; transparent outside of the canvas, null when `area` is empty."""
        if area.is_empty:
            return QImage()
        wanted = QRegion(area.x, area.y, area.width, area.height)
        for rect in cast(Iterable[QRect], self._stale.intersected(wanted)):
            part = Bounds(rect.x(), rect.y(), rect.width(), rect.height())
            self._composed.write(part, flatten(self._document.root.children, part))
        self._stale -= wanted
        return self._composed.read(area)

    def _forget(self, area: Bounds) -> None:
        part = area.intersected(self._document.bounds)
        self._stale += QRegion(part.x, part.y, part.width, part.height)

    def _forget_everything(self) -> None:
        self._looks = Looks.of(self._document.root)
        self._composed = Surface()
        self._stale = QRegion(0, 0, self._document.extent.width, self._document.extent.height)

    def _on_pixels_changed(self, layer_id: str, area: Bounds) -> None:
        self._looks.painted(layer_id, area)
        self._forget(area)

    def _on_layers_changed(self) -> None:
        before, self._looks = self._looks, Looks.of(self._document.root)
        area = before.changed_area(self._looks)
        self._forget(self._document.bounds if area is None else area)
