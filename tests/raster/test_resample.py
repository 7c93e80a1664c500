from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage

from sdstudio.raster.geometry import Extent
from sdstudio.raster.pixels import blank, edit, filled, view
from sdstudio.raster.resample import from_rgb, from_rgba, resize, to_rgb


@pytest.mark.parametrize("extent", [Extent(1, 1), Extent(7, 90), Extent(64, 64), Extent(200, 3)])
def test_one_colour_stays_one_colour_at_every_size(extent: Extent):
    color = QColor(200, 100, 50, 128)
    resized = resize(filled(64, 64, color), extent)
    assert (resized.width(), resized.height()) == (extent.width, extent.height)
    assert resized == filled(extent.width, extent.height, color)


def test_shrinking_averages():
    array = np.zeros((4, 4), np.uint8)
    array[:2] = 100
    assert resize(array, Extent(1, 1)).tolist() == [[50]]
    assert resize(array, Extent(4, 2)).tolist() == [[100] * 4, [0] * 4]


def test_arrays_keep_their_channels():
    assert resize(np.zeros((4, 6, 3), np.uint8), Extent(3, 9)).shape == (9, 3, 3)
    assert resize(np.zeros((4, 6), np.uint8), Extent(12, 2)).shape == (2, 12)


def test_growing_keeps_colour_below_alpha():
    image = blank(16, 16)
    pixels = np.zeros((16, 16, 4), np.uint8)
    pixels[::2, ::3] = 255
    edit(image)[...] = pixels
    grown = view(resize(image, Extent(50, 50)))
    assert (grown[:, :, :3] <= grown[:, :, 3:]).all()


def test_the_same_size_is_a_copy():
    array = np.arange(12, dtype=np.uint8).reshape(3, 4)
    same = resize(array, Extent(4, 3))
    same[0, 0] = 99
    assert array[0, 0] == 0


def test_to_rgb_puts_the_picture_on_the_background():
    image = filled(3, 2, QColor(255, 0, 0, 128))
    rgb = to_rgb(image, QColor("white"))
    assert rgb.shape == (2, 3, 3)
    assert rgb[0, 0].tolist() == [255, 127, 127]
    assert rgb.flags.writeable


def test_rgb_survives_the_way_through_an_image():
    array = np.random.default_rng(1).integers(0, 256, (5, 7, 3), np.uint8)
    assert np.array_equal(to_rgb(from_rgb(array), QColor("black")), array)


def test_from_rgba_premultiplies():
    array = np.array([[[200, 100, 50, 128], [9, 9, 9, 0]]], np.uint8)
    image = from_rgba(array)
    assert image.format() == QImage.Format.Format_ARGB32_Premultiplied
    assert view(image).tolist() == [[[25, 50, 100, 128], [0, 0, 0, 0]]]
