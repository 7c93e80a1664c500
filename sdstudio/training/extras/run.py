"""The loop that trains an extra of any kind: resumable at every step, polite to other work, by steps or by the clock.

Owns optimiser, average and checkpoint. Must not know what is learned, nor from what.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from torch import nn

from sdstudio.training import checkpoint, device
from sdstudio.training.extras.lesson import Batch
from sdstudio.training.extras.recipe import ExtraRecipe
from sdstudio.training.feed import ahead
from sdstudio.training.pace import Pace

log = logging.getLogger(__name__)


class Learner(Protocol):
    """What is being learned: its weights, the loss of a batch, and the file that it becomes."""

    @property
    def weights(self) -> nn.Module:
        """The weights that change, and no others."""

    def loss(self, batch: Batch) -> torch.Tensor: ...

    def write(self, path: Path, average: dict[str, torch.Tensor], recipe: ExtraRecipe) -> Path:
        """Write the extra with the averaged weights; returns where it is."""


def train(
    learner: Learner, batches: Callable[[int], Batch], recipe: ExtraRecipe, path: Path,
    stop_after: int | None = None, each_step: Callable[[], bool] = lambda: False,
) -> dict[str, torch.Tensor]:  # fmt: skip
    """Train until the budget is used up, from the checkpoint ``path`` if it is there; returns the averaged weights.

    ``stop_after`` pauses the run at that step, and so does True from ``each_step``; it goes on with the next call.
    """
    optimizer = torch.optim.AdamW(
        learner.weights.parameters(), lr=recipe.learning_rate, betas=(0.9, 0.99), weight_decay=1e-3
    )
    average, pace = checkpoint.Average(learner.weights, recipe.ema), Pace(recipe.budget)
    if (state := checkpoint.load(path)) is not None:
        learner.weights.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        average.weights, average.count = state["average"], state["count"]
        pace = Pace(recipe.budget, state["step"], state["seconds"])

    def keep() -> None:
        done = {"step": pace.step, "seconds": pace.seconds, "count": average.count, "average": average.weights}
        checkpoint.save(path, done | {"model": learner.weights.state_dict(), "optimizer": optimizer.state_dict()})

    losses: list[float] = []
    said = time.monotonic()
    for batch in ahead(batches, pace.step):
        if pace.over or pace.step == stop_after:
            break
        for group in optimizer.param_groups:
            group["lr"] = pace.rate(recipe.learning_rate, warmup=50)
        with device.attention(batch.latents.device):
            loss = learner.loss(batch)
            loss.backward()
        nn.utils.clip_grad_norm_(learner.weights.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        average.update(learner.weights)
        pace.tick()
        losses.append(loss.item())
        if time.monotonic() - said > 60:
            said = time.monotonic()
            keep()
            log.info("%s step %d, %.0f s: loss %.4f, %.0f %% done", recipe.name, pace.step, pace.seconds,
                     float(np.mean(losses[-200:])), 100 * pace.fraction)  # fmt: skip
        if each_step():
            break
    keep()
    return average.weights
