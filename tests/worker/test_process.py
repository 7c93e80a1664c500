"""EngineProcess against engines of every temper."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap

import pytest

from sdstudio.errors import EngineProblem
from sdstudio.protocol.framing import FramingError
from sdstudio.protocol.messages import Cancel, Failed, Finished, Generate, Preview, Ready, Shutdown
from sdstudio.worker.process import EngineProcess, own_engine_command
from tests.helpers.engines import MODEL, PATIENCE_S, double, is_running, request, stop, wait_until


@pytest.fixture
def started():
    """A function that starts an engine; all are killed in the end."""
    engines: list[EngineProcess] = []

    def start(*args, **options) -> EngineProcess:
        engine = EngineProcess(double(*args, **options))
        engines.append(engine)
        engine.start()
        return engine

    yield start
    for engine in engines:
        engine.kill()
        engine.wait(PATIENCE_S)


def generate(engine: EngineProcess, blob: bytes = b"", **changes: object) -> None:
    engine.send(Generate(job_id="job", request=request(**changes), model=MODEL, has_source=bool(blob)), blob)


def receive_until(engine: EngineProcess, kind: type):
    """All messages up to the first of a kind."""
    seen = []
    while (frame := engine.receive()) is not None:
        seen.append(frame)
        if isinstance(frame[0], kind):
            break
    return seen


def test_a_job_from_ready_to_finished(started):
    engine = started(steps=3)
    generate(engine)
    messages = [message for message, _ in receive_until(engine, Finished)]
    assert isinstance(messages[0], Ready)
    assert [message.step for message in messages if isinstance(message, Preview)] == [1, 2, 3]
    assert isinstance(messages[-1], Finished)


def test_messages_sent_before_the_start_arrive(started):
    engine = EngineProcess(double())
    generate(engine)
    engine.start()
    assert isinstance(receive_until(engine, Finished)[-1][0], Finished)
    engine.kill()


def test_fifty_megabytes_there_and_back(started):
    engine = started("echo", steps=1)
    side = 4184  # 3 x 4184 x 4184 = 52.5 MB
    picture = os.urandom(1 << 16) * (3 * side * side // (1 << 16) + 1)
    picture = picture[: 3 * side * side]
    generate(engine, picture, width=side, height=side)
    assert receive_until(engine, Finished)[-1][1] == picture


def test_shutdown_and_closed_input_each_end_the_engine(started):
    polite, silent = started(), started()
    polite.send(Shutdown())
    silent.close_input()
    assert polite.wait(PATIENCE_S)
    assert silent.wait(PATIENCE_S)


def test_sending_to_a_stopped_engine_does_not_block(started):
    engine = started()
    engine.receive()
    assert engine.pid is not None
    stop(engine.pid)
    for _ in range(20):
        generate(engine, bytes(2**20))  # far more than a pipe holds
    engine.kill()
    assert engine.wait(PATIENCE_S)
    assert engine.receive() is None


def test_sending_to_a_dead_engine_is_no_error(started):
    engine = started("exit")
    assert engine.receive() is None
    for _ in range(3):
        generate(engine, bytes(2**20))
    assert "no torch today" in engine.describe_end()
    assert "exit code 3" in engine.describe_end()


@pytest.mark.parametrize("behave", ["babble", "half_frame", "huge_frame", "wrong_pixels"])
def test_babble_is_noticed(started, behave):
    engine = started(behave)
    generate(engine)
    with pytest.raises(FramingError):
        receive_until(engine, Finished)


def test_a_megabyte_on_stderr_neither_blocks_nor_grows(started):
    engine = started("chatter")
    generate(engine)
    assert isinstance(receive_until(engine, Finished)[-1][0], Finished)
    engine.kill()
    assert engine.describe_end().endswith("the last words")
    assert len(engine.stderr_tail) < 2**20


def test_only_a_kill_of_others_counts_as_from_outside(started):
    ours, theirs = started(), started()
    for engine in (ours, theirs):
        engine.receive()
    os.kill(theirs.pid, signal.SIGKILL)
    ours.kill()
    for engine in (ours, theirs):
        assert engine.receive() is None
        assert engine.wait(PATIENCE_S)
    assert theirs.was_killed_from_outside
    assert not ours.was_killed_from_outside
    assert "SIGKILL" in theirs.describe_end()


def test_kill_takes_the_children_of_the_command_along():
    command = double()
    engine = EngineProcess(["sh", "-c", f"PYTHONPATH={os.getcwd()} '{command[0]}' '{command[1]}'; true"])
    engine.start()
    assert isinstance(engine.receive()[0], Ready)
    engine.kill()
    assert engine.receive() is None  # the pipe is closed only when the grandchild is gone as well


def test_a_kill_before_the_start_prevents_it():
    engine = EngineProcess(double())
    engine.kill()
    engine.start()
    assert engine.pid is None
    assert engine.receive() is None


@pytest.mark.parametrize("command", [["/nowhere/python"], [], [os.devnull], ["a\0b"]])
def test_a_command_that_cannot_run_is_one_sentence(command):
    with pytest.raises(EngineProblem, match="could not be started"):
        EngineProcess(command).start()


def test_cancel_is_acknowledged_and_ends_the_job(started):
    engine = started(step_ms=20, steps=500)
    generate(engine)
    receive_until(engine, Preview)
    engine.send(Cancel(job_id="job"))
    messages = [message for message, _ in receive_until(engine, Failed)]
    assert messages[-1].kind == "cancelled"
    assert len([message for message in messages if isinstance(message, Preview)]) < 400


def test_the_engine_ends_when_the_window_is_killed():
    script = textwrap.dedent("""
        import sys
        from sdstudio.worker.process import EngineProcess
        engine = EngineProcess(sys.argv[1:])
        engine.start()
        engine.receive()
        print(engine.pid, flush=True)
        engine.receive()
    """)
    window = subprocess.Popen([sys.executable, "-c", script, *double()], stdout=subprocess.PIPE, text=True)
    engine_pid = int(window.stdout.readline())
    assert is_running(engine_pid)
    window.kill()
    window.wait()
    window.stdout.close()
    wait_until(lambda: not is_running(engine_pid))


def test_own_command_takes_no_modules_from_the_current_folder(tmp_path):
    (tmp_path / "torch.py").write_text("raise SystemExit(99)")
    command = own_engine_command(fake=True)
    assert command[0] == sys.executable
    assert command[-1] == "--fake"
    probe = [*command[: command.index("-m")], "-c", "import sys; sys.exit('' in sys.path)"]
    assert subprocess.run(probe, cwd=tmp_path, check=False).returncode == 0
