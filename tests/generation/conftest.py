"""A small model, a painted document and an engine that does only what the test says."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from sdstudio.document.document import Document
from sdstudio.document.layers import PaintLayer
from sdstudio.generation.jobs import Job, JobQueue
from sdstudio.models.extras import ExtraInfo
from sdstudio.models.info import ModelInfo
from sdstudio.protocol.messages import Failed, Finished, Preview, Progress
from sdstudio.protocol.request import GenerationRequest
from sdstudio.raster.geometry import Bounds, Extent
from sdstudio.raster.pixels import filled
from sdstudio.raster.resample import from_rgb
from tests.helpers.scripted_engine import Sent


@dataclass
class ScriptedEngine:
    """Records what it is asked; the test answers through `queue`."""

    sent: list[Sent] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    refuses: Exception | None = None

    def generate(
        self,
        job_id: str,
        request: GenerationRequest,
        model: ModelInfo,
        source: bytes,
        mask: bytes,
        extras: tuple[ExtraInfo, ...] = (),
        controls: bytes = b"",
    ) -> None:
        if self.refuses is not None:
            raise self.refuses
        self.sent.append(Sent(job_id, request, source, mask, extras, controls))

    def cancel(self, job_id: str) -> None:
        self.cancelled.append(job_id)


@dataclass
class Answers:
    """What an engine says, in few words."""

    queue: JobQueue

    def step(self, job: Job, step: int, steps: int) -> None:
        self.queue.receive(Progress(job_id=job.id, stage="sampling", step=step, steps=steps))

    def preview(self, job: Job, side: int = 4) -> None:
        message = Preview(job_id=job.id, step=1, steps=4, width=side, height=side)
        self.queue.receive(message, bytes(side * side * 3))

    def finish(self, job: Job, color: tuple[int, int, int] = (200, 30, 60)) -> None:
        extent = job.prepared.request.extent
        picture = np.full((extent.height, extent.width, 3), color, np.uint8)
        message = Finished(job_id=job.id, width=extent.width, height=extent.height, steps_run=4, seconds=1.0)
        self.queue.receive(message, picture.tobytes())

    def fail(self, job: Job, kind: str = "out_of_memory") -> None:
        self.queue.receive(Failed(job_id=job.id, kind=kind, message="There is not enough memory."))  # type: ignore[arg-type]


@pytest.fixture
def model() -> ModelInfo:
    return ModelInfo(id="starter", title="Starter", path="/models/starter", family="tiny", native_size=64)


@pytest.fixture
def engine() -> ScriptedEngine:
    return ScriptedEngine()


@pytest.fixture
def queue(engine: ScriptedEngine) -> JobQueue:
    return JobQueue(engine)


@pytest.fixture
def answers(queue: JobQueue) -> Answers:
    return Answers(queue)


def noise(extent: Extent, seed: int = 1) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (extent.height, extent.width, 3), np.uint8)


@pytest.fixture
def document(qapp: object) -> Document:
    """96 x 80: noise below, a translucent blue rectangle above, which is active."""
    made = Document.new(Extent(96, 80))
    below, above = made.root.children
    assert isinstance(below, PaintLayer)
    assert isinstance(above, PaintLayer)
    below.surface.write(Bounds(0, 0, 96, 80), from_rgb(noise(made.extent)))
    above.surface.write(Bounds(20, 10, 30, 30), filled(30, 30, QColor(20, 40, 220, 120)))
    return made
