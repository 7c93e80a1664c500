from __future__ import annotations

import pytest

from sdstudio.generation.pace import Pace


def after(*times: tuple[int, float]) -> Pace:
    pace = Pace()
    for step, now in times:
        pace.reached("sampling", step, now)
    return pace


def test_nothing_is_guessed_from_one_report() -> None:
    assert Pace().seconds_left(20, 1.0) is None
    assert after((0, 5.0)).seconds_left(20, 1.0) is None


def test_a_slow_first_step_fades_out() -> None:
    pace = after((0, 0.0), (1, 30.0), (2, 31.0), (3, 32.0))
    assert pace.seconds_left(10, 0.5) == pytest.approx(7.5)


def test_steps_that_were_not_reported_count() -> None:
    assert after((0, 0.0), (4, 8.0)).seconds_left(10, 0.0) == pytest.approx(12.0)


def test_loading_and_repeated_reports_say_nothing_about_steps() -> None:
    pace = after((1, 10.0), (1, 99.0), (2, 12.0))
    pace.reached("loading", 5, 100.0)
    assert pace.seconds_left(3, 0.0) == pytest.approx(2.0)


def test_the_time_left_is_never_negative() -> None:
    assert after((9, 1.0), (10, 2.0)).seconds_left(8, 0.0) == 0


def test_the_decode_time_is_what_came_after_the_last_step() -> None:
    assert Pace().seconds_since_last_step(9.0) == 0
    assert after((1, 4.0)).seconds_since_last_step(9.0) == 5.0
