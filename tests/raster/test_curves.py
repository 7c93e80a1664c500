from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdstudio.raster.curves import STRAIGHT, look_up, table, values

units = st.floats(0, 1, allow_nan=False).map(lambda value: round(value, 3))
curves = st.lists(st.tuples(units, units), min_size=1, max_size=8).map(tuple)


@given(curves)
def test_a_curve_never_leaves_its_square_and_passes_through_its_points(points):
    made = np.array(table(points))
    assert made.min() >= 0
    assert made.max() <= 1
    last = dict(sorted(points))  # of several at one x the last one counts
    assert values(points, np.array(list(last))) == pytest.approx(np.array(list(last.values())), abs=1e-6)


@given(st.lists(units, min_size=2, max_size=8))
def test_rising_points_give_a_rising_curve(heights):
    points = tuple(zip(np.linspace(0, 1, len(heights)), sorted(heights), strict=True))
    assert (np.diff(values(points, np.linspace(0, 1, 500))) >= -1e-9).all()


def test_between_two_points_it_is_straight():
    assert table(STRAIGHT) == pytest.approx(np.linspace(0, 1, 256))


def test_it_is_level_outside_of_its_points():
    made = table(((0.25, 0.4), (0.75, 0.9)))
    assert (made[0], made[40], made[-1]) == (pytest.approx(0.4), pytest.approx(0.4), pytest.approx(0.9))
    assert set(table(((0.3, 0.7),))) == {0.7}


def test_looking_up_goes_smoothly_between_the_entries():
    straight = table(STRAIGHT)
    for x in (0.0, 0.1234, 0.5, 0.99999, 1.0):
        assert look_up(straight, x) == pytest.approx(x)
    assert (look_up(straight, -3), look_up(straight, 7)) == (0, 1)


def test_a_curve_needs_a_point():
    with pytest.raises(ValueError, match="point"):
        table(())
