"""The one place that looks at a QImage's bytes as a numpy array and back.

Pictures are QImage.Format_ARGB32_Premultiplied unless said otherwise: four bytes a pixel in the order B, G, R, A,
colour already multiplied by alpha. Must not know tiles, layers or files.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage

Pixels = NDArray[np.uint8]

PREMULTIPLIED = QImage.Format.Format_ARGB32_Premultiplied
_CHANNELS = {8: 1, 24: 3, 32: 4}
_AT_ONCE = 2**20  # bytes: Qt keeps every other thread of Python waiting while it fills or converts, numpy does not


class _Owner:
    """Keeps a QImage alive as long as an array over its bytes lives."""

    def __init__(self, image: QImage, array: Pixels) -> None:
        self.image = image
        self.__array_interface__: dict[str, Any] = array.__array_interface__


def view(image: QImage) -> Pixels:
    """A read-only array over `image`: (h, w, 4), or (h, w) for one byte a pixel. No copy.

    The array holds its own reference: it stays true to this moment even when the image is painted on later.
    """
    held = QImage(image)
    return _array(held, held.constBits())


def edit(image: QImage) -> Pixels:
    """A writable array over `image`. Write at once and drop it: painting on the image later may move its bytes."""
    return _array(image, image.bits())


def blank(width: int, height: int) -> QImage:
    """A transparent picture."""
    return _fill(_made(width, height), 0)


def filled(width: int, height: int, color: QColor) -> QImage:
    """A picture of one colour, which may be translucent."""
    one = _made(1, 1)
    one.fill(color)
    return _fill(_made(width, height), int(edit(one).view(np.uint32)[0, 0, 0]))


def _fill(image: QImage, pixel: int) -> QImage:
    if image.sizeInBytes() > _AT_ONCE:
        edit(image).view(np.uint32)[...] = pixel
    else:
        image.fill(pixel)
    return image


def _made(width: int, height: int) -> QImage:
    image = QImage(width, height, PREMULTIPLIED)
    return allocated(image) if width > 0 and height > 0 else image


def allocated(image: QImage) -> QImage:
    """`image` itself. Raises MemoryError when it is null, which is how Qt says that there was no memory for it."""
    if image.isNull():
        raise MemoryError("Qt had no memory for a picture.")
    return image


def color_table(color: QColor) -> NDArray[np.uint32]:
    """The premultiplied pixel of `color` for each coverage from 0 to 255."""
    alpha = np.rint(np.arange(256) * color.alphaF()).astype(np.uint32)
    pixel = alpha << 24
    for shift, channel in ((16, color.red()), (8, color.green()), (0, color.blue())):
        pixel |= np.rint(alpha * (channel / 255)).astype(np.uint32) << shift
    table: NDArray[np.uint32] = pixel.astype(np.uint32)
    return table


def opaque_pixels(image: QImage) -> NDArray[np.bool_]:
    """Which pixels of a premultiplied picture are opaque: (h, w)."""
    opaque: NDArray[np.bool_] = view(image).view(np.uint32)[:, :, 0] >= np.uint32(0xFF000000)
    return opaque


def premultiplied(image: QImage) -> QImage:
    """`image` in the format of all layers (itself when it already is), one pixel per dot."""
    if image.format() != PREMULTIPLIED:
        image = image.convertToFormat(PREMULTIPLIED)
    return image


def converted(image: QImage, form: QImage.Format) -> QImage:
    """`image` in another format, both of four bytes a pixel; where it is large, other threads go on meanwhile."""
    if image.sizeInBytes() <= _AT_ONCE:
        return image.convertToFormat(form)
    out = allocated(QImage(image.width(), image.height(), form))
    before, after = view(image), edit(out)
    rows = max(1, _AT_ONCE // image.bytesPerLine())
    for top in range(0, image.height(), rows):
        part = slice(top, top + rows)
        after[part] = view(over(before[part], image.format()).convertToFormat(form))
    return out


def over(array: NDArray[Any], image_format: QImage.Format = PREMULTIPLIED) -> QImage:
    """A QImage over a C-contiguous array, without a copy. The caller keeps the array alive while the image is used."""
    height, width = array.shape[:2]
    return QImage(array.data, width, height, array.strides[0], image_format)


def _array(image: QImage, bits: Any) -> Pixels:
    allocated(image)
    height, width, stride = image.height(), image.width(), image.bytesPerLine()
    channels = _CHANNELS[image.depth()]
    rows: Pixels = np.frombuffer(bits, dtype=np.uint8).reshape(height, stride)
    array: Pixels = np.asarray(_Owner(image, rows))
    if stride == width * channels:
        return array if channels == 1 else array.reshape(height, width, channels)
    array = array[:, : width * channels]
    return (
        array
        if channels == 1
        else np.lib.stride_tricks.as_strided(array, (height, width, channels), (stride, channels, 1))
    )
