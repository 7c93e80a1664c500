"""Checkpoints of a run, so that it can stop at any step and go on as if it had not.

Owns the file (written beside and renamed, so that a crash never leaves half a checkpoint) and the moving average of the
weights. Every random number of a run comes from ``(seed, step)``, so the step is all there is to the generators' state.
Must not know what is trained.
"""

import os
from pathlib import Path
from typing import Any

import torch
from torch import nn


class Average:
    """Exponential moving average of a module's weights, with a warm-up: decay = min(ema, (1 + n) / (10 + n))."""

    def __init__(self, module: nn.Module, decay: float) -> None:
        self.decay = decay
        self.count = 0
        self.weights = {name: value.detach().clone() for name, value in module.state_dict().items()}

    @torch.no_grad()
    def update(self, module: nn.Module) -> None:
        """Move the average one step towards the module's present weights."""
        self.count += 1
        decay = min(self.decay, (1 + self.count) / (10 + self.count))
        now = module.state_dict()
        floating = [name for name, value in now.items() if value.is_floating_point()]
        torch._foreach_lerp_([self.weights[name] for name in floating], [now[name] for name in floating], 1 - decay)
        for name in now.keys() - set(floating):
            self.weights[name].copy_(now[name])


def save(path: Path, state: dict[str, Any]) -> None:
    """Write ``state`` (tensors, numbers, lists and dictionaries of these) to ``path`` in one atomic step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".part")
    torch.save(state, beside)
    os.replace(beside, path)


def load(path: Path) -> dict[str, Any] | None:
    """Read a checkpoint that this trainer wrote, or return None when there is none."""
    if not path.exists():
        return None
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return state
