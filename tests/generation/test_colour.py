from __future__ import annotations

import numpy as np

from sdstudio.generation.colour import match


def flat(color: tuple[int, int, int], height: int = 96, width: int = 96) -> np.ndarray:
    return np.full((height, width, 3), color, np.uint8)


def textured(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(60, 190, (96, 96, 3)).astype(np.uint8)


def middle(height: int = 96, width: int = 96, margin: int = 30) -> np.ndarray:
    mask = np.zeros((height, width), np.uint8)
    mask[margin:-margin, margin:-margin] = 255
    return mask


def test_a_drift_of_colour_and_contrast_is_taken_back() -> None:
    original, mask = textured(), middle()
    drifted = np.clip((original.astype(float) - 125) * 0.93 + 125 + (9, -6, 12), 0, 255).astype(np.uint8)
    kept = 255 - mask
    corrected = match(drifted, original, mask, kept)
    before, after = (np.abs(one.astype(float) - original).mean() for one in (drifted, corrected))
    assert after < before / 5


def test_a_faithful_result_is_left_alone() -> None:
    original, mask = textured(), middle()
    assert (match(original, original, mask, 255 - mask) == original).all()


def test_a_match_that_would_make_the_seam_worse_is_not_made() -> None:
    original, mask = flat((100, 100, 100)), middle()
    result = original.copy()
    result[mask == 0] = 120  # the ring drifted, the patch itself did not
    assert (match(result, original, mask, 255 - mask) == result).all()


def test_without_kept_surroundings_nothing_is_matched() -> None:
    result, mask = textured(1), np.full((96, 96), 255, np.uint8)
    assert match(result, textured(), mask, 255 - mask) is result


def test_the_shift_is_limited() -> None:
    mask = middle()
    corrected = match(flat((200, 0, 0)), flat((20, 0, 0)), mask, 255 - mask)
    assert corrected[48, 48, 0] >= 170, "another picture is not drift"
