"""Takes jobs one after the other and says how each ended. The next job works whatever happened to the one before.

Owns the engine process's error boundary. Must not know how a picture is made: that is the Painter's part.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from sdstudio.engine.connection import Connection, Job
from sdstudio.engine.failures import JobCancelledError, describe
from sdstudio.engine.validation import Pixels, check, picture_of
from sdstudio.protocol.errands import Errand, Told
from sdstudio.protocol.messages import (
    Failed,
    Finished,
    Generate,
    Planned,
    Preview,
    Progress,
    Ready,
    Saving,
    Stage,
    Steps,
)

_log = logging.getLogger(__name__)
MOST_STEP_BYTES = 64 * 2**20  # of a job's previews together


@dataclass(frozen=True)
class Picture:
    """What a job made: RGB uint8 (h, w, 3) at the request's extent."""

    pixels: np.ndarray
    steps_run: int


class Report:
    """How a running job tells the studio where it is. Every call ends the job if it has been cancelled."""

    def __init__(self, connection: Connection, job: Job) -> None:
        self._connection = connection
        self._job = job
        self.previews = isinstance(job.message, Generate) and job.message.previews
        self.other_steps = (0, 0)  # of the same job's passes before and after the present one
        self._steps: list[np.ndarray] = []

    def check_cancelled(self) -> None:
        """Raise JobCancelledError when the studio does not want the job any more."""
        if self._job.cancelled.is_set():
            raise JobCancelledError

    def progress(self, stage: Stage, step: int = 0, steps: int = 0, fraction: float | None = None) -> None:
        """`step` of `steps` are done; `fraction` of the stage follows from them unless it is given."""
        self.check_cancelled()
        if steps:
            before, after = self.other_steps
            step, steps = before + step, before + steps + after
        if fraction is None:
            fraction = step / steps if steps else 0.0
        message = Progress(job_id=self._job.id, stage=stage, step=step, steps=steps, fraction=fraction)
        self._connection.send(message)

    def planned(
        self,
        savings: tuple[Saving, ...],
        memory_bytes: int,
        free_bytes: int,
        seconds: float | None,
        *,
        ran_out: bool,
        is_packed: bool = False,
    ) -> None:
        """How the job is to fit into memory; `ran_out` when it did not, and goes on with more savings."""
        message = Planned(
            job_id=self._job.id,
            savings=savings,
            memory_bytes=memory_bytes,
            free_bytes=free_bytes,
            seconds=seconds,
            ran_out=ran_out,
            is_packed=is_packed,
        )
        self._connection.send(message)

    def preview(self, step: int, steps: int, pixels: np.ndarray) -> None:
        """Send the predicted picture, RGB uint8 (h, w, 3), usually one pixel per latent cell."""
        height, width, _ = pixels.shape
        del self._steps[step - 1 :]  # a second pass counts from 1 again
        self._steps.append(pixels)
        message = Preview(job_id=self._job.id, step=step, steps=steps, width=width, height=height)
        self._connection.send(message, pixels.tobytes())

    def tell_steps(self) -> None:
        """Send all previews together, if the studio wants any and they are not too many."""
        steps = [pixels for pixels in self._steps if pixels.shape == self._steps[-1].shape]
        if steps and steps[0].nbytes * len(steps) <= MOST_STEP_BYTES:
            height, width, _ = steps[0].shape
            message = Steps(job_id=self._job.id, count=len(steps), width=width, height=height)
            self._connection.send(message, b"".join(pixels.tobytes() for pixels in steps))


class Painter(Protocol):
    """Makes pictures: the real one in `painter`, the fake one in `fake`."""

    def ready(self) -> Ready:
        """What this engine runs on."""

    def paint(self, message: Generate, pixels: Pixels, report: Report) -> Picture:
        """Make the picture that is asked for. Raises StudioError, JobCancelledError, or what the libraries raise."""

    def run_errand(self, errand: Errand, picture: np.ndarray, report: Report) -> Picture | Told:
        """Do what is no picture from a prompt, with `picture`, RGB (h, w, 3). Raises as `paint` does."""

    def recover(self, error: Exception) -> None:
        """A job failed with `error`: drop what may be broken or in the way of the next one."""


def serve(connection: Connection, painter: Painter) -> None:
    """Work until the process ends (the connection ends it with the stream)."""
    connection.send(painter.ready())
    while True:
        job = connection.next_job()
        started = time.perf_counter()
        report = Report(connection, job)
        outcome = run(job, painter, report)
        connection.close_job(job)
        if isinstance(outcome, Failed | Told):
            _log.info("job %s ended: %s", job.id, outcome.kind if isinstance(outcome, Failed) else "told")
            connection.send(outcome)
            continue
        seconds = time.perf_counter() - started
        report.tell_steps()
        _log.info("job %s finished: %d steps in %.2f s", job.id, outcome.steps_run, seconds)
        height, width, _ = outcome.pixels.shape
        finished = Finished(job_id=job.id, width=width, height=height, steps_run=outcome.steps_run, seconds=seconds)
        connection.send(finished, outcome.pixels.tobytes())


def run(job: Job, painter: Painter, report: Report) -> Picture | Told | Failed:
    """One job from its check to its end, whatever happens."""
    try:
        report.check_cancelled()
        if not isinstance(job.message, Generate):
            return painter.run_errand(job.message, picture_of(job.message, job.blob), report)
        pixels = check(job.message, job.blob)
        if pixels.source is not None and job.message.request.strength == 0:
            return Picture(pixels.source, steps_run=0)
        return painter.paint(job.message, pixels, report)
    except Exception as error:  # noqa: BLE001 - the process boundary: one job's failure must not end the engine
        failed = describe(job.id, error)
        if failed.kind in ("internal", "model_invalid"):
            _log.exception("job %s failed", job.id)
        painter.recover(error)
        return failed
