from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from sdstudio.ui.widgets.elided import ElidedButton, ElidedCheckBox

LONG = "a_name_that_never_ends_" * 6


@pytest.mark.parametrize("kind", [ElidedButton, ElidedCheckBox])
def test_a_long_name_takes_no_more_room_than_there_is(
    qtbot: QtBot, kind: type[ElidedButton] | type[ElidedCheckBox]
) -> None:
    button = kind(LONG, "What it does")
    qtbot.addWidget(button)
    assert button.minimumSizeHint().width() >= 0
    button.resize(160, 30)
    button.show()
    assert "…" in button.text()
    assert button.fontMetrics().horizontalAdvance(button.text()) < 160
    assert button.accessibleName() == LONG
    assert LONG in button.toolTip()
    button.resize(4000, 30)
    assert button.text() == LONG


@pytest.mark.parametrize("kind", [ElidedButton, ElidedCheckBox])
def test_an_ampersand_is_shown(qtbot: QtBot, kind: type[ElidedButton] | type[ElidedCheckBox]) -> None:
    button = kind("Ink & wash", "")
    qtbot.addWidget(button)
    button.resize(400, 30)
    button.show()
    assert button.text() == "Ink && wash"
    assert button.shortcut().isEmpty()
