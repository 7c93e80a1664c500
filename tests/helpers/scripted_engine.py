"""An engine that does only what the test says, with the signals that the window listens to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QObject, Signal

from sdstudio.models.extras import ExtraInfo
from sdstudio.models.info import ModelInfo
from sdstudio.protocol.errands import Errand
from sdstudio.protocol.messages import Failed, FailureKind, Finished, Preview, Progress, Ready
from sdstudio.protocol.request import GenerationRequest


@dataclass(frozen=True)
class Sent:
    """One job as the engine got it."""

    job_id: str
    request: GenerationRequest
    source: bytes
    mask: bytes
    extras: tuple[ExtraInfo, ...] = ()
    controls: bytes = b""


class ScriptedEngine(QObject):
    """Stands in for worker.Dispatcher."""

    received = Signal(object, bytes)
    state_changed = Signal(str)
    lost = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[Sent] = []
        self.errands: list[tuple[Errand, bytes]] = []
        self.cancelled: list[str] = []
        self.state = "stopped"

    # What the window asks

    def start(self) -> None:
        self._become("starting")

    def restart(self) -> None:
        self._become("starting")

    def close(self) -> None:
        self._become("stopped")

    def generate(
        self,
        job_id: str,
        request: GenerationRequest,
        model: ModelInfo,
        source: bytes,
        mask: bytes,
        extras: tuple[ExtraInfo, ...] = (),
        controls: bytes = b"",
    ) -> None:
        self.sent.append(Sent(job_id, request, source, mask, extras, controls))

    def run_errand(self, errand: Errand, picture: bytes) -> None:
        self.errands.append((errand, picture))

    def cancel(self, job_id: str) -> None:
        self.cancelled.append(job_id)

    # What the test lets it say

    def get_ready(self) -> None:
        self._become("ready")
        ready = Ready(
            device="cpu", device_name="Test processor", memory_bytes=0, torch_version="2", diffusers_version="3"
        )
        self.received.emit(ready, b"")

    def step(self, step: int, steps: int) -> None:
        self.received.emit(Progress(job_id=self._last.job_id, stage="sampling", step=step, steps=steps), b"")

    def preview(self, color: tuple[int, int, int], side: int = 4) -> None:
        message = Preview(job_id=self._last.job_id, step=1, steps=4, width=side, height=side)
        self.received.emit(message, bytes(color) * side * side)

    def finish(self, color: tuple[int, int, int]) -> None:
        extent = self._last.request.extent
        pixels = np.full((extent.height, extent.width, 3), color, np.uint8)
        message = Finished(job_id=self._last.job_id, width=extent.width, height=extent.height, steps_run=4, seconds=1.0)
        self.received.emit(message, pixels.tobytes())

    def fail(self, kind: FailureKind, message: str, detail: str = "") -> None:
        self.received.emit(Failed(job_id=self._last.job_id, kind=kind, message=message, detail=detail), b"")

    def die(self, message: str, detail: str = "") -> None:
        self._become("stopped")
        self.lost.emit(message, detail)

    @property
    def _last(self) -> Sent:
        return self.sent[-1]

    def _become(self, state: str) -> None:
        self.state = state
        self.state_changed.emit(state)
