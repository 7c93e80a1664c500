"""One row of the job list: what is asked for, how far it is, what came of it. Changed by the queue alone."""

from __future__ import annotations

import weakref
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from sdstudio.generation.pace import Pace
from sdstudio.generation.place import Developed
from sdstudio.generation.prepare import Prepared
from sdstudio.protocol.messages import Failed, Planned

State = Literal["queued", "running", "finished", "failed", "cancelled"]


@dataclass(frozen=True, eq=False)
class Part:
    """One of the pictures of a job that makes several; `picture` and `developed` once it is made."""

    title: str
    prepared: Prepared
    picture: NDArray[np.uint8] | None = None
    developed: Developed | None = None

    @property
    def nbytes(self) -> int:
        surface = self.developed.surface.nbytes if self.developed is not None else 0
        return self.prepared.nbytes + surface + (self.picture.nbytes if self.picture is not None else 0)


@dataclass(eq=False)
class Job:
    """One picture from request to result, or several with one name and one end.

    Only the queue changes it, and `is_placed` whoever placed the result.
    """

    id: str
    prepared: Prepared  # of several pictures: of the present one
    origin: weakref.ref[object] | None = None  # the document it was prepared from
    state: State = "queued"
    stage: str = ""  # of the running job: loading, encoding, sampling, decoding
    step: int = 0
    steps: int = 0
    seconds_left: float | None = None
    title: str = ""  # of several pictures together
    parts: list[Part] = field(default_factory=list)  # of several pictures: those that wait
    made: list[Part] = field(default_factory=list)  # and those that are made
    plan: Planned | None = None  # how it is to fit into memory
    preview: tuple[int, int, bytes] | None = None  # width, height, RGB of the whole context
    kept_steps: list[tuple[int, int, bytes]] = field(default_factory=list)  # the previews of all steps, in their order
    result: NDArray[np.uint8] | None = None  # (h, w, 3) at request.extent; None again when history needed the room
    failure: Failed | None = None
    developed: Developed | None = None  # how the result lies on the canvas; None when history needed the room
    thumbnail: QImage | None = None
    is_cancelling: bool = False
    is_placed: bool = False
    part: Part | None = None  # of several pictures: the present one
    since: float = 0.0  # by the queue's clock: when it began
    pace: Pace = field(default_factory=Pace)

    @property
    def count(self) -> int:
        """How many pictures it makes."""
        return len(self.made) + len(self.parts) + (self.part is not None) if self.title else 1

    def seconds_left_of_all(self, of_this: float, now: float) -> float:
        """As long for each picture that waits as for those that are made, or as the present one seems to take.

        `of_this` are the seconds left of the present one, `now` is by the queue's clock.
        """
        gone = now - self.since
        each = gone / len(self.made) if self.made else gone + of_this
        return of_this + each * len(self.parts)

    @property
    def is_over(self) -> bool:
        return self.state in ("finished", "failed", "cancelled")

    @property
    def nbytes(self) -> int:
        steps = sum(len(blob) for _, _, blob in self.kept_steps)
        surface = self.developed.surface.nbytes if self.developed is not None else 0
        several = sum(part.nbytes for part in (*self.parts, *self.made))
        result = self.result.nbytes if self.result is not None else 0
        return self.prepared.nbytes + result + steps + surface + several
