"""Curves that a person bends by a few points, as tables to look a value up in.

A curve is points (x, y) in 0..1, x rising; between them it runs smoothly and never overshoots. Must not know what it is
used for.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Points = tuple[tuple[float, float], ...]

Table = tuple[float, ...]

STRAIGHT: Points = ((0.0, 0.0), (1.0, 1.0))
STEPS = 255


@lru_cache(maxsize=512)
def table(points: Points) -> Table:
    """The curve at 0, 1/255, …, 1: 256 values in 0..1. Raises ValueError when there are no points."""
    return tuple(float(value) for value in values(points, np.linspace(0, 1, STEPS + 1)))


def values(points: Points, at: NDArray[np.float64]) -> NDArray[np.float64]:
    """The curve at each of `at`, in 0..1; level before the first point and after the last.

    Monotone cubic pieces (Fritsch and Carlson, "Monotone Piecewise Cubic Interpolation", 1980).
    """
    if not points:
        raise ValueError("a curve needs a point")
    xs, ys = _knots(points)
    if len(xs) == 1:
        return np.full(at.shape, ys[0])
    widths, slopes = np.diff(xs), np.diff(ys) / np.diff(xs)
    tangents = _tangents(widths, slopes)
    piece = np.clip(np.searchsorted(xs, at, side="right") - 1, 0, len(widths) - 1)
    t = np.clip((at - xs[piece]) / widths[piece], 0, 1)
    width = widths[piece]
    risen = (
        (1 + 2 * t) * (1 - t) ** 2 * ys[piece]
        + t * (1 - t) ** 2 * width * tangents[piece]
        + t * t * (3 - 2 * t) * ys[piece + 1]
        + t * t * (t - 1) * width * tangents[piece + 1]
    )
    return np.asarray(np.clip(risen, 0, 1), np.float64)


def look_up(table: Table, x: float) -> float:
    """A table's value at `x`, 0..1; between two entries in proportion, for what grows must not grow in steps."""
    place = min(max(x, 0.0), 1.0) * STEPS
    low = int(place)
    return table[STEPS] if low == STEPS else table[low] + (table[low + 1] - table[low]) * (place - low)


def _knots(points: Points) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Points in order, of those at (nearly) the same x the last one."""
    by_x = dict(sorted((round(min(max(x, 0.0), 1.0), 4), min(max(y, 0.0), 1.0)) for x, y in points))
    return np.array(list(by_x)), np.array(list(by_x.values()))


def _tangents(widths: NDArray[np.float64], slopes: NDArray[np.float64]) -> NDArray[np.float64]:
    tangents = np.concatenate(([slopes[0]], (slopes[1:] + slopes[:-1]) / 2, [slopes[-1]]))
    tangents[1:-1][slopes[1:] * slopes[:-1] <= 0] = 0
    for index, slope in enumerate(slopes):
        if slope == 0:
            tangents[index] = tangents[index + 1] = 0
            continue
        a, b = tangents[index] / slope, tangents[index + 1] / slope
        reach = np.hypot(a, b)
        if reach > 3:
            tangents[index], tangents[index + 1] = 3 / reach * a * slope, 3 / reach * b * slope
    return tangents
