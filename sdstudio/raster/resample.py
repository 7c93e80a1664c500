"""Changing the size of pictures, and the way between QImage and arrays of R, G, B.

Must not know layers or documents.
"""

from __future__ import annotations

from typing import cast, overload

import cv2
import numpy as np
from PySide6.QtGui import QColor, QImage, QPainter

from sdstudio.raster.geometry import Extent
from sdstudio.raster.pixels import PREMULTIPLIED, Pixels, converted, edit, over, premultiplied, view


@overload
def resize(picture: Pixels, extent: Extent) -> Pixels: ...
@overload
def resize(picture: QImage, extent: Extent) -> QImage: ...
def resize(picture: Pixels | QImage, extent: Extent) -> Pixels | QImage:
    """`picture` at another size: averaged when it shrinks, Lanczos when it grows. Arrays are (h, w) or (h, w, c)."""
    if isinstance(picture, QImage):
        resized = np.ascontiguousarray(_resize(view(premultiplied(picture)), extent))
        # Lanczos overshoots: premultiplied colour must not exceed alpha.
        resized[:, :, :3] = np.minimum(resized[:, :, :3], resized[:, :, 3:])
        return over(resized).copy()
    return _resize(picture, extent)


def _resize(array: Pixels, extent: Extent) -> Pixels:
    height, width = array.shape[:2]
    if (width, height) == (extent.width, extent.height):
        return array.copy()
    # Each direction by itself, so that a picture that grows one way and shrinks the other is right both ways.
    for size in ((extent.width, height), (extent.width, extent.height)):
        now = array.shape[1::-1]
        grows = size[0] > now[0] or size[1] > now[1]
        if size != now:
            array = cast(Pixels, cv2.resize(array, size, interpolation=cv2.INTER_LANCZOS4 if grows else cv2.INTER_AREA))
    return array


def to_rgb(image: QImage, background: QColor) -> Pixels:
    """`image` on an opaque background: (h, w, 3) uint8 in the order R, G, B."""
    opaque = QImage(image.size(), QImage.Format.Format_RGB888)
    opaque.fill(background)
    painter = QPainter(opaque)
    painter.drawImage(0, 0, image)
    painter.end()
    return view(opaque).copy()


def from_rgb(array: Pixels) -> QImage:
    """An opaque premultiplied picture from (h, w, 3) uint8 in the order R, G, B."""
    height, width = array.shape[:2]
    image = QImage(width, height, PREMULTIPLIED)
    target = edit(image)
    target[:, :, :3] = array[:, :, ::-1]
    target[:, :, 3] = 255
    return image


def from_rgba(array: Pixels) -> QImage:
    """A premultiplied picture from straight (h, w, 4) uint8 in the order R, G, B, A."""
    rgba = np.ascontiguousarray(array)
    return converted(over(rgba, QImage.Format.Format_RGBA8888), PREMULTIPLIED)
