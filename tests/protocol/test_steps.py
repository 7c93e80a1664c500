"""How many steps a strength means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdstudio.protocol.steps import schedule_length, steps_to_run


@pytest.mark.parametrize(
    ("steps", "strength", "length", "run"),
    [
        (20, 1.0, 20, 20),
        (20, 0.6, 20, 12),  # as diffusers: int(20 * 0.6)
        (20, 0.2, 20, 4),
        (20, 0.1, 40, 4),  # 2 would be too few
        (20, 0.15, 27, 4),
        (2, 0.5, 4, 2),  # as many as asked for at full strength are enough
        (1, 0.3, 4, 1),
        (1, 1.0, 1, 1),
        (20, 0.0001, 1000, 1),  # no schedule is finer than the model's own noise levels
        (1000, 0.001, 1000, 1),
    ],
)
def test_known_cases(steps: int, strength: float, length: int, run: int) -> None:
    assert schedule_length(steps, strength) == length
    assert steps_to_run(steps, strength) == run


@given(st.integers(1, 1000), st.floats(0.001, 1))
def test_the_run_starts_at_the_noise_level_of_the_strength(steps: int, strength: float) -> None:
    length, run = schedule_length(steps, strength), steps_to_run(steps, strength)
    assert 1 <= run <= length <= 1000
    assert steps <= length
    assert run / length <= strength + 1 / length
    assert run >= min(4, steps) or length == 1000 or run == int(steps * strength)
