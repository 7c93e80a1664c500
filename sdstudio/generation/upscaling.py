"""A larger picture from the engine, put together again with its transparency.

The engine knows colours only: it gets them as they are weighed by their opacity, so that no edge takes the colour of
what is not there. Must not know layers.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from sdstudio.document.document import check_extent
from sdstudio.raster.geometry import Extent
from sdstudio.raster.pixels import over, premultiplied, view
from sdstudio.raster.resample import resize

Pixels = NDArray[np.uint8]


def target_of(extent: Extent, factor: float) -> Extent:
    """`extent` times `factor`, in whole pixels. Raises BadRequest when that is too large."""
    target = Extent(max(1, round(extent.width * factor)), max(1, round(extent.height * factor)))
    check_extent(target)
    return target


def colours(image: QImage) -> Pixels:
    """The colours of `image` over black: RGB (h, w, 3)."""
    return np.ascontiguousarray(view(premultiplied(image))[:, :, 2::-1])


def joined(made: Pixels, image: QImage) -> QImage:
    """`made`, the larger version of `colours(image)`, with the transparency of `image`."""
    height, width, _ = made.shape
    alpha = resize(np.ascontiguousarray(view(premultiplied(image))[:, :, 3]), Extent(width, height))
    pixels = np.dstack([np.minimum(made[:, :, ::-1], alpha[:, :, None]), alpha])
    return over(np.ascontiguousarray(pixels)).copy()
