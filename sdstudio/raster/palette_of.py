"""The main colours of a picture, chosen as the eye groups them. Must not know documents or files."""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np
from PySide6.QtGui import QImage

from sdstudio.raster import colour
from sdstudio.raster.pixels import view

_MOST_SAMPLES = 256  # on a side; more would not change what the eye groups
_OPAQUE_FROM = 128
_ROUNDS = 12
_SAME = 0.02  # distance in OKLab below which two colours are one


def main_colors(image: QImage, count: int) -> list[tuple[int, int, int]]:
    """At most `count` colours of a premultiplied picture, dark to light; none when it is empty.

    A picture with few colours gives exactly these; others are grouped by k-means in OKLab.
    """
    step = max(1, -(-max(image.width(), image.height()) // _MOST_SAMPLES))
    pixels = view(image)[::step, ::step]
    alpha = pixels[:, :, 3]
    seen = alpha >= _OPAQUE_FROM
    if not seen.any():
        return []
    straight = pixels[seen][:, 2::-1].astype(np.float64) / alpha[seen][:, None]
    rgb = colour.bytes_of(straight)
    exact, numbers = np.unique(rgb, axis=0, return_counts=True)
    chosen = exact if len(exact) <= count else _grouped(exact, numbers, count)
    order = np.argsort(colour.oklab_of_rgb(chosen / 255)[:, 0], kind="stable")
    return [(int(red), int(green), int(blue)) for red, green, blue in chosen[order]]


def _grouped(exact: np.ndarray, numbers: np.ndarray, count: int) -> np.ndarray:
    """Middles of groups. A colour's weight is the root of its area, so that small accents are not lost."""
    lab = colour.oklab_of_rgb(exact / 255).astype(np.float32)
    repeats = np.ceil(np.sqrt(numbers)).astype(int)
    points = np.repeat(lab, repeats, axis=0)
    cv2.setRNGSeed(1)  # the same picture gives the same palette
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, _ROUNDS, 1e-4)
    labels = np.zeros((len(points), 1), np.int32)
    _, _, found = cv2.kmeans(points, count, labels, criteria, 2, cv2.KMEANS_PP_CENTERS)
    middles: list[np.ndarray] = []
    for middle in cast(np.ndarray, found):
        if all(np.linalg.norm(middle - other) > _SAME for other in middles):
            middles.append(middle)
    return colour.bytes_of(colour.rgb_of_oklab(np.array(middles)))
