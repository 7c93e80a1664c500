"""How many steps a strength means. Arithmetic only: shared by the real and the fake engine."""

from __future__ import annotations

import math

MIN_STEPS = 4  # below this a low strength changes nothing that one can see
TRAIN_STEPS = 1000  # noise levels that the models know; a schedule cannot be finer


def schedule_length(steps: int, strength: float, *, train_steps: int = TRAIN_STEPS) -> int:
    """How many steps the whole schedule must have, of which the last `strength` part is run.

    This is `steps`, as in diffusers, unless fewer than MIN_STEPS (or `steps`, if that is less) would be left to run:
    then a finer schedule of the same noise levels is used, so that the run starts at the same level in smaller steps.
    """
    needed = min(MIN_STEPS, steps)
    if strength >= 1 or int(steps * strength) >= needed:
        return steps
    length = math.ceil(needed / strength)
    if int(length * strength) < needed:  # 4 / 0.1 * 0.1 may fall just below 4
        length += 1
    return min(length, train_steps)


def steps_to_run(steps: int, strength: float, *, train_steps: int = TRAIN_STEPS) -> int:
    """How many steps are run: int(length * strength) as diffusers' image to image does, but at least one."""
    length = schedule_length(steps, strength, train_steps=train_steps)
    return max(1, min(int(length * strength), length))
