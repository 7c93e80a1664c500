"""What stands in a hole before it is denoised from scratch: the surroundings, carried inwards.

Near the edge of a mask the result starts from the source rather than from noise alone; if the old content were still
there, it would come back as a ghost.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Weights = NDArray[np.float32]

NEUTRAL = 127.0
_SMALL_HOLE = 0.02  # of the picture: small enough for the exact, slow method
_RADIUS = 3


def fill_hole(picture: Pixels, hole: Weights) -> Pixels:
    """`picture` (h, w, 3) with `hole` (h, w; 1 = replace) filled smoothly from what surrounds it.

    Small holes continue edges (Navier-Stokes, Bertalmio 2001); larger ones take the surroundings' blurred colours; a
    picture that is nothing but hole becomes neutral grey.
    """
    if not (hole > 0).any():
        return picture
    if (hole > 0).all():
        return np.full_like(picture, round(NEUTRAL))
    if (hole > 0).mean() <= _SMALL_HOLE:
        filled = cv2.inpaint(picture, (hole > 0).astype(np.uint8), _RADIUS, cv2.INPAINT_NS).astype(np.float32)
    else:
        filled = _diffused(picture.astype(np.float32), (hole == 0).astype(np.float32))
    blended = picture + (filled - picture) * hole[..., np.newaxis]
    result: Pixels = np.rint(np.clip(blended, 0, 255)).astype(np.uint8)
    return result


def _diffused(picture: Weights, known: Weights) -> Weights:
    """Colours spread from where `known` is 1 to where it is 0: coarser levels of a pyramid fill finer ones."""
    height, width = known.shape
    if min(height, width) == 1 or known.min() >= 1:
        return _mean_where_unknown(picture, known)
    half = (max(width // 2, 1), max(height // 2, 1))
    weighted = cv2.resize(picture * known[..., np.newaxis], half, interpolation=cv2.INTER_AREA)
    weight = cv2.resize(known, half, interpolation=cv2.INTER_AREA)
    coarse = weighted / np.maximum(weight, 1e-6)[..., np.newaxis]
    coarse = _diffused(coarse, np.minimum(weight * 4, 1).astype(np.float32))
    up = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
    result: Weights = up + (picture - up) * known[..., np.newaxis]
    return result


def _mean_where_unknown(picture: Weights, known: Weights) -> Weights:
    total = float(known.sum())
    weights = known[..., np.newaxis]
    mean = (picture * weights).sum(axis=(0, 1)) / total if total > 0 else np.full(3, NEUTRAL)
    result: Weights = (mean + (picture - mean) * weights).astype(np.float32)
    return result
