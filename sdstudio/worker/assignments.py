"""The jobs that an engine has, or will get when it is ready; and how long each cancelled one may still take.

Must not know the engine's process.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer

from sdstudio.protocol.errands import Errand
from sdstudio.protocol.messages import Generate, Stage


@dataclass(eq=False)
class Assignment:
    """A job on its way: `stage` is None between stages, `patience` runs since the Cancel."""

    message: Generate | Errand
    blob: bytes
    sent: bool = False
    stage: Stage | None = None
    patience: QTimer | None = None


class Assignments:
    """By job id, in the order in which they came. Timers belong to `owner`."""

    def __init__(self, owner: QObject) -> None:
        self._owner = owner
        self._jobs: dict[str, Assignment] = {}

    def __bool__(self) -> bool:
        return bool(self._jobs)

    def get(self, job_id: str) -> Assignment | None:
        return self._jobs.get(job_id)

    def add(self, message: Generate | Errand, blob: bytes) -> None:
        self._jobs[message.job_id] = Assignment(message, blob)

    def unsent(self) -> list[Assignment]:
        return [job for job in self._jobs.values() if not job.sent]

    def be_patient(self, job_id: str, patience_ms: int, at_end: Callable[[], None]) -> None:
        """Call `at_end` when the job is still here after so long."""
        timer = QTimer(self._owner, singleShot=True, interval=patience_ms)
        timer.timeout.connect(at_end)
        timer.start()
        self._jobs[job_id].patience = timer

    def all_cancelled(self) -> list[str]:
        """The ids, when there are jobs and each was asked to end; else none."""
        cancelled = [job_id for job_id, job in self._jobs.items() if job.patience is not None]
        return cancelled if len(cancelled) == len(self._jobs) else []

    def take_back(self) -> None:
        """The engine that had them is gone; another one gets them."""
        for job in self._jobs.values():
            job.sent, job.stage = False, None

    def forget(self, job_id: str) -> None:
        job = self._jobs.pop(job_id)
        if job.patience is not None:
            job.patience.stop()
            job.patience.deleteLater()

    def forget_all(self) -> None:
        for job_id in list(self._jobs):
            self.forget(job_id)
