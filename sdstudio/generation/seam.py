"""How visible the edge of a patch is. Knows arrays only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]


def seam_jump(before: Pixels, after: Pixels, mask: NDArray[np.uint8]) -> float:
    """The colour jump that a patch has added along its edge, in levels (0..255); 0 when there is no edge.

    `before` and `after` are (h, w, 3), `mask` (h, w): above 0 where the patch may have changed pixels. For each pair
    of neighbours of which one is inside, the step after is compared with the step that was there before; edges that
    the picture already had do not count.
    """
    inside = mask > 0
    added: list[NDArray[np.float32]] = []
    for first, second in ((np.s_[:, :-1], np.s_[:, 1:]), (np.s_[:-1, :], np.s_[1:, :])):
        edge = inside[first] != inside[second]
        step_after = _step(after[first][edge], after[second][edge])
        step_before = _step(before[first][edge], before[second][edge])
        added.append(np.maximum(step_after - step_before, 0))
    steps = np.concatenate(added)
    return float(steps.mean()) if steps.size else 0.0


def _step(one: Pixels, other: Pixels) -> NDArray[np.float32]:
    difference: NDArray[np.float32] = np.abs(one.astype(np.float32) - other.astype(np.float32)).mean(axis=-1)
    return difference
