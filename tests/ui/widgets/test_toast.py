from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from sdstudio.ui import theme
from sdstudio.ui.widgets import toast as module
from sdstudio.ui.widgets.toast import Remedy, ToastStack


@pytest.fixture
def canvas(qapp: QApplication, qtbot: QtBot) -> QWidget:
    theme.apply(qapp, "dark")
    made = QWidget()
    qtbot.addWidget(made)
    made.resize(800, 600)
    made.show()
    QCursor.setPos(made.mapToGlobal(QPoint(1, 1)))  # a toast under the pointer stays
    return made


@pytest.fixture
def stack(canvas: QWidget) -> ToastStack:
    return ToastStack(canvas)


def test_the_newest_is_lowest_and_none_overlap(canvas: QWidget, stack: ToastStack) -> None:
    first, second = stack.show("first"), stack.show("second " * 30, is_error=True)
    assert first.geometry().bottom() < second.geometry().top()
    assert second.geometry().bottom() < canvas.height()
    assert second.geometry().right() < canvas.width()
    assert second.height() > first.height(), "a long sentence needs more lines"


def test_they_stay_in_the_corner_when_the_canvas_changes(canvas: QWidget, stack: ToastStack) -> None:
    toast = stack.show("hello")
    gap = canvas.size() - QSize(toast.geometry().right(), toast.geometry().bottom())
    canvas.resize(500, 300)
    assert canvas.size() - QSize(toast.geometry().right(), toast.geometry().bottom()) == gap


def test_the_same_message_is_shown_once(stack: ToastStack) -> None:
    stack.show("again")
    stack.show("other")
    stack.show("again")
    assert stack.messages == ["other", "again"]


def test_there_are_never_too_many(stack: ToastStack) -> None:
    for number in range(9):
        stack.show(str(number))
    assert stack.messages == ["5", "6", "7", "8"]


def test_information_goes_by_itself_and_an_error_stays(
    stack: ToastStack, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_INFO_MS", 1)
    stack.show("error", is_error=True)
    stack.show("with a button", remedy=Remedy("Do", lambda: None))
    stack.show("information")
    qtbot.waitUntil(lambda: stack.messages == ["error", "with a button"])


def test_the_remedy_acts_and_the_toast_goes(stack: ToastStack) -> None:
    done: list[bool] = []
    toast = stack.show("broken", remedy=Remedy("Repair", lambda: done.append(True)))
    [button] = toast.findChildren(QPushButton)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert done == [True]
    assert stack.messages == []


def test_details_are_asked_for_and_the_toast_stays(stack: ToastStack, qtbot: QtBot) -> None:
    toast = stack.show("broken", detail="line 7", is_error=True)
    with qtbot.waitSignal(stack.details_wanted) as wanted:
        toast.findChildren(QPushButton)[0].click()
    assert wanted.args == ["broken", "line 7"]
    assert stack.messages == ["broken"]


def test_the_cross_closes(stack: ToastStack) -> None:
    toast = stack.show("broken", is_error=True)
    toast.findChildren(QToolButton)[0].click()
    assert stack.messages == []


def test_a_toast_does_not_take_the_focus(canvas: QWidget, stack: ToastStack, qtbot: QtBot) -> None:
    canvas.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    canvas.activateWindow()
    canvas.setFocus()
    stack.show("hello", detail="x", is_error=True)
    assert canvas.hasFocus()


def test_a_long_name_goes_on_in_another_line(stack: ToastStack, canvas: QWidget) -> None:
    toast = stack.show("There is no LoRA “" + "a_name_that_never_ends" * 9 + "” on this machine.", is_error=True)
    text = next(label for label in toast.findChildren(QLabel) if "LoRA" in label.text())
    assert text.fontMetrics().lineSpacing() * 4 < text.height()
    assert "\u200b" not in toast.accessibleName()
    assert stack.messages == [toast.message]


def test_they_stand_above_what_is_in_their_way(canvas: QWidget, stack: ToastStack) -> None:
    strip = QWidget(canvas)
    strip.setGeometry(0, canvas.height() - 60, canvas.width(), 60)
    stack.keep_clear_of(strip)
    toast = stack.show("one")
    low = toast.geometry().bottom()
    strip.show()
    assert toast.geometry().bottom() < strip.y() < low
    strip.hide()
    assert toast.geometry().bottom() == low
