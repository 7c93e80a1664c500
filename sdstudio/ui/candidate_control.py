"""Ties the choice among several results to the window: the strip over the canvas, previews in place, the keys."""

from __future__ import annotations

import weakref
from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtGui import QImage

from sdstudio.generation.candidates import Candidates
from sdstudio.generation.jobs import Job
from sdstudio.generation.place import patch
from sdstudio.generation.session import Session
from sdstudio.settings import Settings
from sdstudio.ui.actions import Actions
from sdstudio.ui.canvas.view import CanvasView
from sdstudio.ui.editor import Editor
from sdstudio.ui.notices import Notices
from sdstudio.ui.widgets.candidate_strip import CandidateStrip

_SETTING = "offer_candidates"


class CandidateControl(QObject):
    """The strip is there while there are at least two results, made or still being made, for one place."""

    def __init__(
        self,
        editor: Editor,
        session: Session,
        canvas: CanvasView,
        actions: Actions,
        notices: Notices,
        settings: Settings,
    ) -> None:
        super().__init__(canvas)
        self._canvas, self._actions, self._notices, self._settings = canvas, actions, notices, settings
        self.candidates = Candidates(session)
        self.strip = CandidateStrip(canvas)
        notices.keep_clear_of(self.strip)
        self._patches: weakref.WeakKeyDictionary[Job, QImage] = weakref.WeakKeyDictionary()
        self.candidates.changed.connect(self._show)
        session.queue.changed.connect(self._show)
        editor.document_replaced.connect(self.candidates.close)
        self.strip.thumbnails.pointed.connect(self._on_pointed)
        self.strip.thumbnails.chosen.connect(self._on_chosen)
        self.strip.keep_wanted.connect(self._on_keep)
        self.strip.another_wanted.connect(lambda: self._guarded(self.candidates.another))
        self.strip.keep_all_wanted.connect(lambda: self._guarded(self.candidates.keep_all))
        self.strip.discard_wanted.connect(lambda: self._guarded(self.candidates.discard))
        actions.on("generate.next_candidate", lambda: self._step(1))
        actions.on("generate.previous_candidate", lambda: self._step(-1))
        settings.changed.connect(self._on_setting_changed)
        self._on_setting_changed(_SETTING)
        self._show()

    def _on_setting_changed(self, key: str) -> None:
        if key == _SETTING:
            self.candidates.is_wanted = self._settings.get(_SETTING)

    def _show(self) -> None:
        candidates, jobs = self.candidates, self.candidates.jobs
        is_open = candidates.is_open
        for id in ("generate.next_candidate", "generate.previous_candidate"):
            self._actions[id].setEnabled(is_open and len(jobs) > 1)
        if is_open and candidates.shown in jobs:
            pictures = [job.thumbnail for job in jobs]
            self.strip.show_pictures(pictures, jobs.index(candidates.shown), candidates.awaited)
        elif self.strip.isVisible():
            self.strip.hide()
            self._canvas.clear_preview()

    # What a person does

    def _on_pointed(self, index: int) -> None:
        """Look at a picture in its place; nothing of the document changes."""
        jobs = self.candidates.jobs
        if not 0 <= index < len(jobs) or jobs[index] is self.candidates.shown or jobs[index].result is None:
            self._canvas.clear_preview()
            return
        job = jobs[index]
        if job not in self._patches:
            assert job.result is not None
            ready, target = job.developed, job.prepared.placement.target
            self._patches[job] = ready.surface.read(target) if ready is not None else patch(job.prepared, job.result)
        self._canvas.show_preview(self._patches[job], job.prepared.placement.target, None)

    def _on_chosen(self, index: int) -> None:
        self._canvas.clear_preview()
        self._guarded(lambda: self.candidates.choose(self.candidates.jobs[index]))

    def _step(self, by: int) -> None:
        jobs, shown = self.candidates.jobs, self.candidates.shown
        if shown in jobs:
            self._on_chosen((jobs.index(shown) + by) % len(jobs))

    def _on_keep(self) -> None:
        self.candidates.close()
        self._canvas.setFocus()

    def _guarded(self, act: Callable[[], object]) -> None:
        with self._notices.caught():
            act()
