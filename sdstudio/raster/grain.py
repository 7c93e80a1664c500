"""Paper: a grey picture repeated over the whole canvas that takes paint on its heights first.

It lies still under the brush, so a pixel's grain depends on its place alone. Must not know strokes.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from sdstudio.raster.geometry import Bounds
from sdstudio.raster.stamps import known
from sdstudio.raster.tips import Coverage

_MAX_SIDE = 2048
_EDGE = np.float32(0.25)  # how gradually a height takes paint
_FULL_REACH = np.float32(0.6)  # how far full pressure fills the valleys


def grained(coverage: Coverage, area: Bounds, paper: str, scale: float, depth: float) -> Coverage:
    """`coverage`, (h, w) of the size of `area`, as it comes out on `paper`; never more than it was.

    `depth` 0..1: 0 is smooth, at 1 a light touch leaves paint on the highest places only.
    """
    heights = _heights(paper, round(scale, 2))
    if heights is None or depth <= 0:
        return coverage
    taken = _repeated(heights, area)
    taken -= np.float32(depth) * (1 - _FULL_REACH * coverage)
    taken *= 1 / _EDGE
    taken += 1
    np.clip(taken, 0, 1, out=taken)
    taken *= coverage
    return taken


def _repeated(heights: NDArray[np.float32], area: Bounds) -> NDArray[np.float32]:
    """A copy of the paper in `area`, put together from whole pieces: picking pixel by pixel is ten times slower."""
    height, width = heights.shape
    out = np.empty((area.height, area.width), np.float32)
    y = 0
    while y < area.height:
        from_y = (area.y + y) % height
        tall = min(height - from_y, area.height - y)
        x = 0
        while x < area.width:
            from_x = (area.x + x) % width
            wide = min(width - from_x, area.width - x)
            out[y : y + tall, x : x + wide] = heights[from_y : from_y + tall, from_x : from_x + wide]
            x += wide
        y += tall
    return out


@lru_cache(maxsize=16)
def _heights(paper: str, scale: float) -> NDArray[np.float32] | None:
    picture = known(paper)
    if picture is None:
        return None
    height, width = (min(max(round(side * scale), 1), _MAX_SIDE) for side in picture.shape)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    sized = cv2.resize(picture.astype(np.float32) / 255, (width, height), interpolation=how)
    return np.asarray(np.clip(sized, 0, 1), np.float32)
