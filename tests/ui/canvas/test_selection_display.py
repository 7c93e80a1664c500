"""The selection is the mask: shown by ants, or as an overlay, whichever a person wants."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from sdstudio.document.commands import EditSelection
from sdstudio.raster.geometry import Bounds
from sdstudio.raster.masks import rectangle
from sdstudio.ui.main_window import MainWindow

AREA = Bounds(32, 32, 64, 64)


@pytest.fixture
def selected(window: MainWindow) -> MainWindow:
    window.editor.document.run(EditSelection(rectangle(AREA)))
    window.activateWindow()
    window.canvas.setFocus()
    return window


def covered(window: MainWindow) -> float:
    """The share of the selection's inside that does not look like the white picture."""
    QApplication.processEvents()
    picture: QImage = window.canvas.grab().toImage()
    rect = window.canvas.camera.rect_in_view(Bounds(40, 40, 48, 48)).toRect()
    places = [(x, y) for x in range(rect.left(), rect.right(), 3) for y in range(rect.top(), rect.bottom(), 3)]
    return sum(picture.pixelColor(x, y) != QColor("white") for x, y in places) / len(places)


def press(window: MainWindow, key: Qt.Key, keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(window.canvas, key, keys)
    QApplication.processEvents()


def test_ants_leave_the_picture_free(selected: MainWindow) -> None:
    assert covered(selected) == 0
    assert selected.canvas._overlays.ants_shown


def test_shift_q_shows_the_overlay_with_any_tool_and_hides_it_again(selected: MainWindow) -> None:
    press(selected, Qt.Key.Key_Q, Qt.KeyboardModifier.ShiftModifier)
    assert selected.actions_by_id["select.overlay"].isChecked()
    assert covered(selected) > 0.9
    assert not selected.canvas._overlays.ants_shown
    press(selected, Qt.Key.Key_M)
    assert covered(selected) > 0.9
    press(selected, Qt.Key.Key_Q, Qt.KeyboardModifier.ShiftModifier)
    assert covered(selected) == 0


def test_q_is_the_quick_mask_and_q_again_the_tool_before(selected: MainWindow) -> None:
    selected.toolbox.set_active("lasso")
    press(selected, Qt.Key.Key_Q)
    assert selected.toolbox.active.id == "mask"
    assert covered(selected) > 0.9
    press(selected, Qt.Key.Key_Q)
    assert selected.toolbox.active.id == "lasso"
    assert selected.tool_bar.tool_actions["lasso"].isChecked()
    assert covered(selected) == 0


def test_the_button_says_what_a_selection_means(selected: MainWindow, qtbot: QtBot) -> None:
    button = selected.generate_panel.button
    qtbot.waitUntil(lambda: button.text == "Fill selection")
    selected.actions_by_id["select.none"].trigger()
    qtbot.waitUntil(lambda: button.text.startswith("Create"))
