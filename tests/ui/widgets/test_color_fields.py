from __future__ import annotations

import math

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from sdstudio.raster import colour
from sdstudio.ui.widgets.color_sliders import ColorSliders, spaces
from sdstudio.ui.widgets.color_wheel import ColorWheel, Shape
from sdstudio.ui.widgets.gradient_slider import GradientSlider


def wheel_of(qtbot: QtBot, shape: Shape) -> ColorWheel:
    wheel = ColorWheel(shape)
    qtbot.addWidget(wheel)
    wheel.resize(240, 240)
    wheel.show()
    return wheel


def click(wheel: ColorWheel, at: QPointF) -> None:
    QTest.mouseClick(wheel, Qt.MouseButton.LeftButton, pos=at.toPoint())


@pytest.mark.parametrize("shape", ["triangle", "square"])
def test_the_ring_chooses_the_hue(qtbot: QtBot, shape: Shape) -> None:
    wheel = wheel_of(qtbot, shape)
    wheel.set_color(QColor("red"))
    up = QPointF(math.cos(2 * math.pi / 3), -math.sin(2 * math.pi / 3))
    click(wheel, QPointF(120, 120) + up * 111)
    assert wheel.color.green() > 250
    assert wheel.color.red() < 12


@pytest.mark.parametrize("shape", ["triangle", "square"])
def test_the_mark_is_where_a_click_gives_the_same_colour(qtbot: QtBot, shape: Shape) -> None:
    wheel = wheel_of(qtbot, shape)
    for name in ("#3366cc", "#804020", "#d0e0c0", "#405060"):
        wheel.set_color(QColor(name))
        click(wheel, wheel._mark())
        wanted, got = QColor(name), wheel.color
        assert max(abs(wanted.red() - got.red()), abs(wanted.green() - got.green())) <= 4
        shown = wheel.grab().toImage().pixelColor((wheel._mark() + QPointF(0, 1)).toPoint())
        assert max(abs(wanted.red() - shown.red()), abs(wanted.blue() - shown.blue())) <= 8


def test_the_triangles_corners_are_the_hue_white_and_black(qtbot: QtBot) -> None:
    wheel = wheel_of(qtbot, "triangle")
    wheel.set_color(QColor("blue"))
    middle = QPointF(120, 120)
    for corner, name in zip(wheel._corners(), ("blue", "white", "black"), strict=True):
        click(wheel, middle + (corner - middle) * 1.01)  # a little outside: it is the corner that is meant
        wanted, got = QColor(name), wheel.color
        assert abs(wanted.red() - got.red()) + abs(wanted.blue() - got.blue()) < 24, name


def test_a_grey_keeps_the_hue_that_was_chosen(qtbot: QtBot) -> None:
    wheel = wheel_of(qtbot, "square")
    wheel.set_color(QColor("lime"))
    wheel.set_color(QColor("grey"))
    QTest.keyClick(wheel, Qt.Key.Key_Right)
    assert wheel.color.green() > wheel.color.red()


def test_keys_change_the_wheel(qtbot: QtBot) -> None:
    wheel = wheel_of(qtbot, "triangle")
    wheel.set_color(QColor("#804040"))
    with qtbot.waitSignal(wheel.picked):
        QTest.keyClick(wheel, Qt.Key.Key_Up)
    assert wheel.color.value() > 128
    with qtbot.waitSignal(wheel.picked):
        QTest.keyClick(wheel, Qt.Key.Key_PageUp)
    assert wheel.color.green() > wheel.color.blue()


def test_oklch_marks_what_srgb_has_not_and_gives_the_nearest(qtbot: QtBot) -> None:
    sliders = ColorSliders(spaces()["oklch"])
    qtbot.addWidget(sliders)
    sliders.show()
    sliders.set_color(QColor("#6080a0"))
    chroma = sliders.findChildren(GradientSlider)[1]
    assert chroma._possible[0]
    assert not chroma._possible[-1]
    before = colour.oklch_of_rgb([part / 255 for part in QColor("#6080a0").getRgb()[:3]])
    assert not sliders._warning.isVisible()
    QTest.mouseClick(chroma, Qt.MouseButton.LeftButton, pos=QPoint(chroma.width() - 1, 10))
    assert sliders._warning.isVisible()
    after = colour.oklch_of_rgb([part / 255 for part in sliders.color.getRgb()[:3]])
    assert after[1] > before[1]
    assert after[0] == pytest.approx(before[0], abs=0.01)
    assert after[2] == pytest.approx(before[2], abs=2)
    sliders.set_color(sliders.color)  # what comes back from the editor must not move the knob
    assert chroma.value == 1.0


def test_sliders_take_keys(qtbot: QtBot) -> None:
    sliders = ColorSliders(spaces()["hsv"])
    qtbot.addWidget(sliders)
    sliders.set_color(QColor("red"))
    value = sliders.findChildren(GradientSlider)[2]
    QTest.keyClick(value, Qt.Key.Key_Home)
    assert sliders.color == QColor("black")
    QTest.keyClick(value, Qt.Key.Key_End)
    assert sliders.color == QColor("red")  # black has no hue, but the sliders remember
