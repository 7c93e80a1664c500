"""Premultiplied pictures as arrays with straight alpha, without keeping other threads waiting."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QImage

from sdstudio.raster.pixels import Pixels, view

_STRIP = 256  # rows at once: Qt keeps Python waiting while it converts

_RGBA = QImage.Format.Format_RGBA8888


def on_white(image: QImage) -> Pixels:
    """(h, w, 3) uint8 in the order R, G, B: white shows through."""
    array = np.empty((image.height(), image.width(), 3), np.uint8)
    for top in range(0, image.height(), _STRIP):
        rows = view(image.copy(0, top, image.width(), min(_STRIP, image.height() - top)))
        array[top : top + _STRIP] = rows[:, :, 2::-1] + (255 - rows[:, :, 3:])  # never above 255: it is premultiplied
    return array


def is_opaque(image: QImage) -> bool:
    return bool((view(image)[:, :, 3] == 255).all())


def straight(image: QImage) -> Pixels:
    """(h, w, 4) uint8 in the order R, G, B, A; premultiplying it again gives the same bytes."""
    array = np.empty((image.height(), image.width(), 4), np.uint8)
    for top in range(0, image.height(), _STRIP):
        strip = image.copy(0, top, image.width(), min(_STRIP, image.height() - top))
        array[top : top + _STRIP] = view(strip.convertToFormat(_RGBA))
    return array
