from __future__ import annotations

import pytest
from PySide6.QtWidgets import QCheckBox, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from sdstudio.ui.widgets.elided import show_elided

LONG = "a_name_that_never_ends_" * 6


@pytest.mark.parametrize("kind", [QPushButton, QCheckBox])
def test_a_long_name_takes_no_more_room_than_there_is(qtbot: QtBot, kind: type[QPushButton] | type[QCheckBox]) -> None:
    button, column = kind(), QWidget()
    show_elided(button, LONG, "What it does")
    qtbot.addWidget(column)
    QVBoxLayout(column).addWidget(button)
    assert column.minimumSizeHint().width() < button.fontMetrics().horizontalAdvance(LONG)
    button.setParent(None)
    qtbot.addWidget(button)
    button.resize(160, 30)
    button.show()
    assert "…" in button.text()
    assert button.fontMetrics().horizontalAdvance(button.text()) < 160
    assert button.accessibleName() == LONG
    assert LONG in button.toolTip()
    button.resize(4000, 30)
    assert button.text() == LONG


@pytest.mark.parametrize("kind", [QPushButton, QCheckBox])
def test_an_ampersand_is_shown(qtbot: QtBot, kind: type[QPushButton] | type[QCheckBox]) -> None:
    button = kind()
    show_elided(button, "Ink & wash", "")
    qtbot.addWidget(button)
    button.resize(400, 30)
    button.show()
    assert button.text() == "Ink && wash"
    assert button.shortcut().isEmpty()
