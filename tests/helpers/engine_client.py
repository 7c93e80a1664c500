"""A small studio for tests: starts `python -m sdstudio.engine` and speaks the protocol with it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any

import msgspec

from sdstudio.protocol.framing import read_frame, write_frame
from sdstudio.protocol.messages import Failed, Finished, FromEngine, Ready


class EngineClient:
    """Use as a context manager; it waits for Ready, and ends the engine on leaving."""

    def __init__(self, *options: str, command: Sequence[str] | None = None, environment: dict[str, str] | None = None):
        self._command = command or (sys.executable, "-m", "sdstudio.engine", *options)
        self._environment = {**os.environ, **(environment or {})}

    def __enter__(self) -> EngineClient:
        self.process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self._environment
        )
        self.ready, _ = self.receive()
        assert isinstance(self.ready, Ready)
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.process.stdin.close()
        self.process.wait(timeout=10)
        self.process.stdout.close()
        self.process.stderr.close()

    def send(self, message: msgspec.Struct, blob: bytes = b"") -> None:
        write_frame(self.process.stdin, message, blob)

    def receive(self) -> tuple[Any, bytes]:
        frame = read_frame(self.process.stdout, FromEngine)
        assert frame is not None, "the engine has ended: " + self.process.stderr.read().decode()
        return frame

    def outcome(self, on_message: Callable[[Any, bytes], None] | None = None) -> tuple[Any, bytes]:
        """Read until a job ends; every other message goes to `on_message`."""
        while True:
            message, blob = self.receive()
            if isinstance(message, Finished | Failed):
                return message, blob
            if on_message:
                on_message(message, blob)
