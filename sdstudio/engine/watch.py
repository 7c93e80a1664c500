"""Follows a job that runs as planned, so that the next one can be foreseen better."""

from __future__ import annotations

import time

from sdstudio.engine import memory
from sdstudio.engine.fit import Fit, key_of, usual_factor
from sdstudio.engine.history import History
from sdstudio.engine.loaded import LoadedModel
from sdstudio.protocol.request import GenerationRequest

_TELLS_BYTES = 64 * 2**20  # of intermediate results; with less, what is measured is mostly something else


class Watch:
    """One job, from the moment before its work."""

    def __init__(self, fit: Fit, request: GenerationRequest, model: LoadedModel, history: History) -> None:
        self._fit, self._model, self._history = fit, model, history
        self._key = key_of(request, model)
        memory.start_peak(model.device)
        self._used = memory.used(model.device)
        self._since = time.perf_counter()
        self._seconds = 0.0
        self.taken_bytes: int | None = None  # the most that it took on top of what was in use, when it is over

    def stop(self) -> None:
        """The job's work is over."""
        most = memory.peak(self._model.device)
        self.taken_bytes = None if most is None else most - self._used
        self._seconds = time.perf_counter() - self._since

    def finish(self) -> None:
        """It has ended with a picture."""
        fit, seconds, taken = self._fit, self._seconds, self.taken_bytes
        factor = None
        if taken is not None and fit.working_bytes > _TELLS_BYTES and self._model.economy.savings == fit.savings:
            rest = fit.needed_bytes - fit.working_bytes
            before = self._history.pace(self._key).memory_factor
            factor = (before or usual_factor(self._model)) * (taken - rest) / fit.working_bytes
        rate = fit.flops / seconds if fit.flops and seconds > 0 else None
        self._history.learn(self._key, flops_per_second=rate, memory_factor=factor)
