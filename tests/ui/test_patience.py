"""Waiting for work without holding up the window."""

from __future__ import annotations

import threading
import time

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QProgressDialog, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from sdstudio.errors import FileProblem, StudioError
from sdstudio.ui.patience import Cancelled, Report, wait_for, worked_out


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    made.show()
    return made


def test_short_work_gives_its_result_without_a_dialog(window: QWidget) -> None:
    thread = wait_for(window, "Opening…", lambda _report: threading.current_thread())
    assert thread is not threading.current_thread()
    assert window.findChildren(QProgressDialog) == []


def test_what_the_work_raises_comes_out(window: QWidget) -> None:
    def fail(_report: Report) -> None:
        raise FileProblem("It is damaged.")

    with pytest.raises(FileProblem):
        wait_for(window, "Opening…", fail)


def test_long_work_shows_how_far_it_is_and_ends_when_it_is_cancelled(window: QWidget) -> None:
    seen: list[int] = []
    ticks: list[float] = []
    timer = QTimer(window, interval=10)
    timer.timeout.connect(lambda: ticks.append(time.monotonic()))
    timer.start()

    def cancel_soon() -> None:
        for dialog in window.findChildren(QProgressDialog):
            seen.append(dialog.value())
            if dialog.value() > 400:
                dialog.findChild(QPushButton).click()

    watcher = QTimer(window, interval=50)
    watcher.timeout.connect(cancel_soon)
    watcher.start()

    def work(report: Report) -> None:
        for _ in range(600):
            report(0.5)
            time.sleep(0.01)

    with pytest.raises(Cancelled):
        wait_for(window, "Opening…", work)
    assert seen
    assert max(seen) > 400
    assert len(ticks) > 10, "the window lives while it waits"


def test_who_cancels_need_not_wait_until_the_work_notices(window: QWidget) -> None:
    go_on, ended = threading.Event(), threading.Event()

    def work(report: Report) -> None:
        go_on.wait(10)
        ended.set()

    def cancel() -> None:
        for dialog in window.findChildren(QProgressDialog):
            if dialog.isVisible():
                dialog.findChild(QPushButton).click()

    watcher = QTimer(window, interval=20)
    watcher.timeout.connect(cancel)
    watcher.start()
    with pytest.raises(Cancelled):
        wait_for(window, "Looking…", work, leaves_nothing=True)
    assert not ended.is_set()
    go_on.set()
    assert ended.wait(10)


@pytest.mark.parametrize("is_long", [True, False])
def test_too_little_memory_becomes_a_sentence(window: QWidget, is_long: bool) -> None:
    def fail(_report: Report) -> None:
        raise MemoryError

    with pytest.raises(StudioError, match="not enough memory"):
        worked_out(fail, "Looking…", is_long=is_long)
