"""From what the user selected to the two masks of an inpainting: what may change, and what is put back.

All masks are uint8 arrays (height, width). Knows arrays only: no document, no placement on the canvas. The selection's
grey is the strength (differential diffusion, arXiv:2306.00950), so the denoise mask keeps it; and a pixel that is not
selected is never put back, so the compose mask is 0 there, whatever the feather.
"""

from __future__ import annotations

import math
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

Array8 = NDArray[np.uint8]
Number = TypeVar("Number", np.uint8, np.float32)

FULL = 253  # values above 0.99 count as 1
FAINT = 16  # below this grey hardly a step runs: there the original fades in, rather than the autoencoder's copy of it
MAX_EDGE = 25  # pixels over which the patch fades into the picture, inside the selection
_SEEN_PIXELS = 2**20  # a denoise mask larger than this is larger than any model's picture
_PLACED_PIXELS = 2**22
_FADE_IN = np.clip(np.arange(256) * 255 / FAINT, 0, 255).astype(np.float32)


def denoise_mask(selection: Array8, feather: int) -> Array8:
    """How much may change at each pixel, 0..255: the selection's grey, under a ramp of `feather` pixels at its edge.

    The ramp is centred on the edge, so both sides of it are denoised together, but neither from the start: what comes
    then fits what stays. Where the selection is thin, the ramp moves outwards until the middle may change fully.
    The result may be smaller than the selection by a whole factor when that is larger than any model can see.
    """
    selection, factor = _reduced(selection, _SEEN_PIXELS)
    selected = selection > 0
    if not selected.any():
        return selection
    inside = cv2.distanceTransform(selected.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)
    outside, labels = cv2.distanceTransformWithLabels(
        (~selected).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    soft = max(feather / factor, 1.0)
    moved = np.maximum(soft / 2 - _thickness(inside, soft / 2) / 2, 0)
    moved, grey = (_of_nearest(value, selected, labels) for value in (moved, _without_antialiasing(selection)))
    ramp = np.clip(0.5 + (inside - outside + moved) / soft, 0.0, 1.0) * 255
    return saturated(np.rint(np.minimum(grey, ramp)).astype(np.uint8))


def compose_mask(selection: Array8, edge: int, *, open_sides: tuple[bool, bool, bool, bool]) -> Array8:
    """The alpha with which the result is put over the original: 0 wherever `selection` is 0.

    It rises to 255 within `edge` pixels inside the selection, faster where the selection is thin, so that a line or a
    single pixel is still replaced. `open_sides` (left, top, right, bottom) tells where the array ends at the canvas
    edge: the patch does not fade there.
    """
    padded, factor = _reduced(_padded(selection, open_sides), _PLACED_PIXELS)
    support = (padded > 0).astype(np.uint8)
    distance = cv2.distanceTransform(support, cv2.DIST_L2, cv2.DIST_MASK_PRECISE) * factor
    edge = min(edge, MAX_EDGE)
    width = np.clip(_thickness(distance, edge / factor) / 2, 1.0, max(edge, 1))
    alpha = np.rint(np.minimum(distance / width, np.float32(1)) * _FADE_IN[padded]).astype(np.uint8)
    if factor > 1:
        size = (alpha.shape[1] * factor, alpha.shape[0] * factor)
        alpha = cv2.resize(alpha, size, interpolation=cv2.INTER_LINEAR)
    height, breadth = selection.shape
    inner = alpha[1 : height + 1, 1 : breadth + 1]
    return np.where(selection > 0, np.maximum(inner, 1), 0).astype(np.uint8)


def fill_weight(selection: Array8) -> NDArray[np.float32]:
    """Where the old content must not shine through (0..1): fully selected pixels, not those of graded strength."""
    spread = cv2.dilate(selection, np.ones((3, 3), np.uint8))
    weight: NDArray[np.float32] = np.clip((spread.astype(np.float32) - 192) / (FULL - 192), 0.0, 1.0)
    return weight


def saturated(mask: Array8) -> Array8:
    """`mask` with values above 0.99 set to 1."""
    return np.where(mask >= FULL, np.uint8(255), mask)


def _of_nearest(value: NDArray[Number], selected: NDArray[np.bool_], labels: NDArray[np.int32]) -> NDArray[Number]:
    """`value` of the nearest selected pixel, for every pixel; `labels` number the selected pixels."""
    table = np.zeros(int(labels.max()) + 1, value.dtype)
    table[labels[selected]] = value[selected]
    return table[labels]


def _without_antialiasing(selection: Array8) -> Array8:
    """The one-pixel grey rim of a hard edge means coverage, not strength: it takes its neighbours' value."""
    interior = cv2.erode((selection > 0).astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=1)
    spread = cv2.dilate(selection, np.ones((3, 3), np.uint8))
    return np.where(interior > 0, selection, np.where(selection > 0, spread, 0)).astype(np.uint8)


def _thickness(distance: NDArray[np.float32], edge: float) -> NDArray[np.float32]:
    """The largest distance from the border within 2 * `edge` pixels, to a few pixels: found at a quarter the size."""
    height, width = distance.shape
    small = _block_maximum(distance, 4)
    reach = math.ceil(2 * edge / 4)
    spread = cv2.dilate(small, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    grown: NDArray[np.float32] = cv2.resize(spread, (width, height), interpolation=cv2.INTER_LINEAR)
    return grown


def _reduced(selection: Array8, most: int) -> tuple[Array8, int]:
    """A selection of more than `most` pixels made smaller by a whole factor, which is returned; thin lines stay."""
    height, width = selection.shape
    factor = max(1, math.ceil(math.sqrt(height * width / most)))
    return (selection, 1) if factor == 1 else (_block_maximum(selection, factor), factor)


def _block_maximum(array: NDArray[Number], factor: int) -> NDArray[Number]:
    """The largest value of each square of `factor` pixels; the last ones may be cut off by the border."""
    height, width = array.shape
    padded = np.pad(array, ((0, -height % factor), (0, -width % factor)))
    largest: NDArray[Number] = padded[::factor, ::factor]
    for row in range(factor):
        for column in range(factor):
            largest = np.maximum(largest, padded[row::factor, column::factor])
    return largest


def _padded(selection: Array8, open_sides: tuple[bool, bool, bool, bool]) -> Array8:
    """One more pixel on each side: a copy of the edge where the canvas ends, unselected elsewhere."""
    left, top, right, bottom = open_sides
    padded = np.pad(selection, 1, mode="edge")
    for is_open, side in ((left, np.s_[:, 0]), (top, np.s_[0, :]), (right, np.s_[:, -1]), (bottom, np.s_[-1, :])):
        if not is_open:
            padded[side] = 0
    return padded
