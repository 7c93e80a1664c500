"""The forward process on the canvas: nothing at sigma 0, noise alone at large sigmas, the same for one seed."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QColor

from sdstudio.document.document import Document
from sdstudio.document.layers import PaintLayer
from sdstudio.generation.noising import noised
from sdstudio.raster.geometry import Bounds, Extent
from sdstudio.raster.pixels import filled
from sdstudio.raster.tiles import Surface

AREA = Bounds(0, 0, 256, 256)


def red() -> Document:
    document = Document(Extent(256, 256))
    layer = PaintLayer(name="red", surface=Surface.from_image(filled(256, 256, QColor(255, 0, 0))))
    document.root.children.append(layer)
    return document


def test_without_noise_it_is_the_picture() -> None:
    picture = noised(red(), AREA, 0.0, 1, 8)
    assert picture.shape == (32, 32, 3)
    assert (picture == [255, 0, 0]).all()


def test_more_noise_leaves_less_of_the_picture() -> None:
    redness = [noised(red(), AREA, sigma, 1, 8).astype(int) for sigma in (0.0, 0.5, 2.0, 15.0)]
    shares = [float((picture[..., 0] - picture[..., 1]).mean()) for picture in redness]
    assert shares == sorted(shares, reverse=True)
    assert shares[-1] < 0.15 * shares[0]


def test_the_seed_decides_the_noise() -> None:
    assert np.array_equal(noised(red(), AREA, 2.0, 7, 8), noised(red(), AREA, 2.0, 7, 8))
    assert not np.array_equal(noised(red(), AREA, 2.0, 7, 8), noised(red(), AREA, 2.0, 8, 8))
