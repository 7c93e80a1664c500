"""How far a run has come and what its learning rate is: by steps, or by the clock when the machine is shared.

Owns elapsed training time (pauses and restarts do not count) and the warm-up, level and decay schedule. Must not know
what is trained.
"""

import time

from sdstudio.training.recipe import Budget

LEVEL_UNTIL = 0.75  # of the budget: a short run gains more from a long level stretch than from a cosine


class Pace:
    """Counts steps and training seconds against a budget."""

    def __init__(self, budget: Budget, step: int = 0, seconds: float = 0.0) -> None:
        self.budget, self.step, self.seconds = budget, step, seconds
        self._last = time.monotonic()

    @property
    def fraction(self) -> float:
        """Part of the budget that is used up, 0 to 1; the further of steps and time."""
        by_steps = self.step / self.budget.steps if self.budget.steps else 0.0
        by_time = self.seconds / (60 * self.budget.minutes) if self.budget.minutes else 0.0
        return min(1.0, max(by_steps, by_time))

    @property
    def over(self) -> bool:
        """Whether the budget is used up."""
        return self.fraction >= 1.0

    def tick(self) -> None:
        """Count one step and the time since the last; a gap above two minutes is a pause of the process, not work."""
        now = time.monotonic()
        gap, self._last = now - self._last, now
        self.step += 1
        self.seconds += gap if gap < 120 else 0.0

    def rate(self, peak: float, warmup: int = 100, floor: float = 0.02) -> float:
        """Learning rate now: linear warm-up over ``warmup`` steps, level, then linearly to ``floor`` x ``peak``."""
        down = min(1.0, (1 - self.fraction) / (1 - LEVEL_UNTIL))
        return peak * min(1.0, (self.step + 1) / warmup) * max(floor, down)
