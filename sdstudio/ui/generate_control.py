"""Ties generating to the window: the button, previews and context box on the canvas, toasts for what failed.

Must not know the engine's process; it sees the session, the queue and their events.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import msgspec
from PySide6.QtCore import QObject, QTimer

from sdstudio.generation.jobs import Job
from sdstudio.generation.place import REQUEST_KEY, preview
from sdstudio.generation.prepare import Prepared
from sdstudio.generation.session import Session
from sdstudio.protocol.request import GenerationRequest
from sdstudio.raster.geometry import Bounds
from sdstudio.settings import Settings
from sdstudio.ui.actions import Actions
from sdstudio.ui.canvas.view import CanvasView
from sdstudio.ui.docks.generate import GeneratePanel
from sdstudio.ui.docks.jobs import JobsPanel
from sdstudio.ui.editor import Editor
from sdstudio.ui.notices import Notices
from sdstudio.ui.patience import worked_out
from sdstudio.ui.progress_text import plan_of
from sdstudio.ui.strength_advice import StrengthAdvice
from sdstudio.ui.tools.toolbox import Toolbox
from sdstudio.ui.widgets.toast import Remedy

log = logging.getLogger(__name__)
_TOPIC = "generate"  # of complaints that the next Generate settles
_INTENT_DELAY_MS = 40  # a mask stroke changes the selection at every dab


class GenerateControl(QObject):
    def __init__(
        self,
        editor: Editor,
        toolbox: Toolbox,
        session: Session,
        canvas: CanvasView,
        panel: GeneratePanel,
        jobs: JobsPanel,
        actions: Actions,
        notices: Notices,
        settings: Settings,
    ) -> None:
        super().__init__(canvas)
        self._editor, self._toolbox, self._session, self._canvas = editor, toolbox, session, canvas
        self._panel, self._actions, self._notices, self._settings = panel, actions, notices, settings
        self._queue = session.queue
        self._is_looked_at = False
        self._advice = StrengthAdvice(editor, session, notices, self.start, self)
        session.patiently = self._wait_for
        self._intent_timer = QTimer(self, singleShot=True, interval=_INTENT_DELAY_MS)
        self._intent_timer.timeout.connect(self._on_intent_due)
        self._connect_actions()
        self._connect_events(jobs)
        self._on_document_replaced()
        self._on_queue_changed()

    def _connect_actions(self) -> None:
        actions, panel = self._actions, self._panel
        actions.on("generate.start", self.start)
        actions.on("generate.cancel", self.cancel)
        actions.on("generate.cancel_all", self._queue.cancel_all)
        actions.on("generate.dice", self._session.new_seed)
        actions.on("layer.settings", self._reproduce)
        actions.on("layer.regenerate", self._generate_again)
        panel.button.start_wanted.connect(self.start)
        panel.button.cancel_wanted.connect(self._cancel_job)
        panel.looked_at.connect(self._on_looked_at)

    def _connect_events(self, jobs: JobsPanel) -> None:
        self._editor.document_replaced.connect(self._on_document_replaced)
        self._session.parameters_changed.connect(self._on_plan_changed)
        self._session.models_changed.connect(self._on_plan_changed)
        self._queue.changed.connect(self._on_queue_changed)
        self._queue.job_changed.connect(self._on_job_changed)
        self._queue.preview_changed.connect(self._on_preview_changed)
        self._queue.failed.connect(self._on_failed)
        self._queue.ran_out.connect(self._on_ran_out)
        jobs.place_wanted.connect(self._place_again)
        jobs.settings_wanted.connect(self._use_settings)
        jobs.step_shown.connect(self._show_step)
        jobs.branch_wanted.connect(self._branch)
        jobs.details_wanted.connect(self._on_failed)

    # What a person wants

    def start(self) -> None:
        """Queue what the Generate button says. A stroke that is being drawn is not part of it."""
        with self._notices.caught(_TOPIC):
            self._advice.look_at(self._session.generate())

    def _wait_for(self, act: Callable[[], Prepared]) -> Prepared:
        return worked_out(lambda _tell: act(), self.tr("Getting the picture ready for the model…"), is_long=True)

    def cancel(self) -> None:
        """Esc: end the stroke in progress; without one, the picture that is being made; else go back to the canvas."""
        if self._toolbox.active.is_active:
            self._toolbox.active.cancel()
        elif self._has_jobs:
            self._cancel_job()
        else:
            self._canvas.setFocus()  # so that the tools' letters work again after a prompt was written

    def show_what_can_be_cancelled(self) -> None:
        """For a menu that opens. The key Esc works without being told: nobody hears when a stroke begins."""
        can = self._toolbox.active.is_active or self._has_jobs
        self._actions["generate.cancel"].setEnabled(can)

    @property
    def _has_jobs(self) -> bool:
        return self._queue.running is not None or bool(self._queue.waiting)

    def _cancel_job(self) -> None:
        job = self._queue.running or next(iter(self._queue.waiting), None)
        if job is not None:
            self._queue.cancel(job.id)

    def _reproduce(self) -> None:
        layer = self._editor.document.active
        if layer is not None:
            with self._notices.caught():
                self._session.reproduce(layer)
                self._notices.tell(self.tr("The settings of “{name}” are back.").format(name=layer.name))

    def _generate_again(self) -> None:
        layer = self._editor.document.active
        if layer is not None:
            with self._notices.caught():
                self._session.reproduce(layer)
                self._session.new_seed()  # the same one would only make the same picture
                self._session.generate()

    def _place_again(self, job: Job) -> None:
        with self._notices.caught():
            self._session.place(job)

    def _use_settings(self, job: Job) -> None:
        with self._notices.caught():
            self._session.take(job.prepared.request)

    def _show_step(self, job: Job, step: int) -> None:
        """What the picture was at `step`, over the canvas, until another look or job; 0 ends it."""
        if 1 <= step <= len(job.kept_steps) and self._is_here(job):
            image, area = preview(job.prepared, *job.kept_steps[step - 1])
            self._canvas.show_preview(image, area, None)
        elif self._queue.running is None:
            self._canvas.clear_preview()

    def _branch(self, job: Job, step: int) -> None:
        with self._notices.caught():
            self._session.branch_from(job, step)
            self._canvas.clear_preview()
            self._notices.tell(
                self.tr(
                    "Change the prompt, the strength or the sampler, then generate: it goes on from step {step}."
                ).format(step=step)
            )

    def parameters_text(self) -> str | None:
        """How the picture was made, as other programs write it: of the topmost visible generated layer."""
        from sdstudio.formats.parameters import to_text

        for layer in reversed(list(self._editor.document.walk())):
            if layer.visible and REQUEST_KEY in layer.metadata:
                try:
                    request = msgspec.json.decode(layer.metadata[REQUEST_KEY], type=GenerationRequest)
                except msgspec.MsgspecError as error:
                    log.warning("the request of layer %s cannot be read: %s", layer.id, error)
                    continue
                titles = [model.title for model in self._session.models if model.id == request.model]
                return to_text(request, titles[0] if titles else request.model)
        return None

    # What happened

    def _on_document_replaced(self) -> None:
        document = self._editor.document
        self._canvas.clear_preview()
        self._session.document = document
        document.selection_changed.connect(self._on_plan_changed)
        document.extent_changed.connect(self._on_plan_changed)
        self._on_intent_due()

    def _on_plan_changed(self, area: Bounds | None = None) -> None:
        if not self._intent_timer.isActive():
            self._intent_timer.start()

    def _on_intent_due(self) -> None:
        intent = self._session.intent()
        self._panel.button.show_intent(
            intent.title, intent.problem or intent.detail, self._actions["generate.start"].toolTip()
        )
        self._show_box()

    def _on_looked_at(self, is_looked_at: bool) -> None:
        self._is_looked_at = is_looked_at
        self._show_box()

    def _show_box(self) -> None:
        job = self._queue.running
        if job is not None and self._is_here(job):
            self._canvas.set_context_box(job.prepared.placement.context, "")
            return
        intent = self._session.intent() if self._is_looked_at else None
        if intent is not None and intent.placement is not None:
            self._canvas.set_context_box(intent.placement.context, intent.detail)
        else:
            self._canvas.set_context_box(None, "")

    def _on_queue_changed(self) -> None:
        self._panel.button.show_job(self._queue.running, len(self._queue.waiting))
        self._actions["generate.cancel_all"].setEnabled(self._has_jobs)
        self._show_box()

    def _on_job_changed(self, job: Job) -> None:
        if job.state == "running":
            self._panel.button.show_job(job, len(self._queue.waiting))
        if job.is_over or job.is_cancelling:
            self._canvas.clear_preview()

    def _on_preview_changed(self, job: Job) -> None:
        if job.preview is not None and self._is_here(job) and self._settings.get("preview"):
            image, area = preview(job.prepared, *job.preview)
            self._canvas.show_preview(image, area, None)

    def _on_failed(self, job: Job) -> None:
        failure = job.failure
        if failure is None:
            return
        remedies = {
            "out_of_memory": Remedy(self.tr("Try smaller"), self._try_smaller),
            "crashed": Remedy(self.tr("Try again"), self.start),
            "model_missing": Remedy(self.tr("Choose a model"), lambda: self._panel.section.set_open(True)),
            "model_invalid": Remedy(self.tr("Choose a model"), lambda: self._panel.section.set_open(True)),
        }
        is_of_extra = any(f"“{extra.id}”" in failure.message for extra in job.prepared.extras)
        remedy = None if is_of_extra else remedies.get(failure.kind)  # another model would not help
        self._notices.complain(failure.message, failure.detail, remedy, topic=_TOPIC)

    def _on_ran_out(self, job: Job) -> None:
        self._notices.tell(plan_of(job))

    def _try_smaller(self) -> None:
        self._panel.more.halve_size()
        self.start()

    def _is_here(self, job: Job) -> bool:
        return job.origin is None or job.origin() is self._editor.document
