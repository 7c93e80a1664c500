"""The brush tip: what a brush is, and the coverage of one dab.

A dab's coverage is cached by size, hardness and sub-pixel phase, because making it is the slow part of painting.
Must not know layers, colours or strokes.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sdstudio.raster.geometry import Bounds, Point

Coverage = NDArray[np.float32]

_CACHE_BYTES = 64 * 1024 * 1024
_MIN_SPACING_PX = 0.5


@dataclass(frozen=True, slots=True)
class Sample:
    """One report of the pointer. Pressure 0..1, tilt in degrees, time since any fixed moment."""

    position: Point
    pressure: float = 1.0
    tilt_x: float = 0.0
    tilt_y: float = 0.0
    time_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Brush:
    """A round tip. Size is the diameter in document pixels; spacing is a fraction of it; the rest is 0..1."""

    size: float = 20.0
    hardness: float = 0.8
    opacity: float = 1.0
    flow: float = 1.0
    spacing: float = 0.1
    size_by_pressure: bool = True
    opacity_by_pressure: bool = False

    def diameter(self, pressure: float) -> float:
        return self.size * pressure if self.size_by_pressure else self.size

    def opacity_at(self, pressure: float) -> float:
        return self.opacity * pressure if self.opacity_by_pressure else self.opacity

    def step(self, pressure: float) -> float:
        """The way between two dabs, in pixels."""
        return max(_MIN_SPACING_PX, self.spacing * self.diameter(pressure))


@dataclass(frozen=True, slots=True)
class Dab:
    """Coverage 0..1 of one press of the tip, (h, w) float32, and where it lies. The array is shared: read only."""

    area: Bounds
    coverage: Coverage


def dab(center: Point, diameter: float, hardness: float) -> Dab:
    """The dab of a round tip around `center`. Hardness 1 has an edge of one pixel, 0 falls off from the middle."""
    diameter = _rounded(diameter)
    phases = 4 if diameter < 100 else 2 if diameter < 400 else 1
    # The tip's middle is put on a grid of 1/phases pixel; pixel centres lie at halves.
    cell_x = math.floor((center.x - 0.5) * phases + 0.5)
    cell_y = math.floor((center.y - 0.5) * phases + 0.5)
    column, phase_x = divmod(cell_x, phases)
    row, phase_y = divmod(cell_y, phases)
    coverage = _tips.coverage(diameter, round(hardness, 2), phase_x / phases, phase_y / phases)
    side = coverage.shape[0]
    return Dab(Bounds(column - side // 2, row - side // 2, side, side), coverage)


def _rounded(diameter: float) -> float:
    """Sizes differ by pressure at every dab: steps that nobody sees keep the cache small."""
    if diameter < 32:
        return max(round(diameter * 8) / 8, 0.125)
    return round(diameter * 2) / 2 if diameter < 128 else float(round(diameter))


class _Tips:
    """Dab masks, the most recently used ones within a budget of bytes."""

    def __init__(self, budget_bytes: int) -> None:
        self._budget_bytes = budget_bytes
        self._bytes = 0
        self._known: OrderedDict[tuple[float, float, float, float], Coverage] = OrderedDict()

    def coverage(self, diameter: float, hardness: float, phase_x: float, phase_y: float) -> Coverage:
        key = (diameter, hardness, phase_x, phase_y)
        found = self._known.get(key)
        if found is not None:
            self._known.move_to_end(key)
            return found
        made = _make(diameter, hardness, phase_x, phase_y)
        self._known[key] = made
        self._bytes += made.nbytes
        while self._bytes > self._budget_bytes and len(self._known) > 1:
            self._bytes -= self._known.popitem(last=False)[1].nbytes
        return made


def _make(diameter: float, hardness: float, phase_x: float, phase_y: float) -> Coverage:
    radius = max(diameter, 1.0) / 2
    half = math.ceil(radius + 0.5)
    places = np.arange(-half, half + 1, dtype=np.float32)
    distance = np.hypot((places - phase_x)[None, :], (places - phase_y)[:, None])
    falloff = max(radius * (1 - hardness), 1.0)
    ramp = np.clip((radius + 0.5 - distance) / falloff, 0, 1)
    if falloff > 1:
        ramp = ramp * ramp * (3 - 2 * ramp)
    # A tip thinner than a pixel covers one pixel in part.
    coverage: Coverage = (ramp * min(diameter, 1.0)).astype(np.float32)
    coverage.setflags(write=False)
    return coverage


_tips = _Tips(_CACHE_BYTES)
