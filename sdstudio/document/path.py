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
    """Dabs along a smooth curve through the samples.

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
        curve = _Curve(p0.position, p1.position, p2.position, p3.position)
        here = p1.position
        for piece in range(1, pieces + 1):
            there = curve.at(piece / pieces)
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


class _Curve:
    """The centripetal Catmull-Rom curve from p1 to p2, in Hermite form.

    Centripetal, because the uniform one makes loops where the pointer slows down (Yuksel, Schaefer and Keyser,
    "Parameterization and Applications of Catmull-Rom Curves", 2011).
    """

    def __init__(self, p0: Point, p1: Point, p2: Point, p3: Point) -> None:
        self._p1, self._p2 = p1, p2
        d01, d12, d23 = (math.sqrt(a.distance(b)) for a, b in ((p0, p1), (p1, p2), (p2, p3)))
        self._m1x, self._m1y = (
            _tangent(b - a, c - b, d01, d12) for a, b, c in ((p0.x, p1.x, p2.x), (p0.y, p1.y, p2.y))
        )
        self._m2x, self._m2y = (
            _tangent(c - d, b - c, d23, d12) * -1 for b, c, d in ((p1.x, p2.x, p3.x), (p1.y, p2.y, p3.y))
        )

    def at(self, t: float) -> Point:
        """0 is p1, 1 is p2."""
        a, b = (1 + 2 * t) * (1 - t) ** 2, t * (1 - t) ** 2
        c, d = t * t * (3 - 2 * t), t * t * (t - 1)
        x = a * self._p1.x + b * self._m1x + c * self._p2.x + d * self._m2x
        y = a * self._p1.y + b * self._m1y + c * self._p2.y + d * self._m2y
        return Point(x, y)


def _tangent(before: float, after: float, d_before: float, d_after: float) -> float:
    """How the curve leaves a point, per length of the piece after it; straight on where there is nothing before."""
    if d_before == 0:
        return after
    return after + d_after * (before / d_before - (before + after) / (d_before + d_after))


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
