"""A stroke that is held still at its end becomes what it was meant to be: a line, an ellipse or a rectangle.

Must not know documents or tools.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sdstudio.raster.dabs import Sample
from sdstudio.raster.geometry import Point

_HOLD_MS = 700
_STILL_VIEW_PX = 4.0  # a hand that holds still still trembles
_LEAST_VIEW_PX = 40.0  # shorter strokes are dabs and dots
_CLOSED = 0.25  # of the size: how near its start a closed shape ends
_TOLERANCE = 0.07  # of the size: how far the stroke may be from the shape, on average
_ELLIPSE_SAMPLES = 72

Places = NDArray[np.float64]


class ShapeAssist:
    """Watches one stroke."""

    def __init__(self) -> None:
        self._samples: list[Sample] = []
        self._held_ms = 0.0
        self._resting: Point | None = None
        self._line_from: Sample | None = None
        self.is_drawn = False

    def begin(self, sample: Sample) -> None:
        self._samples = [sample]
        self._held_ms, self._resting = 0.0, sample.position
        self._line_from, self.is_drawn = None, False

    def add(self, samples: Sequence[Sample]) -> None:
        self._samples.extend(samples)

    def rest(self, passed_ms: float, scale: float) -> list[Sample]:
        """The samples of the shape, once the pointer has been held for long enough; `scale` is view pixels for one of
        the document. Empty while there is nothing to show."""
        end = self._samples[-1].position
        if self._resting is None or end.distance(self._resting) * scale > _STILL_VIEW_PX:
            self._held_ms, self._resting = 0.0, end
        self._held_ms += passed_ms
        if self.is_drawn or self._held_ms < _HOLD_MS:
            return []
        self._held_ms = -math.inf  # once for each hold, whatever comes of it
        shape = recognised(self._samples, _LEAST_VIEW_PX / scale)
        self.is_drawn = bool(shape)
        self._line_from = shape[0] if len(shape) == 2 else None
        self._samples = shape or self._samples
        return shape

    def follow(self, sample: Sample) -> list[Sample]:
        """The shape while the pointer moves on: a line ends there, the others stay."""
        if self._line_from is not None:
            self._samples = [self._line_from, replace(sample, pressure=self._line_from.pressure)]
        return self._samples


def recognised(samples: list[Sample], least_px: float) -> list[Sample]:
    """The line, ellipse or rectangle that the samples come near to, as samples of even pressure; empty when none."""
    places = np.array([(sample.position.x, sample.position.y) for sample in samples])
    low, high = places.min(axis=0), places.max(axis=0)
    size = float(np.hypot(*(high - low)))
    if len(samples) < 3 or size < least_px:
        return []
    middle = samples[len(samples) // 2]
    pressure = float(np.median([sample.pressure for sample in samples]))
    if float(np.hypot(*(places[-1] - places[0]))) > _CLOSED * size:
        corners = places[[0, -1]] if _off_line(places) < _TOLERANCE * size else np.empty((0, 2))
    else:
        corners = _closed(places, low, high, size)
    return [replace(middle, position=Point(float(x), float(y)), pressure=pressure) for x, y in corners]


def _off_line(places: Places) -> float:
    way = places[-1] - places[0]
    normal = np.array([-way[1], way[0]]) / np.hypot(*way)
    return float(np.abs((places - places[0]) @ normal).mean())


def _closed(places: Places, low: Places, high: Places, size: float) -> Places:
    even = _evenly(places)
    ellipse, rectangle = _ellipse(even), _rectangle(low, high)
    off_ellipse, off_rectangle = (_off(even, shape) for shape in (ellipse, rectangle))
    best = ellipse if off_ellipse <= off_rectangle else rectangle
    return best if min(off_ellipse, off_rectangle) < _TOLERANCE * size else np.empty((0, 2))


def _evenly(places: Places, count: int = 128) -> Places:
    gone = np.concatenate(([0], np.cumsum(np.hypot(*np.diff(places, axis=0).T))))
    at = np.linspace(0, gone[-1], count)
    return np.stack([np.interp(at, gone, places[:, axis]) for axis in (0, 1)], axis=1)


def _ellipse(places: Places) -> Places:
    """The ellipse with the centre, axes and turn of the line's own spread."""
    center = (places.min(axis=0) + places.max(axis=0)) / 2
    _, axes = np.linalg.eigh(np.cov((places - places.mean(axis=0)).T))
    along = (places - center) @ axes
    radii = (along.max(axis=0) - along.min(axis=0)) / 2
    if radii.min() > 0.85 * radii.max():
        radii[:] = radii.mean()  # nearly a circle is meant to be one
    turn = np.linspace(0, math.tau, _ELLIPSE_SAMPLES + 1)
    circle = np.stack([np.cos(turn), np.sin(turn)], axis=1) * radii
    return np.asarray(circle @ axes.T + center, np.float64)


def _rectangle(low: Places, high: Places) -> Places:
    """With samples close around each corner, for the curve through them is round."""
    corners = np.array([(low[0], low[1]), (high[0], low[1]), (high[0], high[1]), (low[0], high[1]), (low[0], low[1])])
    pieces = [a + (b - a) * np.linspace(0, 1, 32, endpoint=False)[:, None] for a, b in pairwise(corners)]
    return np.concatenate([*pieces, corners[-1:]])


def _off(places: Places, shape: Places) -> float:
    """How far each place is from the nearest of the shape, on average."""
    gaps = np.hypot(*(places[:, None, :] - shape[None, :, :]).transpose(2, 0, 1))
    return float(gaps.min(axis=1).mean())
