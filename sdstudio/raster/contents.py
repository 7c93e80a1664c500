"""Which part of an array holds something. Must not know what it stands for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sdstudio.raster.geometry import EMPTY, Bounds
from sdstudio.raster.pixels import Pixels


def content_of(coverage: Pixels | NDArray[np.bool_]) -> Bounds:
    """The smallest rectangle around everything that is not 0, in (h, w); empty when nothing is."""
    rows = np.flatnonzero(coverage.any(axis=1))
    if rows.size == 0:
        return EMPTY
    columns = np.flatnonzero(coverage.any(axis=0))
    return Bounds.from_edges(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)


def rectangle_of(coverage: NDArray[np.bool_]) -> Bounds:
    """What is covered, if that is a rectangle; otherwise an empty one."""
    content = content_of(coverage)
    return content if np.count_nonzero(coverage) == content.width * content.height else EMPTY
