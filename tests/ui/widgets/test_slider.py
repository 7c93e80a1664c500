from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from sdstudio.ui.widgets.slider import MarkedSlider

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def slider(qtbot: QtBot) -> MarkedSlider:
    made = MarkedSlider(0, 100, default=60, marks=(30,))
    qtbot.addWidget(made)
    made.resize(214, 24)  # 200 pixels between the ends
    made.show()
    return made


@pytest.mark.parametrize(("x", "value"), [(0, 0), (107, 50), (213, 100), (69, 30), (65, 30), (79, 36)])
def test_a_click_moves_it_there_and_marks_attract(slider: MarkedSlider, x: int, value: int) -> None:
    QTest.mouseClick(slider, LEFT, pos=QPoint(x, 12))
    assert slider.value() == value


def test_keys_step(slider: MarkedSlider) -> None:
    slider.setFocus()
    QTest.keyClick(slider, Qt.Key.Key_Right)
    assert slider.value() == 61


def test_a_double_click_resets(slider: MarkedSlider) -> None:
    slider.setValue(3)
    QTest.mouseDClick(slider, LEFT, pos=QPoint(100, 12))
    assert slider.value() == 60


def test_the_track_is_filled_up_to_the_knob(slider: MarkedSlider) -> None:
    slider.setValue(50)
    image = slider.grab().toImage()
    ratio = image.devicePixelRatio()

    def color(x: int) -> str:
        return str(image.pixelColor(round(x * ratio), round(12 * ratio)).name())

    assert color(40) != color(170)
    slider.setValue(100)
    image = slider.grab().toImage()
    assert color(40) == color(170)
