from __future__ import annotations

import threading

from pytestqt.qtbot import QtBot

from sdstudio.ui.beside import Beside


def test_work_is_done_on_a_thread_and_handed_over_in_the_windows_own(qtbot: QtBot) -> None:
    beside, threads = Beside(), []
    for _ in range(3):
        beside(threading.current_thread, lambda worker: threads.append((worker, threading.current_thread())))
    qtbot.waitUntil(lambda: len(threads) == 3)
    for worker, taker in threads:
        assert worker is not threading.main_thread()
        assert taker is threading.main_thread()


def test_an_error_comes_out_in_the_window_and_nothing_is_handed_over(qtbot: QtBot) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    taken: list[object] = []
    beside = Beside()
    with qtbot.captureExceptions() as errors:
        beside(fail, taken.append)
        qtbot.waitUntil(lambda: bool(errors))
    assert errors[0][0] is ZeroDivisionError
    assert taken == []
