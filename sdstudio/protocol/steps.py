"""How many steps a strength means. Arithmetic only: shared by the real engine, the fake one and the window's plot."""

from __future__ import annotations

import math

MIN_STEPS = 4  # below this a low strength changes nothing that one can see
TRAIN_STEPS = 1000  # noise levels that the models know; a schedule cannot be finer
_EXACT_REACH = 0.25  # how far an exact start may change the length of the schedule


def schedule_length(steps: int, strength: float, *, train_steps: int = TRAIN_STEPS, exact: bool = False) -> int:
    """How many steps the whole schedule must have, of which the last `strength` part is run.

    This is `steps`, as in diffusers, unless fewer than MIN_STEPS (or `steps`, if that is less) would be left to run:
    then a finer schedule of the same noise levels is used, so that the run starts at the same level in smaller steps.
    With `exact` the length may differ from `steps` by a quarter, so that some whole step lies where the strength
    points: 63 % of 20 steps is then 12 of 19, not 12 of 20.
    """
    needed = min(MIN_STEPS, steps)
    if strength >= 1:
        return steps
    if int(steps * strength) >= needed:
        return _nearest(steps, strength, train_steps) if exact else steps
    length = math.ceil(needed / strength)
    if int(length * strength) < needed:  # 4 / 0.1 * 0.1 may fall just below 4
        length += 1
    return min(length, train_steps)


def steps_to_run(steps: int, strength: float, *, train_steps: int = TRAIN_STEPS, exact: bool = False) -> int:
    """How many steps are run: int(length * strength) as diffusers' image to image does, but at least one."""
    length = schedule_length(steps, strength, train_steps=train_steps, exact=exact)
    run = round(length * strength) if exact else int(length * strength)
    return max(1, min(run, length))


def _nearest(steps: int, strength: float, train_steps: int) -> int:
    """The length, about `steps`, of which a whole number of steps comes nearest to `strength`; `steps` itself wins."""
    reach = math.ceil(steps * _EXACT_REACH)
    lengths = range(max(2, steps - reach), min(steps + reach, train_steps) + 1)
    return min(
        lengths, key=lambda length: (abs(round(length * strength) / length - strength), abs(length - steps), length)
    )
