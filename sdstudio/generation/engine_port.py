"""What the queue of jobs needs of an engine, whatever that is and wherever it runs."""

from __future__ import annotations

from typing import Protocol

from sdstudio.models.extras import ExtraInfo
from sdstudio.models.info import ModelInfo
from sdstudio.protocol.request import GenerationRequest


class EnginePort(Protocol):
    """What the queue needs of an engine; `worker.Dispatcher` is one. Empty bytes: there is none."""

    def generate(
        self,
        job_id: str,
        request: GenerationRequest,
        model: ModelInfo,
        source: bytes,
        mask: bytes,
        extras: tuple[ExtraInfo, ...],
        controls: bytes,
    ) -> None: ...

    def cancel(self, job_id: str) -> None: ...
