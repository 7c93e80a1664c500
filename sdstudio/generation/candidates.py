"""Several results for the same place: one of them is a layer, the others wait to be looked at instead of it.

Owns which jobs belong together and what choosing among them does to the document. Must not know widgets.
"""

from __future__ import annotations

import secrets
from dataclasses import replace

import msgspec
import numpy as np

from sdstudio.document.commands import AddLayer, RemoveLayer
from sdstudio.document.document import Document
from sdstudio.document.history import Command
from sdstudio.document.layers import Layer, PaintLayer
from sdstudio.document.steps import Steps
from sdstudio.errors import BadRequest
from sdstudio.events import Event
from sdstudio.generation.jobs import Job
from sdstudio.generation.place import layer_of
from sdstudio.generation.session import Session
from sdstudio.raster.geometry import Bounds

_SEED_BITS = 32  # short enough to read and write down


class Candidates:
    """The first result of a batch is placed as always; those that follow wait here, and in the job list.

    Choosing one puts it in the place of the one that is a layer now. A layer that was painted on meanwhile is never
    taken away for that: the chosen one comes above it.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._jobs: list[Job] = []
        self._shown: Job | None = None
        self._layer_id = ""
        self._is_painted_on = False
        self._document: Document | None = None
        self.is_wanted = True  # False: every result becomes a layer at once
        self.changed: Event[()] = Event()
        session.candidates = self

    @property
    def jobs(self) -> list[Job]:
        """The finished ones, in the order in which they came; empty when there is nothing to choose."""
        return list(self._jobs)

    @property
    def shown(self) -> Job | None:
        """The one that is a layer now."""
        return self._shown

    @property
    def awaited(self) -> int:
        """How many more are still being made for this place."""
        return len(self._siblings(self._jobs[0])) if self._jobs else 0

    @property
    def is_open(self) -> bool:
        """Whether there is something to choose, or soon will be."""
        return bool(self._jobs) and len(self._jobs) + self.awaited > 1

    def take(self, job: Job) -> bool:
        """A job has finished for the session's document; see `session.Taker`."""
        if not self.is_wanted:
            return False
        if self._jobs and self._is_alike(self._jobs[0], job) and self._layer() is not None:
            job.is_placed = True  # it waits here; a document that comes back must not place it by itself
            self._jobs.append(job)
            self.changed.emit()
            return True
        self.close()
        if not self._siblings(job):
            return False
        self._open(job, self._session.place(job))
        return True

    def choose(self, job: Job) -> None:
        """Let this one be the layer: one undo step. Raises StudioError, and nothing has changed."""
        if job is self._shown and self._layer() is not None:
            return
        if job.result is None:
            raise BadRequest("The picture of this job is not kept any more; generate it again from its parameters.")
        document, old = self._session.document, self._layer()
        if old is None or self._is_painted_on:
            self._open_again(job, self._session.place(job))
            return
        new = layer_of(document, job.prepared, job.result, job.developed)
        new.opacity, new.mode, new.clipped, new.name = old.opacity, old.mode, old.clipped, old.name
        parent = document.parent_of(old.id)
        parent_id = None if parent is document.root else parent.id
        index = parent.children.index(old)
        document.run(Steps("Choose picture", [RemoveLayer(old.id), AddLayer(new, parent_id, index)]))
        job.is_placed = True
        self._open_again(job, new)
        self._session.placed.emit(job, new)

    def another(self) -> Job:
        """Queue one more picture for this place, with the shown one's settings and a new seed. Raises BadRequest."""
        job = self._shown
        if job is None or job.result is None:
            raise BadRequest("The picture of this job is not kept any more; generate it again from its parameters.")
        request = msgspec.structs.replace(job.prepared.request, seed=secrets.randbits(_SEED_BITS))
        return self._session.queue.add(replace(job.prepared, request=request), self._session.document)

    def keep_all(self) -> None:
        """Put the others below the shown one as hidden layers, in one undo step, and end the choice."""
        document, shown = self._session.document, self._layer()
        if shown is not None:
            parent = document.parent_of(shown.id)
            parent_id, index = None if parent is document.root else parent.id, parent.children.index(shown)
            steps: list[Command] = []
            for job in self._jobs:
                if job is not self._shown and job.result is not None:
                    layer = layer_of(document, job.prepared, job.result, job.developed)
                    layer.visible = False
                    steps.append(AddLayer(layer, parent_id, index, label="Keep all"))
            document.run(Steps("Keep all as layers", steps))
            document.set_active(shown.id)
        self.close()

    def discard(self) -> None:
        """Take the shown one off the document again and end the choice: one undo step. All stay in the job list."""
        layer = self._layer()
        if layer is not None:
            self._session.document.run(RemoveLayer(layer.id, label="Discard picture"))
        self.close()

    def close(self) -> None:
        """End the choice; what is a layer stays one."""
        if self._jobs:
            self._jobs, self._shown, self._layer_id = [], None, ""
            self._watch(None)
            self.changed.emit()

    # Within

    def _open(self, job: Job, layer: Layer) -> None:
        self._jobs = [job]
        self._open_again(job, layer)

    def _open_again(self, job: Job, layer: Layer) -> None:
        self._shown, self._layer_id, self._is_painted_on = job, layer.id, False
        self._watch(self._session.document)
        self.changed.emit()

    def _watch(self, document: Document | None) -> None:
        """Learn of strokes on the shown layer."""
        if document is self._document:
            return
        if self._document is not None:
            self._document.pixels_changed.disconnect(self._on_pixels_changed)
        self._document = document
        if document is not None:
            document.pixels_changed.connect(self._on_pixels_changed)

    def _on_pixels_changed(self, layer_id: str, area: Bounds) -> None:
        if layer_id == self._layer_id:
            self._is_painted_on = True

    def _layer(self) -> PaintLayer | None:
        """The shown layer, while the session's document has it."""
        if self._document is not self._session.document:
            return None
        layers = self._session.document.walk()
        return next((one for one in layers if one.id == self._layer_id and isinstance(one, PaintLayer)), None)

    def _siblings(self, job: Job) -> list[Job]:
        """The jobs for the same place that are still to come."""
        return [other for other in self._session.queue.jobs if not other.is_over and self._is_alike(job, other)]

    @staticmethod
    def _is_alike(first: Job, second: Job) -> bool:
        """Whether both paint the same pixels of the same document."""
        if first is second or first.origin is None or second.origin is None or first.origin() is not second.origin():
            return False
        one, other = first.prepared, second.prepared
        same_mask = one.compose_mask is other.compose_mask or np.array_equal(one.compose_mask, other.compose_mask)
        return one.request.placement == other.request.placement and same_mask
