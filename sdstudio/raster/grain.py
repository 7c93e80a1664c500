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
    rows = np.arange(area.y, area.bottom) % heights.shape[0]
    columns = np.arange(area.x, area.right) % heights.shape[1]
    threshold = np.float32(depth) * (1 - _FULL_REACH * coverage)
    taken = np.clip((heights[np.ix_(rows, columns)] - threshold) / _EDGE + 1, 0, 1)
    return np.asarray(coverage * taken, np.float32)


@lru_cache(maxsize=16)
def _heights(paper: str, scale: float) -> NDArray[np.float32] | None:
    picture = known(paper)
    if picture is None:
        return None
    height, width = (min(max(round(side * scale), 1), _MAX_SIDE) for side in picture.shape)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    sized = cv2.resize(picture.astype(np.float32) / 255, (width, height), interpolation=how)
    return np.asarray(np.clip(sized, 0, 1), np.float32)
