"""Premultiplied pictures as arrays with straight alpha, without keeping other threads waiting."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PySide6.QtGui import QImage

from sdstudio.raster.pixels import Pixels, converted, over, view

_STRIP_BYTES = 2**20  # at once, so that what is computed on the way stays small
_RGBA = QImage.Format.Format_RGBA8888


def on_white(image: QImage) -> Pixels:
    """(h, w, 3) uint8 in the order R, G, B: white shows through."""
    pixels = view(image)
    array = np.empty((*pixels.shape[:2], 3), np.uint8)
    for rows in _strips(pixels):
        array[rows] = pixels[rows, :, 2::-1] + (255 - pixels[rows, :, 3:])  # never above 255: it is premultiplied
    return array


def is_opaque(image: QImage) -> bool:
    return bool((view(image)[:, :, 3] == 255).all())


def straight(image: QImage, top: int = 0, bottom: int | None = None) -> Pixels:
    """Those rows as (h, w, 4) uint8 in the order R, G, B, A; premultiplying them again gives the same bytes."""
    return view(converted(over(view(image)[top:bottom]), _RGBA))


def _strips(pixels: Pixels) -> Iterator[slice]:
    rows = max(1, _STRIP_BYTES // (pixels.shape[1] * 4))
    return (slice(top, top + rows) for top in range(0, pixels.shape[0], rows))
