"""What can be done to the edge of a selection: grow, shrink, feather, border, smooth, close holes.

Coverage is (h, w) uint8, 0..255; grey stays grey. Nothing here takes the border of the array for an edge, so give an
array that reaches past the edge by as much as it moves, or ends where the canvas does; `reworked` does so. `progress`
is told how far the work is; what it raises ends the work. Must not know documents.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from sdstudio.raster.geometry import Bounds
from sdstudio.raster.pixels import Pixels
from sdstudio.raster.tiles import Mask
from sdstudio.raster.warp import Progress, no_progress

_DISC_RADIUS = 8
_FAR_PX = 16  # from here on distances are faster than discs
_WIDEST_MEDIAN_PX = 127  # of OpenCV's, on each side


def reworked(mask: Mask, canvas: Bounds, reach_px: int, work: Callable[[Pixels], Pixels]) -> Mask:
    """`mask` after `work`, which moves no edge by more than `reach_px`; only what can change is looked at."""
    result = Mask()
    area = mask.content_bounds().padded(reach_px + 1).intersected(canvas)
    if not area.is_empty:
        result.write(area, work(mask.read(area)))
        result.drop_empty()
    return result


def grow(coverage: Pixels, px: int, progress: Progress = no_progress) -> Pixels:
    """Coverage spread by `px` in every direction; a negative `px` shrinks it."""
    if abs(px) > _FAR_PX and _is_sharp(coverage):
        return _grown_far(coverage, px) if px > 0 else _shrunk_far(coverage, -px)
    grown, left = coverage.copy(), abs(px)
    work = cv2.dilate if px > 0 else cv2.erode
    # Several small discs are a large one, at a fraction of the cost.
    while left > 0:
        progress(1 - left / abs(px))
        radius = min(left, _DISC_RADIUS)
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
        grown = cast(Pixels, work(grown, disc))
        left -= radius
    return grown


def _is_sharp(coverage: Pixels) -> bool:
    """Whether there is no more grey than smooth edges bring along."""
    peak = int(coverage.max(initial=0))
    edge = cv2.morphologyEx(_inside(coverage), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    grey = np.count_nonzero((coverage > 0) & (coverage < peak))
    return bool(grey <= np.count_nonzero(edge))


def _grown_far(coverage: Pixels, px: int) -> Pixels:
    """By the distance from what is covered: its time does not depend on `px`, but it knows no grey inside."""
    away = cv2.distanceTransform(1 - _inside(coverage), cv2.DIST_L2, cv2.DIST_MASK_5)
    return np.maximum(coverage, _strong(px + 1 - away, coverage))


def _shrunk_far(coverage: Pixels, px: int) -> Pixels:
    """The same from the other side."""
    away = cv2.distanceTransform(_inside(coverage), cv2.DIST_L2, cv2.DIST_MASK_5)
    return np.minimum(coverage, _strong(away - px, coverage))


def _inside(coverage: Pixels) -> Pixels:
    """1 where the coverage is more than half of the strongest, else 0."""
    return (coverage > int(coverage.max(initial=0)) / 2).astype(np.uint8)


def _strong(share: NDArray[np.float32], coverage: Pixels) -> Pixels:
    """0..1 as a part of the strongest coverage."""
    np.clip(share, 0, 1, out=share)
    strong: Pixels = np.rint(share * np.float32(coverage.max(initial=0))).astype(np.uint8)
    return strong


def feather(coverage: Pixels, px: int, progress: Progress = no_progress) -> Pixels:
    """Edges softened over `px` on each side; what lies farther from an edge stays exactly as it is.

    Beyond the array's border the coverage is taken to go on as it is at the border, so a mask that touches the border
    does not fade there.
    """
    soft = coverage.copy()
    for index, radius in enumerate(_box_radii(px)):
        progress(index / 3)
        side = 2 * radius + 1
        soft = cast(Pixels, cv2.blur(soft, (side, side), borderType=cv2.BORDER_REPLICATE))
    return soft


def border(coverage: Pixels, px: int, progress: Progress = no_progress) -> Pixels:
    """A band of `px` along the edge, half of it on each side."""
    inner = grow(coverage, -(px // 2), lambda share: progress(share / 2)) if px > 1 else coverage
    return np.minimum(grow(coverage, px - px // 2, lambda share: progress((1 + share) / 2)), 255 - inner)


def smooth(coverage: Pixels, px: int, progress: Progress = no_progress) -> Pixels:
    """Corners rounded, notches and specks of less than about `px` taken away."""
    if px < 1:
        return coverage.copy()
    progress(0.1)
    if px > _WIDEST_MEDIAN_PX:  # what is left of an edge is so round that half the pixels say it as well
        height, width = coverage.shape
        half = cv2.resize(coverage, (max(width // 2, 1), max(height // 2, 1)), interpolation=cv2.INTER_AREA)
        rounded = smooth(cast(Pixels, half), (px + 1) // 2)
        return cast(Pixels, cv2.resize(rounded, (width, height), interpolation=cv2.INTER_LINEAR))
    rounded = cast(Pixels, cv2.medianBlur(coverage, 2 * px + 1))
    return cast(Pixels, cv2.GaussianBlur(rounded, (3, 3), 0, borderType=cv2.BORDER_REPLICATE))


def close_holes(coverage: Pixels) -> Pixels:
    """Everything inside of an outer edge is covered as strongly as the strongest part."""
    peak = int(coverage.max(initial=0))
    if peak == 0:
        return coverage.copy()
    height, width = coverage.shape
    outside = np.zeros((height + 2, width + 2), np.uint8)
    outside[1:-1, 1:-1] = coverage >= (peak + 1) // 2
    cv2.floodFill(outside, None, (0, 0), 2, flags=4)
    holes = (outside[1:-1, 1:-1] == 0).astype(np.uint8)
    if not holes.any():
        return coverage.copy()
    # The soft rim of a hole goes with it.
    closed = cv2.dilate(holes, np.ones((5, 5), np.uint8))
    beyond = cv2.dilate((outside[1:-1, 1:-1] == 2).astype(np.uint8), np.ones((5, 5), np.uint8))
    rim = (closed > 0) & ((beyond == 0) | (holes > 0))
    return np.where(rim, np.uint8(peak), coverage)


def _box_radii(px: int) -> list[int]:
    """Three boxes whose radii add up to `px`: together nearly a bell curve, and never wider."""
    return [radius for radius in (px // 3 + (px % 3 > 0), px // 3 + (px % 3 > 1), px // 3) if radius > 0]
