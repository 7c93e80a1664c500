"""The way of a stroke: raw samples become evenly spaced dabs along a smooth curve, and dabs become coverage.

Must not know layers or documents.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from sdstudio.raster.dabs import Brush, Coverage, Sample, dab
from sdstudio.raster.geometry import EMPTY, Bounds, Point
from sdstudio.raster.tiles import TILE, TileKey, keys_over, tile_bounds

_PIECE_PX = 2.0  # curves are walked in straight pieces of about this length
_MAX_PIECES = 256


class Path:
    """Dabs along a Catmull-Rom curve through the samples (Catmull and Rom, 1974, uniform).

    The curve between two samples needs the one after them, so the last piece appears with `finish`.
    """

    def __init__(self, brush: Brush) -> None:
        self._brush = brush
        self._samples: list[Sample] = []  # at most the last three
        self._to_next = 0.0  # pixels left until the next dab

    def add(self, sample: Sample) -> Iterator[Sample]:
        """The places and pressures of the dabs that `sample` makes certain."""
        if not self._samples:
            self._samples.append(sample)
            self._to_next = self._brush.step(sample.pressure)
            yield sample
            return
        last = self._samples[-1]
        if sample.position == last.position:
            if sample.pressure > last.pressure:  # a pen that is pressed harder where it stands
                self._samples[-1] = sample
                yield sample
            return
        self._samples.append(sample)
        if len(self._samples) >= 3:
            yield from self._walk(self._samples[0], *self._samples[-3:])
        self._samples = self._samples[-3:]

    def finish(self) -> Iterator[Sample]:
        """The dabs of the last piece."""
        if len(self._samples) >= 2:
            last = self._samples[-1]
            yield from self._walk(self._samples[0], self._samples[-2], last, last)

    def _walk(self, p0: Sample, p1: Sample, p2: Sample, p3: Sample) -> Iterator[Sample]:
        length = p1.position.distance(p2.position)
        pieces = min(_MAX_PIECES, max(1, math.ceil(length / _PIECE_PX)))
        here = p1.position
        for piece in range(1, pieces + 1):
            there = _curve(p0.position, p1.position, p2.position, p3.position, piece / pieces)
            step = here.distance(there)
            gone = 0.0
            while self._to_next <= step - gone:
                gone += self._to_next
                part = gone / step
                t = (piece - 1 + part) / pieces
                pressure = p1.pressure + (p2.pressure - p1.pressure) * t
                place = Point(here.x + (there.x - here.x) * part, here.y + (there.y - here.y) * part)
                self._to_next = self._brush.step(pressure)
                yield Sample(place, pressure)
            self._to_next -= step - gone
            here = there


def _curve(p0: Point, p1: Point, p2: Point, p3: Point, t: float) -> Point:
    a, b = -0.5 * t + t * t - 0.5 * t**3, 1 - 2.5 * t * t + 1.5 * t**3
    c, d = 0.5 * t + 2 * t * t - 1.5 * t**3, -0.5 * t * t + 0.5 * t**3
    return Point(a * p0.x + b * p1.x + c * p2.x + d * p3.x, a * p0.y + b * p1.y + c * p2.y + d * p3.y)


class Coverages:
    """How much of each pixel a stroke covers, 0..1, in tiles of (256, 256) float32."""

    def __init__(self, limits: Bounds) -> None:
        """Nothing is kept outside of `limits`."""
        self._limits = limits
        self._tiles: dict[TileKey, Coverage] = {}

    def __iter__(self) -> Iterator[TileKey]:
        return iter(self._tiles)

    def read(self, key: TileKey, part: Bounds) -> Coverage:
        """The coverage in `part`, which lies in the tile; a view."""
        place = tile_bounds(key)
        tile = self._tiles[key]
        return tile[part.y - place.y : part.bottom - place.y, part.x - place.x : part.right - place.x]

    def press(self, brush: Brush, at: Sample) -> dict[TileKey, Bounds]:
        """Add one dab; says which part of which tile it touched.

        Flow builds the coverage up towards the brush's opacity and never beyond it.
        """
        diameter, opacity = brush.diameter(at.pressure), brush.opacity_at(at.pressure)
        touched: dict[TileKey, Bounds] = {}
        reach = math.ceil(diameter / 2) + 1
        near = self._limits.padded(reach)
        x, y = at.position.x, at.position.y
        if diameter <= 0 or not (near.x < x < near.right and near.y < y < near.bottom):
            return touched
        tip = dab(at.position, diameter, brush.hardness)
        inside = tip.area.intersected(self._limits)
        for key in keys_over(inside):
            part = inside.intersected(tile_bounds(key))
            if key not in self._tiles:
                self._tiles[key] = np.zeros((TILE, TILE), np.float32)
            covered = self.read(key, part)
            shape = tip.coverage[
                part.y - tip.area.y : part.bottom - tip.area.y, part.x - tip.area.x : part.right - tip.area.x
            ]
            room = np.maximum(np.float32(opacity) - covered, 0)
            room *= shape
            room *= np.float32(brush.flow)
            covered += room
            touched[key] = touched.get(key, EMPTY).united(part)
        return touched
