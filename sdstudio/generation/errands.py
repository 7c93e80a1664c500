"""What the engine is asked for besides generations: who asked, how far it is, and the answer.

Plain callbacks, in the GUI thread. Must not know documents or widgets.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sdstudio.errors import EngineProblem, StudioError
from sdstudio.protocol.errands import Errand, Told
from sdstudio.protocol.messages import Failed, Finished, FromEngine, Progress

Pixels = NDArray[np.uint8]
"""A picture, RGB (h, w, 3)."""


class ErrandPort(Protocol):
    """What this needs of an engine; `worker.Dispatcher` is one."""

    def run_errand(self, errand: Errand, picture: bytes) -> None: ...

    def cancel(self, job_id: str) -> None: ...


@dataclass(frozen=True)
class Asked:
    """One errand on its way. `failed(None)` when it was cancelled."""

    errand: Errand
    then: Callable[[Any], object]  # gets the pixels or the words
    failed: Callable[[StudioError | None], object]
    progressed: Callable[[float], object]  # the share of the present stage, 0..1


class Errands:
    """All that are on their way."""

    def __init__(self, engine: ErrandPort) -> None:
        self._engine = engine
        self._numbers = itertools.count(1)
        self._asked: dict[str, Asked] = {}

    def new_id(self) -> str:
        """For the next errand."""
        return f"errand-{next(self._numbers)}"

    def ask(
        self,
        errand: Errand,
        picture: Pixels,
        then: Callable[[Any], object],
        failed: Callable[[StudioError | None], object],
        progressed: Callable[[float], object] = lambda _share: None,
    ) -> None:
        """Send `errand` with its picture, RGB at its extent; exactly one of `then` and `failed` is called."""
        self._asked[errand.job_id] = Asked(errand, then, failed, progressed)
        try:
            self._engine.run_errand(errand, np.ascontiguousarray(picture).tobytes())
        except StudioError as error:
            self._asked.pop(errand.job_id).failed(error)

    def cancel(self, job_id: str) -> None:
        """End it soon; one that is over is left alone."""
        if job_id in self._asked:
            self._engine.cancel(job_id)

    def receive(self, message: FromEngine, blob: bytes = b"") -> None:
        """Take a message of the engine; those about other jobs are ignored."""
        asked = self._asked.get(getattr(message, "job_id", ""))
        if asked is None:
            return
        match message:
            case Progress():
                asked.progressed(message.fraction)
            case Told():
                self._end(asked).then(message)
            case Finished() if len(blob) == 3 * message.width * message.height:
                picture = np.frombuffer(blob, np.uint8).reshape(message.height, message.width, 3)
                self._end(asked).then(picture)
            case Finished():
                self._end(asked).failed(EngineProblem("The engine returned a picture of the wrong size; try again."))
            case Failed():
                cancelled = message.kind == "cancelled"
                error = None if cancelled else EngineProblem(message.message, detail=message.detail)
                self._end(asked).failed(error)
            case _:
                pass  # the rest is about generations

    def engine_lost(self, message: str, detail: str = "") -> None:
        """The engine is gone, and all errands with it."""
        for asked in list(self._asked.values()):
            self._end(asked).failed(EngineProblem(message, detail=detail))

    def _end(self, asked: Asked) -> Asked:
        return self._asked.pop(asked.errand.job_id)
