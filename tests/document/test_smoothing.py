from __future__ import annotations

import numpy as np
import pytest

from sdstudio.document.smoothing import Direct, PulledString, Stabiliser, smoother
from sdstudio.raster.dabs import Brush, Sample
from sdstudio.raster.geometry import Point


def shaky(count: int = 60, gap_ms: float = 8.0) -> list[Sample]:
    rng = np.random.default_rng(2)
    return [Sample(Point(5.0 * i, 100 + rng.normal(0, 4)), 1.0, time_ms=gap_ms * i) for i in range(count)]


def line(smoothing: Direct, samples: list[Sample]) -> np.ndarray:
    out = [out for sample in samples for out in smoothing.add(sample)]
    return np.array([(one.position.x, one.position.y) for one in (*out, *smoothing.finish())])


def roughness(places: np.ndarray) -> float:
    return float(np.abs(np.diff(places[:, 1])).sum())


@pytest.mark.parametrize("smoothing", [Stabiliser(60), PulledString(30)])
def test_a_shaky_line_becomes_calmer(smoothing: Direct) -> None:
    assert roughness(line(smoothing, shaky())[:-1]) < roughness(line(Direct(), shaky())) / 2.5


def test_a_stabilised_line_ends_where_the_hand_ends() -> None:
    samples = shaky()
    assert tuple(line(Stabiliser(500), samples)[-1]) == (samples[-1].position.x, samples[-1].position.y)


def test_a_rest_lets_the_stabiliser_catch_up() -> None:
    smoothing = Stabiliser(50)
    list(smoothing.add(Sample(Point(0, 0))))
    list(smoothing.add(Sample(Point(100, 0), time_ms=10)))
    caught_up = [sample.position.x for _ in range(30) for sample in smoothing.rest(20)]
    assert caught_up == sorted(caught_up)
    assert caught_up[-1] == pytest.approx(100, abs=0.1)
    assert list(smoothing.rest(20)) == []


def test_the_pull_depends_on_time_and_not_on_how_often_the_pen_reports() -> None:
    slow = line(Stabiliser(60), [Sample(Point(x, 0), time_ms=x) for x in range(0, 401, 16)])
    fast = line(Stabiliser(60), [Sample(Point(x, 0), time_ms=x) for x in range(0, 401, 1)])
    assert slow[-2][0] == pytest.approx(fast[-2][0], abs=10)
    assert fast[-2][0] == pytest.approx(400 - 60, abs=5)


def test_reports_without_a_time_move_on_all_the_same() -> None:
    places = line(Stabiliser(20), [Sample(Point(x, 0)) for x in range(0, 201, 10)])
    assert places[-2][0] > 150


def test_the_tip_hangs_on_its_string() -> None:
    string = PulledString(20)
    hand = [Point(0, 0), Point(15, 0), Point(-10, 10), Point(50, 0), Point(50, 60)]
    tip = hand[0]
    for place in hand:
        for out in string.add(Sample(place)):
            tip = out.position
        assert tip.distance(place) <= 20.001
    assert list(string.add(Sample(Point(tip.x + 10, tip.y)))) == []


def test_pressure_is_smoothed_with_the_place() -> None:
    smoothing = Stabiliser(50)
    out = [o for s in (Sample(Point(0, 0), 0.0), Sample(Point(50, 0), 1.0, time_ms=10)) for o in smoothing.add(s)]
    assert 0 < out[-1].pressure < 0.5


@pytest.mark.parametrize(("name", "kind"), [("none", Direct), ("stabiliser", Stabiliser), ("string", PulledString)])
def test_the_brush_says_which(name: str, kind: type[Direct]) -> None:
    assert type(smoother(Brush(smoothing=name))) is kind  # type: ignore[arg-type]
