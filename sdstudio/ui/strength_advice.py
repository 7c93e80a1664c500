"""Two sentences about strength, each said once: that a sketch is not looked at, and that there is no sketch to follow.

Watches what is generated and offers to make it once more with the strength that was probably meant.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from PySide6.QtCore import QObject

from sdstudio.document.commands import SetLayer
from sdstudio.document.layers import PaintLayer
from sdstudio.generation.jobs import Job
from sdstudio.generation.place import REQUEST_KEY
from sdstudio.generation.session import Session
from sdstudio.ui.editor import Editor
from sdstudio.ui.notices import Notices
from sdstudio.ui.widgets.toast import Remedy

_SKETCH_STRENGTH = 0.6


class StrengthAdvice(QObject):
    """`start` is what the Generate button does."""

    def __init__(
        self, editor: Editor, session: Session, notices: Notices, start: Callable[[], None], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._editor, self._session, self._notices, self._start = editor, session, notices, start
        self._sketch_was_mentioned = self._page_was_mentioned = False

    def look_at(self, jobs: list[Job]) -> None:
        """Say what is odd about the strength of `jobs`, which have just been queued for one wish."""
        if not self._sketch_was_mentioned and self._ignores_sketch(jobs[0]):
            self._sketch_was_mentioned = True
            follow = Remedy(self.tr("Follow the sketch instead"), lambda: self._repeat(jobs, _SKETCH_STRENGTH))
            self._notices.tell(self.tr("At strength 100 % your sketch is not looked at."), follow)
        elif not self._page_was_mentioned and _follows_nothing(jobs[0]):
            self._page_was_mentioned = True
            create = Remedy(self.tr("Create at 100 % instead"), lambda: self._repeat(jobs, 1.0))
            told = self.tr(
                "The page is empty: below 100 % strength the picture stays pale, as there is nothing to follow."
            )
            self._notices.tell(told, create)

    def _ignores_sketch(self, job: Job) -> bool:
        """Whether a person has painted something, on another layer than the lowest, that this job does not see."""
        painted = [
            layer
            for layer in list(self._editor.document.walk())[1:]
            if isinstance(layer, PaintLayer) and layer.visible and REQUEST_KEY not in layer.metadata
        ]
        request = job.prepared.request
        if request.mode != "text_to_image" or request.controls:  # controls look at what is painted
            return False
        return any(len(layer.surface.keys()) for layer in painted)

    def _repeat(self, jobs: list[Job], strength: float) -> None:
        """Make the picture once more at `strength`; what has come of the first try meanwhile is hidden."""
        document = self._editor.document
        made = {msgspec.json.encode(job.prepared.request).decode() for job in jobs}
        for layer in document.walk():
            if layer.metadata.get(REQUEST_KEY) in made:
                document.run(SetLayer(layer.id, visible=False))
        for job in jobs:
            self._session.queue.cancel(job.id)
        self._session.parameters = msgspec.structs.replace(self._session.parameters, strength=strength)
        self._start()


def _follows_nothing(job: Job) -> bool:
    """Whether the picture that this job is to follow is of one colour all over."""
    request, source = job.prepared.request, job.prepared.source
    if request.mode != "image_to_image" or request.branch is not None or source is None:
        return False
    return bool((source == source[0, 0]).all())
