"""A grid on its way: its jobs in the queue, and what becomes of them when the last is done.

Must not know widgets or the engine.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sdstudio.document.commands import AddLayer
from sdstudio.document.layers import GroupLayer
from sdstudio.errors import BadRequest
from sdstudio.events import Event
from sdstudio.generation.grid import Axis, Cell, cells
from sdstudio.generation.jobs import Job
from sdstudio.generation.place import layer_of
from sdstudio.generation.session import Session
from sdstudio.generation.sheet import sheet


class GridRun:
    """Queues the pictures of a grid. When all are there they become one group of layers, in one undo step.

    `done`: emitted then. Cancelling one of its jobs ends the others that wait, and what is made by then is placed.
    """

    def __init__(self, session: Session, axes: Sequence[Axis]) -> None:
        """Raises BadRequest or ModelProblem, and then nothing has been queued."""
        self._session = session
        self.done: Event[GridRun] = Event()
        self._document = session.document
        if not session.parameters.seed_locked:
            session.new_seed()
        self._cells = cells(session.parameters, axes)
        prepared = [session.prepare_cell(cell.parameters) for cell in self._cells]
        self._jobs: dict[str, Cell] = {}
        self._made: list[tuple[Cell, Job, NDArray[np.uint8]]] = []
        session.grid = self
        session.queue.job_changed.connect(self._on_job_changed)
        self._is_over = False
        for cell, one in zip(self._cells, prepared, strict=True):
            self._jobs[session.queue.add(one, session.document).id] = cell

    @property
    def count(self) -> int:
        return len(self._cells)

    @property
    def made_count(self) -> int:
        return len(self._made)

    def take(self, job: Job) -> bool:
        """A job has finished; True when it is one of this grid's, which places it later."""
        cell = self._jobs.get(job.id)
        if cell is None or job.result is None:
            return False
        job.is_placed = True  # it waits here
        self._made.append((cell, job, job.result))
        self._finish_if_over()
        return True

    def sheet(self) -> NDArray[np.uint8]:
        """The labelled picture. Raises BadRequest when nothing was made or it would be too large."""
        if not self._made:
            raise BadRequest("No picture of the grid was made.")
        return sheet([cell for cell, _, _ in self._made], [picture for _, _, picture in self._made])

    def _on_job_changed(self, job: Job) -> None:
        if job.id not in self._jobs or job.state not in ("cancelled", "failed"):
            return
        for other in [other for other in self._session.queue.waiting if other.id in self._jobs]:
            self._session.queue.cancel(other.id)
        self._finish_if_over()

    def _finish_if_over(self) -> None:
        if self._is_over or not all(job.is_over for job in self._session.queue.jobs if job.id in self._jobs):
            return
        self._is_over = True
        self._session.grid = None
        if self._made and self._document is self._session.document:
            self._place()
        self.done.emit(self)

    def _place(self) -> None:
        """All pictures as layers of a group, the first on top and the others hidden."""
        group = GroupLayer(name="Grid")
        for cell, job, picture in reversed(self._made):
            layer = layer_of(self._document, job.prepared, picture, job.developed)
            layer.name = ", ".join(cell.labels)
            layer.visible = cell is self._made[0][0]
            group.children.append(layer)
        self._document.run(AddLayer(group, label="Grid"))
