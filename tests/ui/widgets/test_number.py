from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from sdstudio.ui.widgets.number import NumberField

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def field(qtbot: QtBot) -> Iterator[NumberField]:
    """A field that has not got the focus."""
    panel = QWidget()
    qtbot.addWidget(panel)
    other, made = QLineEdit(), NumberField(0, 1000, default=50, unit="px")
    layout = QVBoxLayout(panel)
    layout.addWidget(other)
    layout.addWidget(made)
    panel.show()
    panel.activateWindow()
    other.setFocus()
    qtbot.waitUntil(other.hasFocus)
    yield made
    panel.close()


def type_in(field: NumberField, text: str) -> None:
    line = field.lineEdit()
    QTest.mouseClick(line, LEFT, pos=QPoint(20, 10))
    QTest.keyClicks(line, text)
    QTest.keyClick(line, Qt.Key.Key_Return)


def drag(field: NumberField, pixels: int, keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    line = field.lineEdit()
    start = QPoint(20, 10)
    QTest.mousePress(line, LEFT, keys, start)
    for share in (0.5, 1.0):
        QTest.mouseMove(line, start + QPoint(round(pixels * share), 0))
    QTest.mouseRelease(line, LEFT, keys, start + QPoint(pixels, 0))


def test_it_shows_its_unit_and_no_thousands_mark(field: NumberField) -> None:
    field.setValue(1000)
    assert field.text() == "1000 px"


@pytest.mark.parametrize(("typed", "value"), [("12", 12), ("512/2", 256), ("10 px", 10), ("5000", 1000), ("junk", 50)])
def test_typing_takes_sums_and_stays_in_range(field: NumberField, typed: str, value: float) -> None:
    type_in(field, typed)
    assert field.value() == value


def test_dragging_changes_the_value_and_does_not_open_the_field(field: NumberField) -> None:
    drag(field, 30)
    assert field.value() == 60
    assert not field.hasFocus()
    drag(field, -60)
    assert field.value() == 40


def test_a_trembling_click_is_a_click(field: NumberField) -> None:
    drag(field, 2)
    assert field.value() == 50
    assert field.hasFocus()


def test_a_double_click_brings_the_default_back(field: NumberField) -> None:
    field.setValue(7)
    QTest.mouseDClick(field.lineEdit(), LEFT, pos=QPoint(20, 10))
    assert field.value() == 50


def test_the_wheel_is_left_to_the_panel_without_the_focus(field: NumberField) -> None:
    field.clearFocus()
    event = QWheelEvent(
        QPointF(10, 10),
        QPointF(10, 10),
        QPoint(0, 0),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(field, event)
    assert field.value() == 50
    assert not event.isAccepted()


def test_values_are_told_once_and_only_when_finished(field: NumberField, qtbot: QtBot) -> None:
    told: list[float] = []
    field.valueChanged.connect(told.append)
    type_in(field, "123")
    assert told == [123]


def test_the_tab_key_reaches_every_number(qtbot: QtBot) -> None:
    page = QWidget()
    qtbot.addWidget(page)
    column = QVBoxLayout(page)
    first, second = NumberField(0, 10, default=1), NumberField(0, 10, default=2)
    column.addWidget(first)
    column.addWidget(second)
    page.show()
    page.activateWindow()
    first.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(first.hasFocus)
    QTest.keyClick(first, Qt.Key.Key_Tab)
    assert second.hasFocus()
    QTest.keyClicks(second, "7")
    QTest.keyClick(second, Qt.Key.Key_Return)
    assert second.value() == 7


def test_three_clicks_select_the_whole_number(field: NumberField) -> None:
    line = field.lineEdit()
    place = QPoint(20, 10)
    QTest.mouseClick(line, LEFT, pos=place)
    QTest.mouseDClick(line, LEFT, pos=place)
    QTest.mouseClick(line, LEFT, pos=place)
    QTest.keyClicks(line, "60")
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert field.value() == 60
