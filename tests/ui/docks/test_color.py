from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from sdstudio.ui.docks.color import ColorPanel
from sdstudio.ui.main_window import MainWindow
from sdstudio.ui.widgets.gradient_slider import GradientSlider
from sdstudio.ui.widgets.number import NumberField
from tests.helpers.hand import Hand


@pytest.fixture
def panel(window: MainWindow) -> ColorPanel:
    window.panels.raise_panel("color")
    return window.color_panel


@pytest.fixture
def strip_panel(window: MainWindow, panel: ColorPanel) -> ColorPanel:
    window.settings.set("color_shape", "strip")
    return panel


def test_a_click_in_the_square_sets_the_colour(window: MainWindow, strip_panel: ColorPanel) -> None:
    square = strip_panel.square
    QTest.mouseClick(square, Qt.MouseButton.LeftButton, pos=QPoint(0, 1))
    assert window.editor.foreground == QColor("white")
    QTest.mouseClick(square, Qt.MouseButton.LeftButton, pos=QPoint(0, square.height() - 1))
    assert window.editor.foreground == QColor("black")


def test_the_hue_of_grey_is_remembered(window: MainWindow, strip_panel: ColorPanel) -> None:
    window.editor.foreground = QColor("blue")
    window.editor.foreground = QColor("grey")
    square = strip_panel.square
    QTest.mouseClick(square, Qt.MouseButton.LeftButton, pos=QPoint(square.width() - 40, 2))
    assert window.editor.foreground.blue() > 240
    assert window.editor.foreground.red() < 60


def test_the_strip_changes_the_hue(window: MainWindow, strip_panel: ColorPanel) -> None:
    window.editor.foreground = QColor("red")
    square = strip_panel.square
    QTest.mouseClick(square, Qt.MouseButton.LeftButton, pos=QPoint(square.width() - 8, square.height() // 3))
    assert window.editor.foreground.green() > 240


@pytest.mark.parametrize(("typed", "color"), [("#00ff00", "#00ff00"), ("0f0", "#00ff00"), ("12", "#112233")])
def test_hex_is_taken_or_put_back(window: MainWindow, panel: ColorPanel, typed: str, color: str) -> None:
    window.editor.foreground = QColor("#112233")
    panel._hex.setFocus()
    panel._hex.selectAll()
    QTest.keyClicks(panel._hex, typed)
    panel._hex.editingFinished.emit()
    assert window.editor.foreground == QColor(color)
    assert "#" + panel._hex.text() == color


def test_a_colour_is_recent_when_it_was_painted_with(window: MainWindow, panel: ColorPanel) -> None:
    window.editor.foreground = QColor("red")
    window.editor.foreground = QColor("green")
    assert panel.recent.colors == []
    Hand(window.canvas).drag((10, 10), (50, 50))
    assert panel.recent.colors == [QColor("green")]
    window.editor.foreground = QColor("red")
    QTest.mouseClick(panel.recent, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    assert window.editor.foreground == QColor("green")
    assert window.settings.get("recent_colors") == ["#008000"]


def test_the_pair_swaps_and_the_keys_too(window: MainWindow, panel: ColorPanel) -> None:
    window.editor.foreground = QColor("red")
    window.actions_by_id["edit.swap_colors"].trigger()
    assert (window.editor.foreground, window.editor.background) == (QColor("white"), QColor("red"))
    window.actions_by_id["edit.default_colors"].trigger()
    assert (window.editor.foreground, window.editor.background) == (QColor("black"), QColor("white"))


@pytest.mark.parametrize("space", ["rgb", "hsv", "oklch"])
def test_every_field_shows_the_colour_that_another_one_set(window: MainWindow, panel: ColorPanel, space: str) -> None:
    window.settings.set("color_space", space)
    window.editor.foreground = QColor("#2f7bc4")
    for field in (panel.wheel, panel.square, panel.sliders[space]):
        assert field.color == QColor("#2f7bc4")
    assert panel._hex.text() == "2f7bc4"
    slider = panel.sliders[space].findChildren(GradientSlider)[1]
    QTest.mouseClick(slider, Qt.MouseButton.LeftButton, pos=QPoint(slider.width() // 2, 10))
    changed = window.editor.foreground
    assert changed != QColor("#2f7bc4")
    assert panel.wheel.color == changed
    assert "#" + panel._hex.text() == changed.name()


def test_a_typed_number_is_the_colours_part(window: MainWindow, panel: ColorPanel) -> None:
    window.settings.set("color_space", "rgb")
    window.editor.foreground = QColor(10, 20, 30)
    green = panel.sliders["rgb"].findChildren(NumberField)[1]
    assert green.value() == 20
    green.setFocus()
    green.selectAll()
    QTest.keyClicks(green, "200")
    QTest.keyClick(green, Qt.Key.Key_Return)
    assert window.editor.foreground == QColor(10, 200, 30)


def test_the_form_of_the_field_and_of_the_sliders_is_remembered(window: MainWindow, panel: ColorPanel) -> None:
    panel._shapes["square"].trigger()
    assert window.settings.get("color_shape") == "square"
    panel._space.setCurrentIndex(panel._space.findData(""))
    panel._space.activated.emit(panel._space.currentIndex())
    assert window.settings.get("color_space") == ""
    assert not any(sliders.isVisible() for sliders in panel.sliders.values())


def test_the_field_stays_large_enough_to_hit_in_a_low_panel(window: MainWindow) -> None:
    window.panels.raise_panel("color")
    panel = window.color_panel
    panel.setFixedWidth(280)
    for height in (232, 420, 232):
        panel.setFixedHeight(height)
        QApplication.processEvents()
        QApplication.processEvents()
        assert min(panel.wheel.width(), panel.wheel.height()) >= 96, height
        for part in (panel.wheel, panel._hex, panel._space, panel.recent):
            assert panel.rect().contains(QRect(part.mapTo(panel, QPoint(0, 0)), part.size())), height


def test_after_a_typed_colour_the_keys_belong_to_the_canvas(window: MainWindow, panel: ColorPanel) -> None:
    window.activateWindow()
    panel._hex.setFocus()
    panel._hex.selectAll()
    QTest.keyClicks(panel._hex, "2f7bc4")
    QTest.keyClick(panel._hex, Qt.Key.Key_Return)
    assert window.editor.foreground == QColor("#2f7bc4")
    assert QApplication.focusWidget() is window.canvas
