"""A larger picture gets its transparency back, and edges keep their colour."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor

from sdstudio.errors import BadRequest
from sdstudio.generation.upscaling import colours, joined, target_of
from sdstudio.raster.geometry import Extent
from sdstudio.raster.pixels import blank, view
from sdstudio.raster.resample import resize


def test_colour_and_transparency_come_together_again() -> None:
    image = blank(8, 8)
    for x in range(4):
        for y in range(8):
            image.setPixelColor(x, y, QColor(255, 0, 0))
    seen = colours(image)
    assert seen[0, 0].tolist() == [255, 0, 0]
    assert seen[0, 7].tolist() == [0, 0, 0]
    large = joined(resize(seen, Extent(32, 32)), image)
    assert (large.width(), large.height()) == (32, 32)
    pixels = view(large)
    assert pixels[5, 2].tolist() == [0, 0, 255, 255]
    assert pixels[5, 30].tolist() == [0, 0, 0, 0]
    assert (pixels[:, :, :3] <= pixels[:, :, 3:]).all()


def test_brighter_colours_than_there_is_opacity_are_cut_off() -> None:
    made = np.full((4, 4, 3), 200, np.uint8)
    assert not view(joined(made, blank(2, 2))).any()


def test_the_target_is_in_whole_pixels_and_possible() -> None:
    assert target_of(Extent(10, 5), 1.5) == Extent(15, 8)
    with pytest.raises(BadRequest):
        target_of(Extent(20000, 20000), 8)
