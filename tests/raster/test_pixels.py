from __future__ import annotations

import gc

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage

from sdstudio.raster.pixels import PREMULTIPLIED, blank, color_table, converted, edit, filled, over, view


def test_view_shows_bytes_as_blue_green_red_alpha():
    image = filled(3, 2, QColor(10, 20, 30))
    assert view(image).shape == (2, 3, 4)
    assert view(image)[1, 2].tolist() == [30, 20, 10, 255]


def test_view_knows_rows_that_are_padded():
    image = QImage(5, 3, QImage.Format.Format_Grayscale8)
    image.fill(7)
    assert image.bytesPerLine() != 5
    assert np.array_equal(view(image), np.full((3, 5), 7))


def test_view_outlives_its_image_and_does_not_follow_later_changes():
    image = filled(200, 200, QColor("red"))
    before = view(image)
    image.fill(QColor("blue"))
    del image
    gc.collect()
    assert (before == (0, 0, 255, 255)).all()


def test_edit_writes_into_the_image():
    image = blank(4, 4)
    edit(image)[1, 2] = (1, 2, 3, 4)
    assert image.pixel(2, 1) == 0x04030201


def test_over_does_not_copy():
    array = np.zeros((2, 2, 4), np.uint8)
    image = over(array)
    array[0, 0] = 255
    assert image.pixel(0, 0) == 0xFFFFFFFF


def test_color_table_is_the_premultiplied_color_at_each_coverage():
    table = color_table(QColor(255, 128, 0, 128)).view(np.uint8).reshape(256, 4)
    assert table[0].tolist() == [0, 0, 0, 0]
    assert table[255].tolist() == [0, 64, 128, 128]
    assert (table[:, :3] <= table[:, 3:]).all()


@pytest.mark.parametrize(("width", "height"), [(1, 1), (40, 30), (700, 901), (300_000, 3)])
def test_a_picture_is_converted_as_qt_does_it(width: int, height: int) -> None:
    """Large ones strip by strip, where one row may be more than a strip."""
    straight = np.random.default_rng(width).integers(0, 256, (height, width, 4), np.uint8)
    image = over(straight, QImage.Format.Format_RGBA8888)
    there = converted(image, PREMULTIPLIED)
    assert there == image.convertToFormat(PREMULTIPLIED)
    assert converted(there, QImage.Format.Format_RGBA8888) == there.convertToFormat(QImage.Format.Format_RGBA8888)


@pytest.mark.parametrize("side", [3, 1100])
def test_a_picture_of_one_colour_is_premultiplied(side: int) -> None:
    image = filled(side, side, QColor(200, 100, 50, 51))
    assert (view(image) == (10, 20, 40, 51)).all()
    assert not view(blank(side, side)).any()
