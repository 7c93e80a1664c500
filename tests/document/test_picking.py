from __future__ import annotations

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from sdstudio.document.document import Document
from sdstudio.document.layers import PaintLayer
from sdstudio.document.picking import mean_color, pixels_around
from sdstudio.raster.geometry import Bounds, Extent, Point
from sdstudio.raster.pixels import filled


@pytest.fixture
def document(qapp: QApplication) -> Document:
    """White, with a red square of 10 x 10 at (40, 40) on the active layer."""
    document = Document.new(Extent(100, 80))
    layer = document.active
    assert isinstance(layer, PaintLayer)
    layer.surface.write(Bounds(40, 40, 10, 10), filled(10, 10, QColor(255, 0, 0)))
    return document


def test_one_pixel_gives_its_own_colour(document: Document) -> None:
    assert mean_color(document, Point(40.9, 49.9)) == QColor(255, 0, 0)
    assert mean_color(document, Point(39.9, 45)) == QColor(255, 255, 255)


def test_a_square_gives_the_mean(document: Document) -> None:
    third = mean_color(document, Point(40, 45), 3)  # one column of three is white
    assert (third.red(), third.green(), third.blue()) == (255, 85, 85)


def test_the_mean_ends_at_the_canvas_and_beyond_it_is_nothing(document: Document) -> None:
    assert mean_color(document, Point(0, 0), 51) == QColor(255, 255, 255)
    assert not mean_color(document, Point(-30, 10), 51).isValid()


def test_a_layer_alone_gives_only_what_it_holds(document: Document) -> None:
    layer = document.active
    assert mean_color(document, Point(39, 45), 3, layer) == QColor(255, 0, 0)  # transparent pixels have no colour
    assert not mean_color(document, Point(10, 10), 11, layer).isValid()
    assert mean_color(document, Point(45, 45), 1, document.layer(next(document.walk()).id)) == QColor(255, 255, 255)


def test_a_translucent_colour_is_given_straight(document: Document) -> None:
    layer = document.active
    assert isinstance(layer, PaintLayer)
    layer.surface.write(Bounds(0, 0, 10, 10), filled(10, 10, QColor(200, 100, 40, 100)))
    color = mean_color(document, Point(5, 5), 5, layer)
    assert abs(color.red() - 200) + abs(color.green() - 100) + abs(color.blue() - 40) <= 6


def test_what_a_loupe_shows_has_the_pixel_in_its_middle(document: Document) -> None:
    seen = pixels_around(document, Point(44, 44), 9)
    assert (seen.width(), seen.height()) == (9, 9)
    assert seen.pixelColor(0, 0) == QColor(255, 0, 0)
    assert pixels_around(document, Point(43, 44), 9).pixelColor(0, 0) == QColor(255, 255, 255)
