"""The engine as a child process: start it, send messages, receive messages, end it.

Owns the pipes, the threads that serve them and the sentences for how a process ended. Must not know Qt, jobs or what a
message means beyond its pixels being all there. Used by the dispatcher's thread in the window and directly by the
headless twin.
"""

from __future__ import annotations

import logging
import os
import queue
import signal
import subprocess
import sys
import threading
from collections import deque
from pathlib import Path
from typing import BinaryIO, cast

import msgspec

from sdstudio.errors import EngineProblem
from sdstudio.protocol import messages
from sdstudio.protocol.framing import FramingError, read_frame, write_frame

log = logging.getLogger(__name__)
engine_log = logging.getLogger("sdstudio.engine.stderr")
_TAIL_LINES = 200
_LINE_BYTES = 4096  # a longer line of the engine's stderr is cut into pieces of this size
_PACKAGE_ROOT = Path(__file__).resolve().parents[2]


def own_engine_command(*, fake: bool = False) -> list[str]:
    """The engine in this program's own Python. -P keeps modules of the current folder out of it."""
    return [sys.executable, "-P", "-m", "sdstudio.engine", *(["--fake"] if fake else [])]


class EngineProcess:
    """One run of the engine. `send` may be called from any thread, also before `start`; `receive` from one thread.

    `command` is a list, so that it may name another Python or another machine (`ssh host …`). The engine ends itself
    when its standard input closes, which the system does for us when this program dies.
    """

    def __init__(self, command: list[str]) -> None:
        self.command = command
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()  # between start() in one thread and kill() in another
        self._killed = False
        self._outbox: queue.SimpleQueue[tuple[msgspec.Struct, bytes] | None] = queue.SimpleQueue()
        self._tail: deque[str] = deque(maxlen=_TAIL_LINES)
        self._drainer: threading.Thread | None = None

    def start(self) -> None:
        """Start the program. Raises EngineProblem when there is no such program or it may not be run."""
        with self._lock:
            if self._killed:
                return
            try:
                process = subprocess.Popen(
                    self.command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    env=_environment(self.command),
                    start_new_session=True,  # a group of its own: Ctrl+C is ours to handle, and kill() takes it whole
                    creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
                )
            except (OSError, ValueError, IndexError) as error:
                program = self.command[0] if self.command else ""
                raise EngineProblem(
                    f"The engine could not be started because “{program}” cannot be run. "
                    "Check the engine command in the settings.",
                    detail=f"{self.command}: {error}",
                ) from error
            self._process = process
        log.info("engine started as process %d", process.pid)
        assert process.stdin is not None
        assert process.stderr is not None
        threading.Thread(target=self._write, args=(process.stdin,), name="engine-write", daemon=True).start()
        self._drainer = threading.Thread(target=self._drain, args=(process.stderr,), name="engine-stderr", daemon=True)
        self._drainer.start()

    def send(self, message: msgspec.Struct, blob: bytes = b"") -> None:
        """Queue a message. Never blocks; what is sent to an engine that is gone is dropped, and `receive` tells."""
        self._outbox.put((message, blob))

    def close_input(self) -> None:
        """Close the engine's standard input after what is queued; the engine then ends by itself."""
        self._outbox.put(None)

    def receive(self) -> tuple[messages.FromEngine, bytes] | None:
        """The next message, waiting for it; None when the stream has ended. Raises FramingError for babble."""
        if self._process is None or self._process.stdout is None:
            return None
        frame = read_frame(cast(BinaryIO, self._process.stdout), messages.FromEngine)
        if frame is not None:
            _check_pixels(*frame)
        return frame

    def wait(self, timeout_s: float) -> bool:
        """Whether the process has ended within `timeout_s` seconds."""
        if self._process is None:
            return True
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return False
        return True

    def kill(self) -> None:
        """End the process and its group at once, stopped or not. Harmless when it is over or was never started."""
        with self._lock:
            process = self._process
            self._killed = process is None or process.poll() is None
            if process is not None and self._killed:
                if os.name == "posix":
                    os.killpg(process.pid, signal.SIGKILL)
                else:
                    process.kill()
        self._outbox.put(None)

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    @property
    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def stderr_tail(self) -> str:
        """The last lines that the engine wrote to its standard error."""
        return "\n".join(self._tail)

    def describe_end(self) -> str:
        """How the process ended, for Details: command, exit status and the last lines of its standard error."""
        ended = self.wait(1.0)
        if self._drainer is not None:
            self._drainer.join(1.0)
        status = self.end_status if ended else "still running"
        return f"command: {' '.join(self.command)}\nended with: {status}\n\n{self.stderr_tail}".strip()

    @property
    def end_status(self) -> str:
        """“exit code 1”, “signal SIGKILL”; only true once the process has ended."""
        return _status_text(self._process.returncode if self._process is not None else None)

    @property
    def was_killed_from_outside(self) -> bool:
        """True when SIGKILL ended the process and it was not us: mostly the system, short of memory."""
        code = self._process.returncode if self._process is not None else None
        return not self._killed and code in (-9, 137)

    def _write(self, stream: BinaryIO) -> None:
        while (item := self._outbox.get()) is not None:
            try:
                write_frame(stream, *item)
            except (OSError, ValueError) as error:
                log.info("the engine no longer reads: %s", error)
                break
        try:
            stream.close()
        except OSError as error:
            log.debug("closing the engine's input: %s", error)

    def _drain(self, stream: BinaryIO) -> None:
        with stream:
            while line := stream.readline(_LINE_BYTES):
                text = line.decode("utf-8", "replace").rstrip()
                self._tail.append(text)
                engine_log.info("%s", text)


def _environment(command: list[str]) -> dict[str, str]:
    """Our own Python must find this package even when it runs from a plain checkout; a foreign one has its own."""
    environment = dict(os.environ)
    if command[:1] == [sys.executable]:
        inherited = environment.get("PYTHONPATH")
        environment["PYTHONPATH"] = os.pathsep.join([str(_PACKAGE_ROOT), *([inherited] if inherited else [])])
    return environment


def _check_pixels(message: messages.FromEngine, blob: bytes) -> None:
    if isinstance(message, messages.Preview | messages.Finished | messages.Steps):
        count = message.count if isinstance(message, messages.Steps) else 1
        expected = 3 * message.width * message.height * count
        if min(message.width, message.height) <= 0 or len(blob) != expected:
            raise FramingError(f"a picture of {message.width} x {message.height} came with {len(blob)} bytes")
    elif blob:
        raise FramingError(f"{type(message).__name__} came with {len(blob)} bytes of pixels")


def _status_text(code: int | None) -> str:
    if code is None:
        return "never started"
    if code < 0:
        try:
            return f"signal {signal.Signals(-code).name}"
        except ValueError:
            return f"signal {-code}"
    return f"exit code {code}"
