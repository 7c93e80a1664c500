from __future__ import annotations

import threading

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from sdstudio.ui import latest as latest_module
from sdstudio.ui.latest import Latest
from sdstudio.ui.patience import Report


@pytest.fixture
def parent(qtbot: QtBot) -> QObject:
    return QObject()


@pytest.fixture
def latest(parent: QObject) -> Latest:
    return Latest(parent)


def test_work_is_done_beside_the_window_and_answered_in_it(latest: Latest, qtbot: QtBot) -> None:
    threads: list[threading.Thread] = []
    latest.answered.connect(lambda worker: threads.extend((worker, threading.current_thread())))
    with qtbot.waitSignal(latest.answered):
        latest.ask(lambda _tell: threading.current_thread())
    assert threads[0] is not threading.main_thread()
    assert threads[1] is threading.main_thread()
    assert not latest.is_busy


def test_only_the_newest_wish_is_answered_and_an_older_one_is_stopped(latest: Latest, qtbot: QtBot) -> None:
    answers: list[str] = []
    latest.answered.connect(answers.append)
    begun, go_on, reached_end = threading.Event(), threading.Event(), threading.Event()

    def first(tell: Report) -> str:
        begun.set()
        go_on.wait(10)
        tell(0.5)
        reached_end.set()
        return "first"

    latest.ask(first)
    assert begun.wait(10)
    latest.ask(lambda _tell: "second")
    latest.ask(lambda _tell: "third")
    go_on.set()
    qtbot.waitUntil(lambda: not latest.is_busy)
    assert answers == ["third"]
    assert not reached_end.is_set()


def test_after_stop_there_is_no_answer(latest: Latest, qtbot: QtBot) -> None:
    answers: list[str] = []
    latest.answered.connect(answers.append)
    go_on = threading.Event()

    def work(_tell: Report) -> str:
        go_on.wait(10)
        return "late"

    latest.ask(work)
    latest.stop()
    go_on.set()
    with qtbot.waitSignal(latest.answered):
        latest.ask(lambda _tell: "new")
    assert answers == ["new"]


def test_work_that_fails_has_no_answer_and_the_next_one_has(latest: Latest, qtbot: QtBot) -> None:
    answers: list[str] = []
    latest.answered.connect(answers.append)

    def fail(_tell: Report) -> None:
        raise MemoryError

    latest.ask(fail)
    qtbot.waitUntil(lambda: not latest.is_busy)
    assert answers == []
    with qtbot.waitSignal(latest.answered):
        latest.ask(lambda _tell: "well")


def test_how_far_long_work_is_can_be_seen(latest: Latest, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    shares: list[float] = []
    latest.progressed.connect(shares.append)
    latest._patience.setInterval(0)
    go_on = threading.Event()

    def work(tell: Report) -> None:
        go_on.wait(10)
        tell(0.25)

    latest.ask(work)
    qtbot.waitUntil(lambda: shares == [0.0])
    go_on.set()
    qtbot.waitUntil(lambda: not latest.is_busy)
    assert shares == [0.0, 0.25, -1.0]
    assert latest_module._PATIENCE_MS < 500
