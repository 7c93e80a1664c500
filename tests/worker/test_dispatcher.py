"""The dispatcher seen from the window: jobs, cancel, lost engines, the end. Times are only time-outs."""

from __future__ import annotations

import os
import signal

import pytest
from PySide6.QtCore import QTimer

from sdstudio.protocol.messages import CancelAcknowledged, Failed, Finished, Preview, Progress, Ready
from sdstudio.worker.dispatcher import Dispatcher
from tests.helpers.engines import MODEL, PATIENCE_S, double, is_running, request, stop, wait_until

PATIENCE_MS = int(PATIENCE_S * 1000)


class Window:
    """What a window would note down about its dispatcher."""

    def __init__(self, qtbot, dispatcher: Dispatcher) -> None:
        self.qtbot, self.dispatcher = qtbot, dispatcher
        self.messages: list[object] = []
        self.states: list[str] = []
        self.lost: list[tuple[str, str]] = []
        dispatcher.received.connect(lambda message, blob: self.messages.append(message))
        dispatcher.state_changed.connect(self.states.append)
        dispatcher.lost.connect(lambda message, detail: self.lost.append((message, detail)))

    def generate(self, job_id: str = "job") -> None:
        self.dispatcher.generate(job_id, request(), MODEL)

    def of(self, kind: type, job_id: str | None = None) -> list:
        return [m for m in self.messages if isinstance(m, kind) and job_id in (None, getattr(m, "job_id", None))]

    def wait(self, condition) -> None:
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=PATIENCE_MS)

    def wait_ready(self) -> int:
        self.wait(lambda: self.dispatcher.state == "ready")
        return self.dispatcher.engine_pid

    def stage_reached(self, stage: str) -> bool:
        return any(message.stage == stage for message in self.of(Progress))


@pytest.fixture
def open_window(qtbot):
    """A function that makes a window with a started dispatcher; all are closed in the end."""
    windows: list[Window] = []

    def make(command: list[str], **options) -> Window:
        window = Window(qtbot, Dispatcher(command, **options))
        windows.append(window)
        window.dispatcher.start()
        return window

    yield make
    for window in windows:
        window.dispatcher.close()
        assert window.dispatcher.isFinished()


def assert_next_job_works(window: Window) -> None:
    window.generate("next")
    window.wait(lambda: window.of(Finished, "next"))


def test_the_engine_starts_in_the_background_and_a_job_finishes(open_window):
    window = open_window(double())
    assert window.dispatcher.state == "starting"
    window.generate()  # before the engine is there
    window.wait(lambda: window.of(Finished))
    assert isinstance(window.messages[0], Ready)
    assert window.states == ["starting", "ready"]
    assert window.of(Preview)
    assert not window.lost


def test_source_and_mask_travel_in_this_order(open_window, qtbot):
    window = open_window(double("echo"))
    blobs: list[bytes] = []
    window.dispatcher.received.connect(lambda message, blob: blobs.append(blob))
    source = bytes(range(192))
    window.dispatcher.generate("job", request(), MODEL, source)
    window.wait(lambda: window.of(Finished))
    assert blobs[-1] == source
    assert type(blobs[-1]) is bytes


def test_a_slow_window_gets_only_the_newest_preview(open_window, tmp_path):
    sign = tmp_path / "told"
    window = open_window([*double("flood", step_ms=0, steps=200), "--sign", str(sign)])
    window.wait_ready()
    window.generate()
    wait_until(sign.exists)  # the window is busy: no event is delivered meanwhile
    window.wait(lambda: window.of(Finished))
    assert window.of(Preview)[-1].step == 200
    assert len(window.of(Preview)) <= 2  # the newest may still have been on its way
    assert [message.step for message in window.of(Progress) if message.stage == "sampling"] == list(range(1, 201))


@pytest.mark.parametrize("moment", ["idle", "loading", "encoding", "sampling", "decoding"])
def test_a_killed_engine_is_noticed_and_the_next_job_works(open_window, moment):
    window = open_window(double(step_ms=20, load_ms=20, steps=10))
    pid = window.wait_ready()
    if moment != "idle":
        window.generate()
        window.wait(lambda: window.stage_reached(moment))
    os.kill(pid, signal.SIGKILL)
    window.wait(lambda: window.lost or window.of(Finished, "job"))
    if moment != "decoding":  # that one may have won the race
        assert "from outside" in window.lost[0][0]
        assert "SIGKILL" in window.lost[0][1]
    window.wait(lambda: window.dispatcher.state == "stopped")
    assert_next_job_works(window)
    assert len(window.lost) == 1


@pytest.mark.parametrize("behave", ["babble", "half_frame", "huge_frame", "wrong_pixels"])
def test_a_babbling_engine_is_killed_and_reported(open_window, behave):
    window = open_window(double(behave))
    pid = window.wait_ready()
    window.generate()
    window.wait(lambda: window.lost)
    assert "was stopped" in window.lost[0][0]
    assert window.lost[0][1]
    wait_until(lambda: not is_running(pid))
    window.dispatcher.restart(double())
    assert_next_job_works(window)


def test_an_engine_that_cannot_start_is_reported_once_with_its_last_words(open_window):
    window = open_window(double("exit"))
    window.wait(lambda: window.lost)
    assert "could not start" in window.lost[0][0]
    assert "no torch today" in window.lost[0][1]
    assert window.states[-1] == "stopped"
    window.qtbot.wait(200)
    assert len(window.lost) == 1  # no endless attempts
    window.generate()
    window.wait(lambda: len(window.lost) == 2)  # but each job tries anew


def test_a_wrong_command_is_reported(open_window):
    window = open_window(["/nowhere/python"])
    window.wait(lambda: window.lost)
    assert "/nowhere/python" in window.lost[0][0]
    window.dispatcher.restart(double())
    assert_next_job_works(window)


def test_cancel_ends_a_running_job_and_keeps_the_engine(open_window):
    window = open_window(double(step_ms=20, steps=1000))
    pid = window.wait_ready()
    window.generate()
    window.wait(lambda: window.of(Preview))
    window.dispatcher.cancel("job")
    window.wait(lambda: window.of(Failed))
    assert window.of(CancelAcknowledged)
    assert window.of(Failed)[0].kind == "cancelled"
    assert window.dispatcher.engine_pid == pid
    assert not window.lost


def test_cancel_before_the_engine_is_ready_needs_no_engine(open_window):
    window = open_window(double("silent"))
    window.generate()
    window.dispatcher.cancel("job")
    assert not window.messages  # the answer comes through the event loop, never from within cancel()
    window.wait(lambda: window.of(Failed))
    assert window.of(Failed)[0].kind == "cancelled"
    assert not window.lost


def test_cancel_while_loading_kills_the_engine_and_starts_a_new_one(open_window):
    window = open_window(double(load_ms=600_000))
    pid = window.wait_ready()
    window.generate()
    window.wait(lambda: window.stage_reached("loading"))
    window.dispatcher.cancel("job")
    window.wait(lambda: window.of(Failed))
    assert window.of(Failed)[0].kind == "cancelled"
    wait_until(lambda: not is_running(pid))
    assert window.wait_ready() != pid
    assert not window.lost


@pytest.mark.parametrize("trouble", ["deaf", "stopped"])
def test_an_engine_that_ignores_cancel_is_killed(open_window, trouble):
    window = open_window(double("deaf", step_ms=20, steps=100_000), cancel_patience_ms=300)
    pid = window.wait_ready()
    window.generate()
    window.wait(lambda: window.of(Preview))
    if trouble == "stopped":
        stop(pid)
    window.dispatcher.cancel("job")
    window.dispatcher.cancel("job")  # an impatient second click changes nothing
    window.wait(lambda: window.of(Failed))
    assert [message.kind for message in window.of(Failed)] == ["cancelled"]
    wait_until(lambda: not is_running(pid))
    assert window.wait_ready() != pid
    assert not window.lost


def test_another_job_survives_the_kill_for_a_cancelled_one(open_window):
    window = open_window(double(load_ms=300))
    window.wait_ready()
    window.generate("first")
    window.wait(lambda: window.stage_reached("loading"))
    window.generate("second")
    window.dispatcher.cancel("first")
    window.wait(lambda: window.of(Finished, "second"))
    assert [message.job_id for message in window.of(Failed)] == ["first"]


def test_cancelling_what_is_unknown_or_over_is_no_error(open_window):
    window = open_window(double())
    window.dispatcher.cancel("never heard of")
    window.generate()
    window.wait(lambda: window.of(Finished))
    window.dispatcher.cancel("job")
    assert_next_job_works(window)
    assert not window.of(Failed)


def test_an_engine_that_dies_during_a_cancel_has_done_as_told(open_window):
    window = open_window(double("deaf", step_ms=20, steps=100_000), cancel_patience_ms=PATIENCE_MS)
    pid = window.wait_ready()
    window.generate()
    window.wait(lambda: window.of(Preview))
    window.dispatcher.cancel("job")
    os.kill(pid, signal.SIGKILL)
    window.wait(lambda: window.of(Failed))
    assert window.of(Failed)[0].kind == "cancelled"
    assert window.wait_ready() != pid
    assert not window.lost


def test_a_stopped_engine_does_not_stop_the_window(open_window):
    window = open_window(double())
    stop(window.wait_ready())
    beats: list[int] = []
    timer = QTimer(interval=5)
    timer.timeout.connect(lambda: beats.append(1))
    timer.start()
    for index in range(10):
        window.dispatcher.generate(f"job {index}", request(640, 640), MODEL, bytes(3 * 640 * 640))
    window.wait(lambda: len(beats) >= 20)


def test_restart_with_a_job_says_so(open_window):
    window = open_window(double(step_ms=20, steps=1000))
    pid = window.wait_ready()
    window.generate()
    window.wait(lambda: window.of(Preview))
    window.dispatcher.restart(double())
    assert "restarted" in window.lost[0][0]
    wait_until(lambda: not is_running(pid))
    assert_next_job_works(window)


@pytest.mark.parametrize("moment", ["at once", "ready", "sampling", "stopped", "lost"])
def test_close_leaves_nothing_behind(open_window, moment):
    window = open_window(double(step_ms=20, steps=1000))
    pid = None
    if moment != "at once":
        pid = window.wait_ready()
    if moment == "sampling":
        window.generate()
        window.wait(lambda: window.of(Preview))
    if moment == "stopped":
        stop(pid)
    if moment == "lost":
        os.kill(pid, signal.SIGKILL)
        window.wait(lambda: window.lost)
    window.dispatcher.close()
    window.dispatcher.close()  # twice is once
    assert window.dispatcher.isFinished()
    assert pid is None or not is_running(pid)
