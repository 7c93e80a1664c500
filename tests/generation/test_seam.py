from __future__ import annotations

import numpy as np
import pytest

from sdstudio.generation.seam import seam_jump


def flat(color: tuple[int, int, int], height: int = 96, width: int = 96) -> np.ndarray:
    return np.full((height, width, 3), color, np.uint8)


def middle(height: int = 96, width: int = 96, margin: int = 30) -> np.ndarray:
    mask = np.zeros((height, width), np.uint8)
    mask[margin:-margin, margin:-margin] = 255
    return mask


def test_a_seam_is_the_jump_that_was_added() -> None:
    before, mask = flat((100, 100, 100)), middle()
    after = before.copy()
    after[mask > 0] = 130
    assert seam_jump(before, after, mask) == pytest.approx(30)
    assert seam_jump(before, before, mask) == 0
    assert seam_jump(after, after, mask) == 0, "what was an edge before is none of the patch's"
    assert seam_jump(after, before, mask) == 0, "removing an edge is no seam"


def test_no_edge_no_seam() -> None:
    everything = np.full((96, 96), 255, np.uint8)
    assert seam_jump(flat((0, 0, 0)), flat((255, 255, 255)), everything) == 0
