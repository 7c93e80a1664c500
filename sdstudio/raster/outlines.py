"""Control pictures without any model: edges and lines of a picture, white on black, as control models were taught.

Pixels (h, w, 3) uint8 in the order R, G, B go in and come out. Lengths follow the picture's size, so that a small model
gets the same drawing as a large one. Must not know layers, models or widgets.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
_USUAL_SIDE = 512  # pixels, for which lengths are given
_CANNY = (100, 200)  # thresholds of the edges that canny control models were taught with
_SPECK = 24  # an edge shorter than this many pixels (at the usual side) is no stroke of a scribble


def as_it_is(picture: Pixels) -> Pixels:
    """The picture is a control picture already."""
    return picture


def invert(picture: Pixels) -> Pixels:
    """Dark lines on light paper, as people draw, to light lines on black."""
    return np.ascontiguousarray(255 - picture)


def canny(picture: Pixels) -> Pixels:
    """Hard edges, one pixel wide (Canny 1986), of whichever colour channel shows them."""
    return _grey(cv2.Canny(picture[:, :, 0], *_CANNY) | cv2.Canny(picture[:, :, 1], *_CANNY)
                 | cv2.Canny(picture[:, :, 2], *_CANNY))  # fmt: skip


def line_art(picture: Pixels) -> Pixels:
    """Clean lines along every change of colour, their strength as strong as the change."""
    smooth = cv2.bilateralFilter(picture, 7, 40, 5)
    rise = cv2.morphologyEx(smooth, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)).max(axis=2).astype(np.float32)
    lines = np.clip((rise - 12) / max(float(np.quantile(rise, 0.98)) - 12, 24), 0, 1)
    return _grey((255 * lines).round().astype(np.uint8))


def soft_edge(picture: Pixels) -> Pixels:
    """Soft, broad edges, for guidance that leaves room."""
    sigma = max(0.6, 1.2 * _scale(picture))
    smooth = cv2.GaussianBlur(picture, (0, 0), sigma).astype(np.float32)
    across, down = cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1)
    rise = cv2.GaussianBlur(np.sqrt(across**2 + down**2).max(axis=2), (0, 0), sigma)
    return _grey((255 * np.clip(rise / max(float(rise.max()), 48), 0, 1) ** 0.8).round().astype(np.uint8))


def scribble(picture: Pixels) -> Pixels:
    """A few thick strokes along the main edges, as someone would scribble the picture."""
    scale = _scale(picture)
    smooth = cv2.GaussianBlur(picture, (0, 0), max(0.8, 2 * scale))
    edges = canny(smooth)[:, :, 0]
    count, labels, facts, _ = cv2.connectedComponentsWithStats(edges, connectivity=8)
    long = np.flatnonzero(facts[:, cv2.CC_STAT_AREA] >= max(4, _SPECK * scale))
    strokes = np.isin(labels, long[long > 0]).astype(np.uint8) * 255 if count > 1 else edges
    width = max(3, 2 * round(2.5 * scale) + 1)
    pen = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))
    return _grey(cv2.dilate(strokes, pen))


PREPROCESSORS: dict[str, Callable[[Pixels], Pixels]] = {
    "none": as_it_is,
    "invert": invert,
    "scribble": scribble,
    "line_art": line_art,
    "canny": canny,
    "soft_edge": soft_edge,
}


def _grey(lines: NDArray[np.uint8]) -> Pixels:
    return np.ascontiguousarray(np.broadcast_to(lines[:, :, None], (*lines.shape, 3)))


def _scale(picture: Pixels) -> float:
    return float(min(picture.shape[:2])) / _USUAL_SIDE
