from __future__ import annotations

from typing import cast

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolBar, QToolButton
from pytestqt.qtbot import QtBot

from sdstudio.app import Studio
from sdstudio.settings import Settings
from sdstudio.ui import theme
from sdstudio.ui.main_window import MainWindow
from sdstudio.ui.widgets.swatch import ColorPair
from sdstudio.worker.dispatcher import Dispatcher
from tests.helpers.scripted_engine import ScriptedEngine
from tests.ui.conftest import MODEL


def again(studio: Studio, qtbot: QtBot) -> MainWindow:
    """Close the window and start the program anew with what the settings file holds."""
    assert studio.window.close()
    made = Studio(Settings(studio.settings.path), cast(Dispatcher, ScriptedEngine()), [MODEL])
    made.show()
    qtbot.addWidget(made.window)
    qtbot.waitExposed(made.window)
    return made.window


def test_tab_hides_everything_and_brings_it_back(window: MainWindow) -> None:
    window.panels["color"].hide()
    window.canvas.setFocus()
    QTest.keyClick(window.canvas, Qt.Key.Key_Tab)
    bars = window.findChildren(QToolBar)
    parts = [window.panels["generate"], window.menuBar(), window.statusBar(), *bars]
    assert [part.isVisible() for part in parts] == [False] * len(parts)
    assert window.canvas.isVisible()
    QTest.keyClick(window.canvas, Qt.Key.Key_Tab)
    assert [part.isHidden() for part in parts] == [False] * len(parts)
    assert window.panels["color"].isHidden(), "what was closed before stays closed"


def test_tab_moves_the_focus_everywhere_else(window: MainWindow) -> None:
    window.activateWindow()
    window.generate_panel.prompt.setFocus()
    QTest.keyClick(window.generate_panel.prompt, Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is window.generate_panel.negative
    assert not window.panels.is_only_canvas


@pytest.mark.parametrize("key", [Qt.Key.Key_Tab, Qt.Key.Key_Backtab])
def test_tab_passes_by_panels_that_lie_behind_others(window: MainWindow, key: Qt.Key) -> None:
    window.activateWindow()
    window.panels.raise_panel("layers")
    QApplication.processEvents()
    window.layers_panel.view.setFocus()
    seen = []
    for _ in range(40):
        focus = QApplication.focusWidget()
        assert focus is not None
        if focus is window.canvas:
            break
        seen.append(focus)
        QTest.keyClick(focus, key)
    assert len(seen) > 5
    assert [one for one in seen if one.visibleRegion().isEmpty()] == []


def test_places_are_remembered(studio: Studio, qtbot: QtBot) -> None:
    window = studio.window
    window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, window.panels["layers"])
    window.panels["jobs"].close()
    window.resize(795, 700)
    other = again(studio, qtbot)
    assert other.dockWidgetArea(other.panels["layers"]) == Qt.DockWidgetArea.LeftDockWidgetArea
    assert other.panels["jobs"].isHidden()
    assert (other.width(), other.height()) == (795, 700)


def test_reset_puts_everything_back(window: MainWindow) -> None:
    window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, window.panels["layers"])
    window.panels["generate"].close()
    window.actions_by_id["window.reset"].trigger()
    assert window.dockWidgetArea(window.panels["layers"]) == Qt.DockWidgetArea.RightDockWidgetArea
    assert not window.panels["generate"].isHidden()


@pytest.mark.parametrize("text", ["not base64 €", "AAAA"])
def test_places_that_make_no_sense_are_not_used(settings: Settings, qtbot: QtBot, text: str) -> None:
    settings.set("window_state", text)
    settings.set("window_geometry", text)
    made = Studio(settings, cast(Dispatcher, ScriptedEngine()), [MODEL])
    qtbot.addWidget(made.window)
    made.window.show()
    assert made.window.panels["generate"].isVisible()


def test_tools_and_parameters_are_remembered(studio: Studio, qtbot: QtBot) -> None:
    studio.editor.set_brush("paint", size=77)
    studio.window.generate_panel.prompt.set_text("red apple")
    studio.window.generate_panel.strength._slider.setValue(45)
    other = again(studio, qtbot)
    assert other.editor.brushes["paint"].size == 77
    assert other.generate_panel.prompt.text() == "red apple"
    assert other.generate_panel.strength.value == 0.45


def test_the_theme_switches_with_a_key_and_is_remembered(studio: Studio, qtbot: QtBot) -> None:
    assert theme.is_dark()
    studio.window.actions_by_id["view.theme"].trigger()
    assert not theme.is_dark()
    assert studio.window.canvas.grab().toImage().pixelColor(2, 2) == theme.color("surround")
    assert studio.window.close()
    assert Settings(studio.settings.path).get("theme") == "light"


def test_full_screen_comes_and_goes_and_a_maximised_window_stays_so(studio: Studio, qtbot: QtBot) -> None:
    window, action = studio.window, studio.window.actions_by_id["view.full_screen"]
    window.showMaximized()
    qtbot.waitUntil(window.isMaximized)
    action.trigger()
    qtbot.waitUntil(window.isFullScreen)
    action.trigger()
    qtbot.waitUntil(lambda: not window.isFullScreen())
    assert window.isMaximized()


def test_a_changed_setting_is_written_soon(studio: Studio, qtbot: QtBot) -> None:
    studio.settings.set("mask_color", "#00ff00")
    qtbot.waitUntil(lambda: Settings(studio.settings.path).get("mask_color") == "#00ff00")


def test_more_gets_the_room_it_needs(window: MainWindow, qtbot: QtBot) -> None:
    before = window.panels["generate"].height()
    window.generate_panel.section.set_open(True)
    qtbot.waitUntil(lambda: window.panels["generate"].height() > before)
    assert window.panels["layers"].height() > 100


@pytest.mark.parametrize("size", [(1230, 690), (1000, 540)], ids=["laptop", "small"])
@pytest.mark.parametrize("more", [False, True], ids=["less", "more"])
def test_prompt_strength_and_button_are_always_in_sight(
    window: MainWindow, qtbot: QtBot, size: tuple[int, int], more: bool
) -> None:
    window.resize(*size)
    window.actions_by_id["window.reset"].trigger()
    panel = window.generate_panel
    panel.section.set_open(more)
    panel.advanced_section.set_open(more)
    QApplication.processEvents()
    parts = (panel.prompt, panel.strength, panel.button)
    qtbot.waitUntil(lambda: all(part.visibleRegion().boundingRect() == part.rect() for part in parts))


def test_a_new_adjustment_gets_the_room_of_its_curve(window: MainWindow, qtbot: QtBot) -> None:
    window.resize(1230, 690)
    window.actions_by_id["window.reset"].trigger()
    QApplication.processEvents()
    before, button = window.panels["layers"].height(), window.generate_panel.button
    window.actions_by_id["layer.adjust.curves"].trigger()
    qtbot.waitUntil(lambda: window.panels["adjustment"].height() > before)
    assert button.visibleRegion().boundingRect() == button.rect()
    shown = window.panels["generate"].height()
    window.actions_by_id["layer.adjust.invert"].trigger()
    QApplication.processEvents()
    assert window.panels["generate"].height() == shown, "what needs less room moves nothing"


def test_the_undo_budget_is_the_settings(studio: Studio) -> None:
    studio.settings.set("undo_budget_mib", 64)
    assert studio.editor.document.history.budget_bytes == 64 * 2**20


def test_the_tab_in_front_stays_in_front(window: MainWindow, qtbot: QtBot) -> None:
    window.panels.raise_panel("color")
    for hide in (True, False):
        QApplication.processEvents()
        window.panels.set_only_canvas(hide)
    qtbot.waitUntil(lambda: not window.color_panel.visibleRegion().isEmpty())
    assert window.jobs_panel.visibleRegion().isEmpty()


def test_at_first_the_generate_panel_is_as_high_as_it_needs(window: MainWindow) -> None:
    dock = window.panels["generate"]
    assert abs(dock.height() - dock.sizeHint().height()) < 40


def test_the_parts_of_the_layers_panel_stay_in_sight_in_a_low_window(window: MainWindow) -> None:
    panel = window.layers_panel
    for width, height in ((1106, 650), (1024, 600)):
        window.resize(width, height)
        window.panels.reset()
        QApplication.processEvents()
        for part in (panel.header, panel.view, *panel.findChildren(QToolButton)):
            corner = part.mapTo(window.panels["layers"], QPoint(0, 0))
            assert window.panels["layers"].rect().contains(QRect(corner, part.size())), f"{part} at {height}"
        assert panel.view.viewport().height() >= panel.view.sizeHintForRow(0)


def test_reset_does_not_make_the_window_larger_than_the_screen(window: MainWindow) -> None:
    window.resize(1200, 700)
    window.panels.reset()
    QApplication.processEvents()
    assert (window.width(), window.height()) == (1200, 700)


def test_every_tool_and_the_colours_are_in_sight_in_a_low_window(window: MainWindow) -> None:
    for height in (1000, 760, 560):
        window.resize(1200, height)
        QApplication.processEvents()
        QApplication.processEvents()
        bar = window.tool_bar.rect()
        for part in (*window.tool_bar.findChildren(QToolButton), *window.tool_bar.findChildren(ColorPair)):
            if part.objectName() != "qt_toolbar_ext_button":
                corner = part.mapTo(window.tool_bar, QPoint(0, 0))
                assert part.isVisible()
                assert bar.contains(QRect(corner, part.size())), f"{part.accessibleName()} at {height}"


def test_keys_of_tools_work_while_only_the_canvas_is_in_sight(window: MainWindow, qtbot: QtBot) -> None:
    window.activateWindow()
    window.canvas.setFocus()
    qtbot.waitUntil(window.canvas.hasFocus)
    QTest.keyClick(window.canvas, Qt.Key.Key_Tab)
    QTest.keyClick(window.canvas, Qt.Key.Key_E)
    assert window.toolbox.active.id == "eraser"


def test_a_key_brings_a_covered_panel_into_sight_before_it_hides_it(window: MainWindow, qtbot: QtBot) -> None:
    layers, color = window.panels["layers"], window.panels["color"]
    window.tabifyDockWidget(layers, color)
    window.panels.raise_panel("color")
    qtbot.waitUntil(lambda: layers.visibleRegion().isEmpty() and not color.visibleRegion().isEmpty())
    QTest.keyClick(window.canvas, Qt.Key.Key_F6)
    qtbot.waitUntil(lambda: not layers.visibleRegion().isEmpty())
    assert layers.toggleViewAction().isChecked()
    assert not color.isHidden(), "it waits behind its tab"
    QTest.keyClick(window.canvas, Qt.Key.Key_F6)
    assert layers.isHidden()
    QTest.keyClick(window.canvas, Qt.Key.Key_F6)
    qtbot.waitUntil(lambda: not layers.visibleRegion().isEmpty())


def test_keys_are_for_the_tools_again_when_return_ends_a_field(window: MainWindow, qtbot: QtBot) -> None:
    window.activateWindow()
    window.panels.raise_panel("color")
    field = window.color_panel._hex
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    field.selectAll()
    QTest.keyClicks(field, "e03030")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert window.editor.foreground.name() == "#e03030"
    assert window.canvas.hasFocus()
