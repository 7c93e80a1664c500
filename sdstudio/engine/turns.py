"""Two models that work on one picture by turns, in a memory that may have room for one of them at a time.

Must not know requests or pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sdstudio.engine.fit import Fit
from sdstudio.engine.loaded import LoadedModel, Refiner
from sdstudio.protocol.messages import LADDER


@dataclass(frozen=True)
class Player:
    """One of them, and how it was planned to work."""

    model: LoadedModel
    fit: Fit


@contextmanager
def taking_turns(first: Player, second: Player | None) -> Iterator[None]:
    """Within this context `first` has `second`, if there is one, to hand its picture over to."""
    base = first.model
    if second is not None:
        base.refiner = Refiner(second.model, take_over=_come(second, base), give_back=_come(first, second.model))
    try:
        yield
    finally:
        base.refiner = None


def _come(player: Player, other: LoadedModel) -> Callable[[], None]:
    """What brings `player` back when it had to step aside; the other one then does."""

    def come() -> None:
        economy, fit = player.model.economy, player.fit
        if "offloaded" in economy.savings and "offloaded" not in fit.savings:
            other.economy.step_aside()
            economy.adopt(fit.savings, fit.possible)

    return come


def shared(first: Fit, second: Fit, share: float) -> Fit:
    """What a job takes of which `second` does this `share` of the steps."""
    seconds = None
    if first.seconds is not None and second.seconds is not None:
        seconds = first.seconds * (1 - share) + second.seconds * share
    return Fit(
        savings=tuple(saving for saving in LADDER if saving in (*first.savings, *second.savings)),
        possible=first.possible,
        needed_bytes=max(first.needed_bytes, second.needed_bytes),
        free_bytes=first.free_bytes,
        seconds=seconds,
        working_bytes=max(first.working_bytes, second.working_bytes),
        flops=first.flops * (1 - share) + second.flops * share,
    )
