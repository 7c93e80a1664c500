"""Carries jobs to the engine and its answers to the window; starts, restarts and ends the engine.

The thread only reads: everything else happens in the GUI thread, so that a job and the loss of its engine can never
cross. Must not know what a job is for; the order of jobs is `generation.jobs`' affair, which sends one at a time.
"""

from __future__ import annotations

import logging
import queue

from PySide6.QtCore import QObject, Qt, QThread, Signal, Slot

from sdstudio.models.extras import ExtraInfo
from sdstudio.models.info import ModelInfo
from sdstudio.protocol.errands import Errand, Told
from sdstudio.protocol.messages import (
    Cancel,
    Failed,
    Finished,
    FromEngine,
    Generate,
    Progress,
    Ready,
    Shutdown,
)
from sdstudio.protocol.request import GenerationRequest
from sdstudio.worker.assignments import Assignments
from sdstudio.worker.run import SHUTDOWN_PATIENCE_S, Run

log = logging.getLogger(__name__)
CANCEL_PATIENCE_MS = 3000  # an engine that has not ended a cancelled job by then is killed
_LOADING_PATIENCE_MS = 1000
_MESSAGES_AT_ONCE = 32  # delivered per turn of the event loop, so that a flood cannot freeze the window


class Dispatcher(QThread):
    """The window's end of the engine. All methods and signals belong to the GUI thread; no method blocks but `close`.

    An engine that dies or babbles is reported by `lost`, and all its jobs are then forgotten; the next `generate`
    starts a new one. Exactly one Failed or Finished is received per job unless `lost` or `restart` ended it.
    """

    received = Signal(object, bytes)  # message of protocol.messages.FromEngine, its pixels
    state_changed = Signal(str)  # "starting" | "ready" | "stopped"
    lost = Signal(str, str)  # one sentence for the user, technical detail
    _woken = Signal(object)
    _ended = Signal(object, str, str)
    _answered = Signal(object)

    def __init__(
        self, command: list[str], parent: QObject | None = None, *, cancel_patience_ms: int = CANCEL_PATIENCE_MS
    ) -> None:
        super().__init__(parent)
        self._command = command
        self._cancel_patience_ms = cancel_patience_ms
        self._state = "stopped"
        self._run: Run | None = None
        self._runs: queue.SimpleQueue[Run | None] = queue.SimpleQueue()  # to the thread: what to read next
        self._jobs = Assignments(self)
        self._woken.connect(self._on_woken, Qt.ConnectionType.QueuedConnection)
        self._ended.connect(self._on_ended, Qt.ConnectionType.QueuedConnection)
        self._answered.connect(self._on_answered, Qt.ConnectionType.QueuedConnection)

    @property
    def state(self) -> str:
        """ "starting", "ready" or "stopped"."""
        return self._state

    @property
    def engine_pid(self) -> int | None:
        """The process id of the present engine, if it has one by now."""
        return self._run.engine.pid if self._run is not None else None

    # What the window asks

    def start(self, priority: QThread.Priority = QThread.Priority.InheritPriority) -> None:
        """Start the thread, and the engine in the background."""
        super().start(priority)
        self._start_engine()

    def generate(
        self,
        job_id: str,
        request: GenerationRequest,
        model: ModelInfo,
        source: bytes = b"",
        mask: bytes = b"",
        extras: tuple[ExtraInfo, ...] = (),
        controls: bytes = b"",
    ) -> None:
        """Send a job. `source` is RGB, `mask` one byte a pixel, both at request.extent; empty when there is none.

        `extras` are the files that the request names; `controls` has an RGB picture for each control model.
        """
        message = Generate(
            job_id=job_id, request=request, model=model, extras=extras, has_source=bool(source), has_mask=bool(mask)
        )
        self._send(message, source + mask + controls)

    def run_errand(self, errand: Errand, picture: bytes) -> None:
        """Send something that is no generation, with its picture, RGB of its extent. It is answered like a job."""
        self._send(errand, picture)

    def cancel(self, job_id: str) -> None:
        """End a job soon. The answer is Failed(kind="cancelled"), or Finished when it was done already."""
        job = self._jobs.get(job_id)
        if job is None or self._run is None or job.patience is not None:
            return
        if not job.sent:
            self._answer_cancelled(job_id)
        else:
            self._run.engine.send(Cancel(job_id=job_id))
            # Reading a model ends between two weights, but for a few libraries' own long moments.
            patience_ms = _LOADING_PATIENCE_MS if job.stage == "loading" else self._cancel_patience_ms
            self._jobs.be_patient(job_id, patience_ms, lambda: self._kill_for(job_id))

    def restart(self, command: list[str] | None = None) -> None:
        """End the engine and start a new one, with another command if given. A job that it had is lost."""
        if command is not None:
            self._command = command
        had_jobs = bool(self._jobs)
        self._stop_engine()
        self._jobs.forget_all()
        self._start_engine()
        if had_jobs:
            self.lost.emit(self.tr("The engine was restarted, which ended the job it was working on."), "")

    @Slot()
    def close(self) -> None:
        """End engine and thread, within about a second. Nothing is emitted after this."""
        run, self._run = self._run, None
        self._jobs.forget_all()
        if run is not None:
            run.engine.send(Shutdown())
            run.engine.close_input()
            run.inbox.close()
            if run.ready:
                run.engine.wait(SHUTDOWN_PATIENCE_S)
            run.engine.kill()
        self._runs.put(None)
        self.wait()
        self._state = "stopped"

    # The thread

    def run(self) -> None:
        """Read one engine after another until `close`."""
        while (run := self._runs.get()) is not None:
            message, detail = run.read(self._woken.emit)
            self._ended.emit(run, message, detail)

    # What the thread reports, again in the GUI thread

    @Slot(object)
    def _on_woken(self, run: Run) -> None:
        if run is not self._run:
            return
        items, more = run.inbox.take(_MESSAGES_AT_ONCE)
        if more:
            self._woken.emit(run)
        for item in items:
            if run is self._run:  # a listener may have restarted or closed
                self._deliver(run, *item)

    @Slot(object, str, str)
    def _on_ended(self, run: Run, message: str, detail: str) -> None:
        if run is not self._run:
            return
        more = True
        while more and run is self._run:
            items, more = run.inbox.take(_MESSAGES_AT_ONCE)
            for item in items:
                self._deliver(run, *item)
        self._run = None
        if not message and run.ready:
            message = self.tr("The engine stopped unexpectedly; the next job starts it again.")
        elif not message:
            message = self.tr("The engine could not start; “sdstudio doctor” tells what is wrong.")
        log.warning("%s\n%s", message, detail)
        cancelled = self._jobs.all_cancelled()
        if cancelled:
            self._start_engine()  # the job should end and has ended: nothing to complain about
            for job_id in cancelled:
                self._answer_cancelled(job_id)
            return
        self._jobs.forget_all()
        self._set_state("stopped")
        self.lost.emit(message, detail)

    @Slot(object)
    def _on_answered(self, message: FromEngine) -> None:
        self.received.emit(message, b"")

    def _deliver(self, run: Run, message: FromEngine, blob: bytes) -> None:
        if isinstance(message, Ready):
            run.ready = True
            self._set_state("ready")
            self._send_waiting()
        elif (job := self._jobs.get(message.job_id)) is None:
            log.debug("a late message about job %s", message.job_id)
            return
        elif isinstance(message, Progress):
            job.stage = message.stage if message.fraction < 1 else None  # a stage that is over
        elif isinstance(message, Finished | Told | Failed):
            self._jobs.forget(message.job_id)
        self.received.emit(message, blob)

    # Small steps

    def _send(self, message: Generate | Errand, blob: bytes) -> None:
        self._jobs.add(message, blob)
        if self._run is None:
            self._start_engine()
        else:
            self._send_waiting()

    def _start_engine(self) -> None:
        self._run = Run(self._command)
        self._runs.put(self._run)
        self._set_state("starting")

    def _stop_engine(self) -> None:
        if self._run is not None:
            self._run.stop()
            self._run = None

    def _send_waiting(self) -> None:
        if self._run is None or not self._run.ready:
            return
        for job in self._jobs.unsent():
            job.sent = True
            self._run.engine.send(job.message, job.blob)

    def _kill_for(self, job_id: str) -> None:
        """End a cancelled job by ending its engine; other jobs go to the next one."""
        self._stop_engine()
        self._answer_cancelled(job_id)
        self._jobs.take_back()
        self._start_engine()

    def _answer_cancelled(self, job_id: str) -> None:
        self._jobs.forget(job_id)
        self._answered.emit(Failed(job_id=job_id, kind="cancelled", message=self.tr("The job was cancelled.")))

    def _set_state(self, state: str) -> None:
        if state != self._state:
            self._state = state
            self.state_changed.emit(state)
