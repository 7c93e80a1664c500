"""How a document would look with a transform: quickly, at the size of the screen, without touching the document.

Must not know cameras or tools.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from PySide6.QtGui import QImage, QPainter

from sdstudio.document.document import Document
from sdstudio.document.flatten import compose, flatten
from sdstudio.document.layers import FillLayer, GroupLayer, Layer, PaintLayer
from sdstudio.document.transforms import Subject, gradient_through, lifted, without
from sdstudio.raster.fills import GradientFill
from sdstudio.raster.geometry import EMPTY, Bounds, Point
from sdstudio.raster.pixels import over, view
from sdstudio.raster.sampling import reduced
from sdstudio.raster.tiles import Mask, Surface
from sdstudio.raster.transform import Transform
from sdstudio.raster.warp import quickly_warped


@dataclass
class _Part:
    """One layer that takes part, reduced: what stays of it, what moves, and the layer of the stage that shows both."""

    layer: Layer
    original: Layer  # reduced, as it is without the transform
    rest: Surface | None
    moving: QImage | None
    place: Bounds  # of `moving`
    mask: Mask | None


class Rehearsal:
    """Everything is 2^level times smaller than the document, around the same origin."""

    def __init__(self, document: Document, subject: Subject, seen: Bounds, level: int) -> None:
        """`seen` is the part of the canvas that is shown, in document pixels."""
        self.level = level
        self.area = _shrunk(seen.intersected(document.bounds), level)
        self._subject = subject
        self._selection = document.selection.snapshot() if subject.only_selected else None
        self._within = seen
        taking_part = {layer.id for layer in subject.layers(document)}
        children = document.root.children
        first = next((i for i, child in enumerate(children) if _holds(child, taking_part)), len(children))
        self._below = flatten([self._reduced(layer, set()) for layer in children[:first]], self.area)
        self._parts: list[_Part] = []
        self._layers = [self._reduced(layer, taking_part) for layer in children[first:]]
        self._shown: tuple[Transform, QImage] | None = None

    def picture(self, transform: Transform) -> QImage:
        """The composed document in `area`, null when that is empty."""
        if self.area.is_empty:
            return QImage()
        if self._shown is None or self._shown[0] != transform:
            self._shown = (transform, self._composed(transform))
        return self._shown[1]

    def _composed(self, transform: Transform) -> QImage:
        there = Transform.scale(1 << self.level, 1 << self.level)
        small = there.then(transform).then(there.inverse)
        for part in self._parts:
            self._move(part, small)
        picture = self._below.copy()
        compose(picture, self._layers, self.area)
        return picture

    def _move(self, part: _Part, transform: Transform) -> None:
        area = self.area
        way = transform.then(Transform.move(-area.x, -area.y))
        if part.moving is not None and isinstance(part.layer, PaintLayer):
            local = Transform.move(part.place.x, part.place.y).then(way)
            shown = over(quickly_warped(view(part.moving), local, area.extent)).copy()
            if part.rest is not None:
                below = part.rest.read(area)
                painter = QPainter(below)
                painter.drawImage(0, 0, shown)
                painter.end()
                shown = below
            part.layer.surface = Surface.from_image(shown, Point(area.x, area.y))
        gradient = gradient_through(part.original, transform)
        if gradient is not None and isinstance(part.layer, FillLayer) and not self._subject.only_mask:
            part.layer.fill = gradient
        if part.mask is not None and not self._subject.only_selected:
            place = part.mask.bounds()
            local = Transform.move(place.x, place.y).then(way)
            coverage = part.mask.read(place) ^ np.uint8(part.mask.outside)
            part.layer.mask = Mask(part.mask.outside)
            if not place.is_empty:
                warped = quickly_warped(coverage, local, area.extent)
                part.layer.mask.write(area, warped ^ np.uint8(part.mask.outside))

    def _reduced(self, layer: Layer, taking_part: set[str]) -> Layer:
        """A copy of the layer for the stage; those that take part are noted."""
        takes_part, level = layer.id in taking_part, self.level
        within = None if takes_part else self._within
        mask = reduced(layer.mask, level, level, within) if layer.mask is not None else None
        small = replace(layer, mask=mask)
        if isinstance(small, FillLayer) and isinstance(small.fill, GradientFill):
            small.fill = small.fill.scaled(1 / (1 << level))
        part = _Part(small, replace(small), None, None, EMPTY, mask)
        if isinstance(small, GroupLayer):
            small.children = [self._reduced(child, taking_part) for child in small.children]
        elif isinstance(small, PaintLayer) and takes_part and not self._subject.only_mask:
            moving = small.surface
            if self._selection is not None:
                part.rest = reduced(without(moving, self._selection), level, level, self._within)
                moving = lifted(moving, self._selection)
            area = moving.content_bounds()
            part.place = _shrunk(area, level)
            part.moving = None if area.is_empty else reduced(moving, level, level).read(part.place)
            small.surface = Surface()
        elif isinstance(small, PaintLayer):
            small.surface = reduced(small.surface, level, level, within)
        if takes_part:
            self._parts.append(part)
        return small


def _holds(layer: Layer, ids: set[str]) -> bool:
    return layer.id in ids or (isinstance(layer, GroupLayer) and any(inner.id in ids for inner in layer.walk()))


def _shrunk(area: Bounds, level: int) -> Bounds:
    """The pixels of the level that hold `area`."""
    if area.is_empty:
        return EMPTY
    scale = 1 << level
    return Bounds.around(area.x / scale, area.y / scale, area.right / scale, area.bottom / scale)
