"""The picker's options and its loupe; what it takes by default is in test_other_tools."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor

from sdstudio.document.layers import PaintLayer
from sdstudio.raster.geometry import Bounds
from sdstudio.raster.pixels import filled
from sdstudio.ui.canvas.view import CanvasView
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.toolbox import Toolbox
from tests.helpers.hand import Hand


@pytest.fixture(autouse=True)
def painting(editor: Editor, toolbox: Toolbox) -> None:
    """White paper, and on the active layer a blue field that is half transparent."""
    layer = editor.document.active
    assert isinstance(layer, PaintLayer)
    layer.surface.write(Bounds(100, 50, 60, 60), filled(60, 60, QColor(0, 0, 255, 128)))
    editor.document.layers_changed.emit()
    toolbox.set_active("picker")


def test_all_layers_or_the_active_one(hand: Hand, editor: Editor) -> None:
    hand.click((130, 80))
    assert editor.foreground.red() in (126, 127, 128)
    editor.set_value("picker_source", "layer")
    hand.click((130, 80))
    assert editor.foreground == QColor(0, 0, 255)
    editor.foreground = QColor("red")
    hand.click((20, 20))
    assert editor.foreground == QColor("red")  # this layer has nothing there


def test_the_mean_of_a_square(hand: Hand, editor: Editor) -> None:
    editor.set_value("picker_side", "11")
    hand.click((100, 80))
    assert 127 < editor.foreground.red() < 255
    assert editor.foreground.blue() == 255


def test_the_loupe_shows_the_pixels_and_both_colours(hand: Hand, editor: Editor, canvas: CanvasView) -> None:
    editor.set_value("picker_source", "layer")
    editor.foreground = QColor("red")
    hand.press((130, 80))
    shown = canvas.grab().toImage()
    middle = hand.in_view((130, 80)).toPoint()
    assert shown.pixelColor(middle.x(), middle.y() - 50) == QColor(0, 0, 255)  # the new colour above
    assert shown.pixelColor(middle.x(), middle.y() + 50) == QColor("red")  # the old one below
    assert shown.pixelColor(middle.x() + 20, middle.y()).blue() > 150
    hand.release((130, 80))
    assert canvas.grab().toImage().pixelColor(middle.x(), middle.y() - 50) == QColor("white")


def test_a_damaged_setting_picks_one_pixel(hand: Hand, editor: Editor) -> None:
    editor.set_value("picker_side", "many")
    hand.click((101, 80))
    assert editor.foreground.red() in (126, 127, 128)
