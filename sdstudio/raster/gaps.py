"""Flooding that does not run out through small gaps in the lines around an area.

What is wider than a gap is told apart by its distance from the nearest line. From there each area goes on as far as it
gets without meeting another one through anything wider than the widest opening; the rest goes to the area from which it
is reached first. So corners and thin ends are filled, and two areas meet in the opening. Must not know colours.
"""

from __future__ import annotations

import math
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from sdstudio.raster.pixels import Pixels
from sdstudio.raster.warp import Progress, no_progress, share_of

_OURS, _OTHERS = 1, 2
_HALVINGS = 5  # of the search for the width of the widest opening
_STRIP = 1024  # rows whose distances are found at once


def flood(free: Pixels, x: int, y: int) -> Pixels:
    """255 where `free` (h, w), 0 or 255, is connected to (x, y) by sides of pixels; nothing when it is 0 there."""
    height, width = free.shape
    found = np.zeros((height + 2, width + 2), np.uint8)
    if free[y, x]:
        cv2.floodFill(free, found, (x, y), 0, flags=4 | cv2.FLOODFILL_MASK_ONLY | (255 << 8))
    return found[1:-1, 1:-1]


def flood_closed(free: Pixels, x: int, y: int, gap_px: int, progress: Progress = no_progress) -> Pixels:
    """As `flood`, but openings of at most `gap_px` in what is not free count as closed.

    In a place that is itself narrower than that, only openings that are narrower still do. `progress` is told how far
    the work is; what it raises ends the work.
    """
    leaked = flood(free, x, y)
    if gap_px < 1 or not leaked[y, x]:
        return leaked
    left, top, width, height = cv2.boundingRect(leaked)
    part = np.ascontiguousarray(leaked[top : top + height, left : left + width])
    leaked[top : top + height, left : left + width] = _closed(part, x - left, y - top, gap_px, progress)
    return leaked


def _closed(free: Pixels, x: int, y: int, gap_px: int, progress: Progress) -> Pixels:
    # In the middle of an opening of n pixels the nearest line is (n + 1) / 2 away.
    widest = (gap_px + 1) / 2
    away = _distances(free, widest, share_of(progress, 0, 5))
    radius = min(widest, float(away[y, x]) - 0.01)
    wide = _farther(away, radius)
    ours = flood(wide, x, y)
    others = cv2.subtract(wide, ours)
    if not others.any():
        return free
    level = 0.0  # at which we are still together
    for halving in range(_HALVINGS):
        progress(0.2 + 0.3 * halving / _HALVINGS)
        middle = (level + radius) / 2
        nearer = _farther(away, middle)
        reached = flood(nearer, x, y)
        if cv2.bitwise_and(reached, others).any():
            level = middle
        else:
            radius, wide, ours = middle, nearer, reached
    # Ours are wide as well, so one bit turns the mark of the others into our own.
    markers = ((wide & _OTHERS) ^ (ours & (_OTHERS ^ _OURS))).astype(np.int32)
    # Watershed goes first where nothing changes: through all that is free, and only then into the lines.
    progress(0.5)
    land = cv2.cvtColor(255 - free, cv2.COLOR_GRAY2BGR)
    cv2.watershed(land, markers)
    progress(0.9)
    reached = cast(Pixels, cv2.inRange(markers, _OURS, _OURS)) & free
    border = cast(Pixels, cv2.inRange(markers, -1, -1)) & free
    # OpenCV calls the array's own edge a border; there, and where two areas meet, the nearer one gets the pixel.
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    reached |= cast(Pixels, cv2.dilate(reached, cross)) & border
    return flood(reached, x, y)


def _distances(free: Pixels, most: float, progress: Progress) -> NDArray[np.float32]:
    """How far the nearest line is; right up to `most` pixels, at least `most` beyond. Strip by strip."""
    height, margin = free.shape[0], math.ceil(most) + 2
    away = np.empty(free.shape, np.float32)
    for top in range(0, height, _STRIP):
        progress(top / height)
        bottom, above, below = min(top + _STRIP, height), max(top - margin, 0), min(top + _STRIP + margin, height)
        strip = cv2.distanceTransform(free[above:below], cv2.DIST_L2, cv2.DIST_MASK_5)
        away[top:bottom] = strip[top - above : bottom - above]
    return away


def _farther(away: NDArray[np.float32], level: float) -> Pixels:
    """255 where the nearest line is farther away than `level`. (OpenCV takes a picture of one pixel for a scalar.)"""
    return (away > level).astype(np.uint8) * np.uint8(255)
