from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from sdstudio.ui.widgets.overflow_bar import OverflowBar


@pytest.fixture
def bar(qtbot: QtBot) -> OverflowBar:
    bar = OverflowBar()
    qtbot.addWidget(bar)
    bar.resize(700, 40)
    bar.show()
    qtbot.waitExposed(bar)
    return bar


def buttons(count: int) -> list[QPushButton]:
    made = [QPushButton(str(number)) for number in range(count)]
    for button in made:
        button.setFixedWidth(100)
    return made


def in_row(bar: OverflowBar, widgets: list[QPushButton]) -> list[str]:
    QApplication.processEvents()
    return [widget.text() for widget in widgets if widget.parent() is bar and widget.isVisible()]


def test_everything_is_in_the_row_when_there_is_room(bar: OverflowBar) -> None:
    widgets = buttons(6)
    bar.set_widgets(widgets)
    assert in_row(bar, widgets) == ["0", "1", "2", "3", "4", "5"]
    assert not bar.more.isVisible()


def test_what_does_not_fit_waits_behind_the_button_and_comes_back(bar: OverflowBar) -> None:
    widgets = buttons(6)
    bar.set_widgets(widgets)
    bar.resize(350, 40)
    assert in_row(bar, widgets) == ["0", "1", "2"]
    QTest.mouseClick(bar.more, Qt.MouseButton.LeftButton)
    assert bar.panel.isVisible()
    assert [widget.text() for widget in widgets if widget.parent() is bar.panel and widget.isVisible()] == [
        "3",
        "4",
        "5",
    ]
    bar.panel.hide()
    bar.resize(700, 40)
    assert in_row(bar, widgets) == ["0", "1", "2", "3", "4", "5"]


def test_other_widgets_take_their_place(bar: OverflowBar) -> None:
    bar.set_widgets(buttons(20))
    widgets = buttons(2)
    bar.set_widgets(widgets)
    assert in_row(bar, widgets) == ["0", "1"]
    assert not bar.more.isVisible()


def test_it_never_asks_for_more_room_than_its_button(bar: OverflowBar) -> None:
    bar.set_widgets(buttons(30))
    assert bar.minimumSizeHint().width() < 60
