"""Colour match: the model's copy of the surroundings tells how its colours drift, and the patch is corrected by that.

An autoencoder never returns quite the colours that it was given. The ring around the mask exists twice, as the
original and as decoded by the model; their difference is the drift (users of every studio in this field report it).
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from sdstudio.generation.seam import Pixels, seam_jump

MAX_SHIFT = 24.0  # levels: more is not drift but another picture
MAX_CONTRAST = 1.15
_RING = 24  # pixels
_MIN_PIXELS = 64  # fewer say nothing
_MIN_DEVIATION = 4.0  # a flat ring says nothing about contrast


def match(result: Pixels, original: Pixels, mask: NDArray[np.uint8], kept: NDArray[np.uint8]) -> Pixels:
    """`result` (h, w, 3) with the colour and contrast of `original` in the ring around `mask`; same shape.

    `mask` is above 0 where the patch will be; `kept` is above 0 where `result` is the model's own copy of what was
    there before.
    Returned unchanged when the ring is too small, or when matching would not make the jump along the edge smaller.
    """
    size = 2 * _RING + 1
    near = cv2.dilate((mask > 0).astype(np.uint8), np.ones((size, size), np.uint8)) > 0
    ring = near & (kept > 0) & (mask == 0)
    if int(ring.sum()) < _MIN_PIXELS:
        return result
    matched = _corrected(result, result[ring].astype(np.float32), original[ring].astype(np.float32))
    unmatched_jump = seam_jump(original, _pasted(result, original, mask), mask)
    matched_jump = seam_jump(original, _pasted(matched, original, mask), mask)
    return matched if matched_jump < unmatched_jump else result


def _corrected(result: Pixels, ring: NDArray[np.float32], wanted: NDArray[np.float32]) -> Pixels:
    """Shift and stretch each channel of `result` so that `ring` (n, 3) gets the mean and deviation of `wanted`."""
    mean, wanted_mean = ring.mean(axis=0), wanted.mean(axis=0)
    deviation, wanted_deviation = ring.std(axis=0), wanted.std(axis=0)
    gain = np.where(deviation > _MIN_DEVIATION, wanted_deviation / np.maximum(deviation, 1e-3), 1.0)
    gain = np.clip(gain, 1 / MAX_CONTRAST, MAX_CONTRAST)
    shift = np.clip(wanted_mean - mean, -MAX_SHIFT, MAX_SHIFT)
    corrected = (result.astype(np.float32) - mean) * gain + mean + shift
    pixels: Pixels = np.rint(np.clip(corrected, 0, 255)).astype(np.uint8)
    return pixels


def _pasted(patch: Pixels, original: Pixels, mask: NDArray[np.uint8]) -> Pixels:
    return np.where((mask > 0)[..., np.newaxis], patch, original)
