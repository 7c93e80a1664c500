"""The loop by which every network here learns: resumable at every step, polite to other work, by steps or by the clock.

Owns optimiser, average, checkpoint, pace and what the log is told. Must not know what is learned, nor from what.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from torch import nn

from sdstudio.training import checkpoint
from sdstudio.training.feed import ahead
from sdstudio.training.pace import Pace
from sdstudio.training.recipe import Budget

log = logging.getLogger(__name__)
Batch = TypeVar("Batch")
SAY_SECONDS = 60
SAVE_SECONDS = 150


@dataclass(frozen=True)
class Manner:
    """How a run goes: peak learning rate, when it ends, decay of the average, and the optimiser's own numbers."""

    learning_rate: float
    budget: Budget
    ema: float
    betas: tuple[float, float] = (0.9, 0.99)
    weight_decay: float = 1e-4
    warmup: int = 100


class Run:
    """A run's whole state: weights, average, optimiser, pace. Goes on from the checkpoint ``path`` if it is there.

    ``module`` is what is kept and averaged; of it only the parameters in ``learns`` (all, unless told) change.
    """

    def __init__(
        self, path: Path, module: nn.Module, manner: Manner, learns: Iterable[nn.Parameter] | None = None
    ) -> None:
        self.path, self.module, self.manner = path, module, manner
        self._learns = list(module.parameters() if learns is None else learns)
        self.optimizer = torch.optim.AdamW(
            self._learns, lr=manner.learning_rate, betas=manner.betas, weight_decay=manner.weight_decay, fused=True
        )
        self.average, self.pace = checkpoint.Average(module, manner.ema), Pace(manner.budget)
        if (state := checkpoint.load(path)) is not None:
            module.load_state_dict(state["model"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.average.weights, self.average.count = state["average"], state["count"]
            self.pace = Pace(manner.budget, state["step"], state["seconds"])

    def begin(self, prepare: Callable[[], object]) -> None:
        """Let ``prepare`` change the weights of a run that has not made a step yet; a run that has keeps its own."""
        if self.pace.step == 0:
            prepare()
            self.average = checkpoint.Average(self.module, self.manner.ema)

    def step(self, loss: torch.Tensor) -> float:
        """Learn from one batch's loss; returns it."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.pace.rate(self.manner.learning_rate, self.manner.warmup)
        loss.backward()
        nn.utils.clip_grad_norm_(self._learns, 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.average.update(self.module)
        self.pace.tick()
        return loss.item()

    def save(self) -> None:
        """Write the checkpoint."""
        state = {"step": self.pace.step, "seconds": self.pace.seconds, "count": self.average.count}
        weights = {"average": self.average.weights, "model": self.module.state_dict()}
        checkpoint.save(self.path, state | weights | {"optimizer": self.optimizer.state_dict()})


def train(
    run: Run, batches: Callable[[int], Batch], loss_of: Callable[[Batch], torch.Tensor],
    stop_after: int | None = None, each_step: Callable[[], bool] = lambda: False,
    now_and_then: tuple[float, Callable[[], None]] | None = None,
) -> None:  # fmt: skip
    """Train until the budget is used up; ``batches(step)`` are made ahead in a thread, ``loss_of`` is differentiable.

    ``stop_after`` pauses the run at that step, and so does True from ``each_step``; it goes on from its checkpoint.
    ``now_and_then`` is something to do and every how many seconds.
    """
    losses: list[float] = []
    said = saved = done = time.monotonic()
    for batch in ahead(batches, run.pace.step):
        if run.pace.over or run.pace.step == stop_after:
            break
        losses = [*losses[-399:], run.step(loss_of(batch))]
        now = time.monotonic()
        if now - said > SAY_SECONDS:
            said = now
            log.info("%s step %d, %.0f s: loss %.4f, %.0f %% done", run.path.stem, run.pace.step, run.pace.seconds,
                     float(np.mean(losses)), 100 * run.pace.fraction)  # fmt: skip
        if now - saved > SAVE_SECONDS:
            saved = now
            run.save()
        if now_and_then is not None and now - done > now_and_then[0]:
            done = now
            now_and_then[1]()
        if each_step():
            break
    run.save()
