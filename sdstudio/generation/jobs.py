"""The queue of generations, in the GUI thread: what waits, what runs, what came of it.

The engine gets one job at a time, so reordering and cancelling need no lock and losing the engine costs one job. Must
not know documents or widgets.
"""

from __future__ import annotations

import itertools
import time
import weakref
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from sdstudio.errors import StudioError
from sdstudio.events import Event
from sdstudio.generation.beside import Beside, at_once, attempt
from sdstudio.generation.engine_port import EnginePort
from sdstudio.generation.job import Job, Part, State
from sdstudio.generation.job_history import HISTORY_BYTES, trim
from sdstudio.generation.pace import Pace
from sdstudio.generation.place import Developed
from sdstudio.generation.prepare import Prepared
from sdstudio.protocol.messages import Failed, Finished, FromEngine, Planned, Preview, Progress, Steps

__all__ = ["EnginePort", "Job", "JobQueue", "Part", "State"]
_AT_ONCE_PX = 512 * 1024  # of the canvas, that a result covers before anybody could notice


class JobQueue:
    """Jobs in the order in which they are shown: those that are over, the running one, those that wait."""

    def __init__(
        self,
        engine: EnginePort,
        *,
        clock: Callable[[], float] = time.monotonic,
        history_bytes: int = HISTORY_BYTES,
        beside: Beside = at_once,
    ) -> None:
        """`beside` works out how large results lie on the canvas."""
        self.jobs: list[Job] = []
        self.changed: Event[()] = Event()  # jobs were added, moved or removed, or a state changed
        self.job_changed: Event[Job] = Event()
        self.preview_changed: Event[Job] = Event()
        self.finished: Event[Job] = Event()  # a job is over that has made something, if not all
        self.failed: Event[Job] = Event()
        self.ran_out: Event[Job] = Event()  # memory did not suffice for the plan; the job goes on with another
        self._engine = engine
        self._clock = clock
        self._history_bytes = history_bytes
        self._beside = beside
        self._numbers = itertools.count(1)
        self._decode_seconds = 0.0  # as the last job took

    @property
    def running(self) -> Job | None:
        return next((job for job in self.jobs if job.state == "running"), None)

    @property
    def waiting(self) -> list[Job]:
        return [job for job in self.jobs if job.state == "queued"]

    def add(self, prepared: Prepared, origin: object | None = None) -> Job:
        """Queue a job; it starts at once when none runs. At strength 0 it is over at once, without the engine.

        `origin` is the document that the result belongs to; the job does not keep it alive.
        """
        job = Job(f"job-{next(self._numbers)}", prepared, weakref.ref(origin) if origin is not None else None)
        self.jobs.append(job)
        if prepared.request.strength == 0:
            extent = prepared.request.extent
            self._develop(job, np.zeros((extent.height, extent.width, 3), np.uint8), at_once)
        else:
            self.changed.emit()
            self._start_next()
        return job

    def add_several(self, title: str, parts: Sequence[Part], origin: object | None = None) -> Job:
        """Queue one job that makes several pictures, one after the other; what is made when it ends early is kept.

        When it is over, its `made` has the pictures, and its `result` is none.
        """
        first, *rest = parts
        job = Job(f"job-{next(self._numbers)}", first.prepared, weakref.ref(origin) if origin is not None else None)
        job.title, job.parts, job.part = title, rest, first
        self.jobs.append(job)
        self.changed.emit()
        self._start_next()
        return job

    def cancel(self, job_id: str) -> None:
        """End a job soon; unknown and finished ones are left alone."""
        job = self._find(job_id)
        if job is None or job.is_over or job.is_cancelling:
            return
        if job.state == "queued" or job.result is not None:  # the engine has not begun, or is through with it
            job.result = None
            self._end(job, "cancelled")
        else:
            job.is_cancelling = True
            job.seconds_left = None
            self._tell(job)
            self._engine.cancel(job_id)

    def cancel_all(self) -> None:
        """End the running job and all that wait."""
        for job in [*self.waiting, *([self.running] if self.running else [])]:
            self.cancel(job.id)

    def move(self, job_id: str, index: int) -> None:
        """Put a waiting job at `index` among those that wait (0 = next). Others stay where they are."""
        job = self._find(job_id)
        if job is None or job.state != "queued":
            return
        waiting = [other for other in self.waiting if other is not job]
        waiting.insert(max(0, index), job)
        places = [place for place, other in enumerate(self.jobs) if other.state == "queued"]
        for place, other in zip(places, waiting, strict=True):
            self.jobs[place] = other
        self.changed.emit()

    def remove(self, job_id: str) -> None:
        """Take a job that is over out of the list, with its result."""
        job = self._find(job_id)
        if job is not None and job.is_over:
            self.jobs.remove(job)
            self.changed.emit()

    def receive(self, message: FromEngine, blob: bytes = b"") -> None:
        """Take a message from the engine. Those of jobs that are over or unknown are ignored."""
        job = self._find(getattr(message, "job_id", ""))
        if job is None or job.state != "running":
            return
        match message:
            case Progress():
                self._progress(job, message)
            case Planned():
                job.plan = message
                self.job_changed.emit(job)
                if message.ran_out:
                    self.ran_out.emit(job)
            case Preview() if not job.is_cancelling and len(blob) == message.width * message.height * 3:
                job.preview = (message.width, message.height, blob)
                self.preview_changed.emit(job)
            case Steps() if len(blob) == message.count * message.width * message.height * 3:
                size = message.width * message.height * 3
                pictures = (blob[start : start + size] for start in range(0, len(blob), size))
                job.kept_steps = [(message.width, message.height, picture) for picture in pictures]
            case Finished():
                self._take(job, message, blob)
            case Failed():
                self._fail(job, message)
            case _:
                pass  # Ready and CancelAcknowledged change nothing here

    def engine_lost(self, message: str, detail: str = "") -> None:
        """The engine is gone: the running job fails, the next one goes on with a new engine."""
        job = self.running
        if job is not None and job.result is None:
            self._fail(job, Failed(job_id=job.id, kind="crashed", message=message, detail=detail))

    def _start_next(self) -> None:
        while self.running is None and self.waiting:
            job = self.waiting[0]
            job.state, job.since = "running", self._clock()
            self._send(job)

    def _send(self, job: Job) -> None:
        """Give the engine the job's picture, or its next one."""
        job.stage, job.step, job.steps, job.pace = "loading", 0, 0, Pace()
        prepared = job.prepared
        source = prepared.source.tobytes() if prepared.source is not None else b""
        mask = prepared.mask.tobytes() if prepared.mask is not None else b""
        try:
            controls = b"".join(picture.tobytes() for picture in prepared.controls)
            self._engine.generate(job.id, prepared.request, prepared.model, source, mask, prepared.extras, controls)
        except StudioError as error:
            self._fail(job, Failed(job_id=job.id, kind="crashed", message=error.message, detail=error.detail))
        else:
            self._tell(job)

    def _progress(self, job: Job, message: Progress) -> None:
        job.stage, job.step, job.steps = message.stage, message.step, message.steps
        job.pace.reached(message.stage, message.step, self._clock())
        if not job.is_cancelling:
            job.seconds_left = job.pace.seconds_left(message.steps, self._decode_seconds)
            if job.seconds_left is not None and job.parts:
                job.seconds_left = job.seconds_left_of_all(job.seconds_left, self._clock())
        self.job_changed.emit(job)

    def _take(self, job: Job, message: Finished, blob: bytes) -> None:
        extent = job.prepared.request.extent
        if (message.width, message.height, len(blob)) != (extent.width, extent.height, extent.area * 3):
            detail = f"wanted {extent}, got {message.width} × {message.height} in {len(blob)} bytes"
            sentence = "The engine returned a picture of the wrong size; try again, or restart the engine."
            self._fail(job, Failed(job_id=job.id, kind="internal", message=sentence, detail=detail))
        elif job.is_cancelling:
            self._end(job, "cancelled")
        else:
            self._decode_seconds = job.pace.seconds_since_last_step(self._clock())
            picture = np.frombuffer(blob, np.uint8).reshape(extent.height, extent.width, 3)
            is_small = job.prepared.placement.target.extent.area <= _AT_ONCE_PX
            self._develop(job, picture, at_once if is_small else self._beside)

    def _develop(self, job: Job, picture: NDArray[np.uint8], how: Beside) -> None:
        job.result = picture
        how(partial(attempt, job.prepared, picture), partial(self._finish, job))

    def _finish(self, job: Job, result: Developed | None) -> None:
        if job.is_over:  # it was cancelled while the result was made ready
            return
        if result is None:
            job.result = None
            sentence = "There is not enough memory to put the picture on the canvas; close something, or try smaller."
            self._fail(job, Failed(job_id=job.id, kind="out_of_memory", message=sentence))
            return
        job.thumbnail = result.thumbnail
        if job.part is None:
            job.developed = result
            self._end(job, "finished", then=self.finished)
            return
        job.made.append(replace(job.part, picture=job.result, developed=result))
        job.part, job.result, job.preview = None, None, None
        if job.parts:
            job.part = job.parts.pop(0)
            job.prepared = job.part.prepared
            self._send(job)
        else:
            self._end(job, "finished", then=self.finished)

    def _fail(self, job: Job, failure: Failed) -> None:
        if job.is_cancelling or failure.kind == "cancelled":
            self._end(job, "cancelled")
        else:
            job.failure = failure
            self._end(job, "failed", then=self.failed)

    def _end(self, job: Job, state: State, then: Event[Job] | None = None) -> None:
        """The one way out of the queue; the next job starts when everyone has been told."""
        job.state, job.seconds_left, job.preview, job.is_cancelling = state, None, None, False
        self._sort_over_first()
        if state != "finished":
            job.prepared = job.prepared.without_pixels()
            job.parts = [replace(part, prepared=part.prepared.without_pixels()) for part in job.parts]
        try:
            self._tell(job)
            if then is not None:
                then.emit(job)
            if state != "finished" and job.made:
                self.finished.emit(job)
        finally:  # a listener that fails must not stop the queue
            trim(self.jobs, self._history_bytes)
            self._start_next()

    def _tell(self, job: Job) -> None:
        self.job_changed.emit(job)
        self.changed.emit()

    def _sort_over_first(self) -> None:
        order: dict[State, int] = {"running": 1, "queued": 2}
        self.jobs.sort(key=lambda job: order.get(job.state, 0))

    def _find(self, job_id: str) -> Job | None:
        return next((job for job in self.jobs if job.id == job_id), None)
