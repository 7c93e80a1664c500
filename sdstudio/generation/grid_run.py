"""A grid on its way: one job with many pictures, and what becomes of them when the last is done.

Must not know widgets or the engine.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sdstudio.errors import BadRequest
from sdstudio.events import Event
from sdstudio.generation.grid import Axis, cells
from sdstudio.generation.jobs import Job, Part
from sdstudio.generation.session import Session
from sdstudio.generation.sheet import sheet


class GridRun:
    """Queues the pictures of a grid as one job. When it is over they become one group of layers, in one undo step.

    `done`: emitted then. A grid that is cancelled or fails on its way gives what was made by then.
    """

    def __init__(self, session: Session, axes: Sequence[Axis]) -> None:
        """Raises BadRequest or ModelProblem, and then nothing has been queued."""
        self.done: Event[GridRun] = Event()
        if not session.parameters.seed_locked:
            session.new_seed()
        self._cells = cells(session.parameters, axes)
        parts = [Part(", ".join(cell.labels), session.prepare_cell(cell.parameters)) for cell in self._cells]
        self._made: list[Part] = []
        self._is_over = False
        title = "Grid of " + " × ".join(axis.title for axis in axes)
        self.job = session.queue.add_several(title, parts, session.document)
        session.queue.job_changed.connect(self._on_job_changed)

    @property
    def count(self) -> int:
        return len(self._cells)

    @property
    def made_count(self) -> int:
        return len(self._made)

    def sheet(self) -> NDArray[np.uint8]:
        """The labelled picture. Raises BadRequest when nothing was made or it would be too large."""
        pictures = [part.picture for part in self._made if part.picture is not None]
        if not pictures:
            raise BadRequest("No picture of the grid was made.")
        return sheet(self._cells[: len(pictures)], pictures)

    def _on_job_changed(self, job: Job) -> None:
        if job is self.job and job.is_over and not self._is_over:
            self._is_over = True
            self._made = list(job.made)  # the queue may forget them
            self.done.emit(self)
