"""What the engine is doing, in the status bar, and one toast when it is lost."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QObject, SignalInstance

from sdstudio.errors import ModelProblem
from sdstudio.generation.jobs import Job
from sdstudio.generation.session import Session
from sdstudio.protocol.errands import Errand
from sdstudio.protocol.messages import Ready
from sdstudio.ui.actions import Actions
from sdstudio.ui.notices import Notices
from sdstudio.ui.progress_text import describe
from sdstudio.ui.status_bar import StatusBar


class Engine(Protocol):
    """What the window needs of `worker.Dispatcher`."""

    @property
    def state_changed(self) -> SignalInstance: ...
    @property
    def received(self) -> SignalInstance: ...
    @property
    def lost(self) -> SignalInstance: ...
    @property
    def state(self) -> str: ...
    def restart(self) -> None: ...
    def run_errand(self, errand: Errand, picture: bytes) -> None: ...
    def cancel(self, job_id: str) -> None: ...


class EngineStatus(QObject):
    def __init__(
        self, engine: Engine, session: Session, status_bar: StatusBar, notices: Notices, actions: Actions
    ) -> None:
        super().__init__(status_bar)
        self._engine, self._session, self._status_bar, self._notices = engine, session, status_bar, notices
        self._ready: Ready | None = None
        engine.state_changed.connect(self._on_state_changed)
        engine.received.connect(self._on_received)
        engine.lost.connect(self._on_lost)
        session.parameters_changed.connect(self._show)
        session.models_changed.connect(self._show)
        session.queue.changed.connect(self._show)
        session.queue.job_changed.connect(self._on_job_changed)
        actions.on("generate.restart", engine.restart)
        self._show()

    def _on_state_changed(self, state: str) -> None:
        if state != "ready":
            self._ready = None
        self._show()

    def _on_received(self, message: object, blob: bytes) -> None:
        if isinstance(message, Ready):
            self._ready = message
            self._show()

    def _on_job_changed(self, job: Job) -> None:
        self._show()

    def _on_lost(self, message: str, detail: str) -> None:
        if message not in self._notices.messages:  # the job that it took with it has said so already
            self._notices.complain(message, detail)

    def _show(self) -> None:
        text = {
            "starting": self.tr("Engine starting…"),
            "ready": self.tr("Engine ready"),
            "stopped": self.tr("Engine stopped"),
        }.get(self._engine.state, "")
        job = self._session.queue.running
        if job is not None:
            text = describe(job)
        elif self._ready is not None and self._ready.device_name:
            text = self._ready.device_name
        try:
            text += f" · {self._session.model.title}"
        except ModelProblem:
            text += " · " + self.tr("no model")
        tip = self.tr("What the engine works on, and the model it uses")
        if self._ready is not None:
            tip += f"\ntorch {self._ready.torch_version}, diffusers {self._ready.diffusers_version}"
        self._status_bar.show_engine(text, tip)
