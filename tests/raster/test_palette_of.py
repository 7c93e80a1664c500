from __future__ import annotations

import numpy as np
from PySide6.QtGui import QColor, QImage, QPainter

from sdstudio.raster.palette_of import main_colors
from sdstudio.raster.pixels import blank, filled, over


def painted(*colors: QColor) -> QImage:
    image = blank(100, 20 * len(colors))
    painter = QPainter(image)
    for index, color in enumerate(colors):
        painter.fillRect(0, 20 * index, 100, 20, color)
    painter.end()
    return image


def test_few_colours_are_given_exactly_from_dark_to_light() -> None:
    image = painted(QColor(250, 240, 10), QColor(20, 10, 60), QColor(200, 30, 40))
    assert main_colors(image, 8) == [(20, 10, 60), (200, 30, 40), (250, 240, 10)]


def test_transparent_pixels_have_no_colour() -> None:
    assert main_colors(blank(50, 50), 8) == []
    assert main_colors(painted(QColor(255, 0, 0), QColor(0, 255, 0, 20)), 8) == [(255, 0, 0)]


def test_translucent_pixels_count_as_the_colour_they_have() -> None:
    [color] = main_colors(filled(10, 10, QColor(200, 100, 50, 180)), 8)
    assert np.abs(np.array(color) - (200, 100, 50)).max() <= 2


def test_many_colours_are_grouped_around_those_that_are_there() -> None:
    random = np.random.default_rng(3)
    centres = np.array([[30, 40, 200], [220, 60, 40], [60, 180, 70]])
    pixels = np.full((90, 90, 4), 255, np.uint8)
    for index, centre in enumerate(centres):
        noisy = centre + random.normal(0, 5, (30, 90, 3))
        pixels[30 * index : 30 * index + 30, :, 2::-1] = np.clip(noisy, 0, 255)
    found = np.array(main_colors(over(np.ascontiguousarray(pixels)), 3))
    for centre in centres:
        assert np.abs(found - centre).max(axis=1).min() <= 12
    assert main_colors(over(np.ascontiguousarray(pixels)), 3) == [tuple(color) for color in found.tolist()]
