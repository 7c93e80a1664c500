from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from sdstudio.ui.dialogs.color import ColorDialog
from sdstudio.ui.dialogs.gradient import GradientDialog
from sdstudio.ui.main_window import MainWindow


@pytest.fixture
def dialog(qtbot: QtBot) -> ColorDialog:
    made = ColorDialog(QColor("#3070b0"), "Colour of the stop")
    qtbot.addWidget(made)
    made.show()
    return made


def test_wheel_sliders_and_hex_show_the_same_colour(dialog: ColorDialog) -> None:
    dialog.hex.setFocus()
    dialog.hex.selectAll()
    QTest.keyClicks(dialog.hex, "20c040")
    dialog.hex.editingFinished.emit()
    assert dialog.color == dialog.wheel.color == dialog.sliders.color == QColor("#20c040")
    QTest.keyClick(dialog.wheel, Qt.Key.Key_PageUp)
    assert dialog.color != QColor("#20c040")
    assert dialog.hex.text() == dialog.color.name().removeprefix("#")


def test_an_unfinished_hex_number_changes_nothing(dialog: ColorDialog) -> None:
    dialog.hex.setText("20c0")
    dialog.hex.editingFinished.emit()
    assert dialog.color == QColor("#3070b0")
    assert dialog.hex.text() == "3070b0"


def test_the_stop_of_a_gradient_takes_the_chosen_colour(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    def choose(dialog: ColorDialog) -> int:
        dialog.sliders.picked.emit(QColor("#00ff00"))
        return 1

    monkeypatch.setattr(ColorDialog, "exec", choose)
    gradient = GradientDialog.show_for(window.editor, "gradient_ramp", window)
    gradient._on_color_wanted()
    assert window.editor.settings.gradient_ramp.stops[0].color == "#00ff00"


def test_escape_closes_the_gradient_and_cancels_nothing_else(window: MainWindow, qtbot: QtBot) -> None:
    gradient = GradientDialog.show_for(window.editor, "gradient_ramp", window)
    qtbot.waitExposed(gradient)
    cancelled: list[bool] = []
    window.actions_by_id["generate.cancel"].triggered.connect(cancelled.append)
    QTest.keyClick(gradient._presets, Qt.Key.Key_Escape)
    assert not gradient.isVisible()
    assert cancelled == []
