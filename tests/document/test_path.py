from __future__ import annotations

import itertools

import numpy as np
import pytest

from sdstudio.document.path import Path
from sdstudio.raster.dabs import Brush, Sample
from sdstudio.raster.dynamics import Dynamics
from sdstudio.raster.geometry import Point
from tests.helpers.drawing import samples

THIN = Brush(size=10, spacing=0.1)


def walk(brush: Brush, *places: tuple[float, float]) -> np.ndarray:
    path = Path(Dynamics(brush))
    dabs = [dab for sample in samples(*places) for dab in path.add(sample)]
    return np.array([(dab.position.x, dab.position.y) for dab in (*dabs, *path.finish())])


def test_dabs_are_evenly_spaced_over_all_pieces():
    way = walk(THIN, (0, 0), (3.3, 1), (40, 7), (41, 8), (90, -30))
    gaps = np.hypot(*np.diff(way, axis=0).T)
    assert gaps == pytest.approx(np.ones(len(gaps)), abs=0.05)


def test_two_samples_make_a_straight_line_from_end_to_end():
    way = walk(THIN, (10, 10), (110, 60))
    assert way[:, 1] == pytest.approx(10 + (way[:, 0] - 10) / 2)
    assert np.hypot(*(way[-1] - (110, 60))) < 1


@pytest.mark.parametrize("count", [8, 16, 40])
def test_a_circle_of_few_samples_is_round(count: int):
    angles = np.linspace(0, 2 * np.pi, count + 1)
    way = walk(THIN, *[(100 + 80 * np.cos(a), 100 + 80 * np.sin(a)) for a in angles])
    corner = 80 * (1 - np.cos(np.pi / count))  # how far a line of straight pieces would be off
    middle = way[len(way) // count : -len(way) // count]
    assert np.hypot(*(middle - 100).T) == pytest.approx(np.full(len(middle), 80.0), abs=corner / 5)


def test_a_pointer_that_slows_down_makes_no_loop():
    places = [(0, 0), (200, 0), (201, 0.5), (202, 0), (203, 100)]
    way = walk(Brush(size=2, spacing=0.25), *places)
    length = np.hypot(*np.diff(way, axis=0).T).sum()
    straight = sum(np.hypot(b[0] - a[0], b[1] - a[1]) for a, b in itertools.pairwise(places))
    assert length < straight * 1.03
    assert way[:, 0].max() < 206
    assert way[:, 1].min() > -3


def test_a_pen_pressed_harder_where_it_stands_paints_again():
    path = Path(Dynamics(THIN))
    assert len(list(path.add(Sample(Point(5, 5), 0.1)))) == 1
    assert [dab.pressure for dab in path.add(Sample(Point(5, 5), 0.8))] == [0.8]
    assert list(path.add(Sample(Point(5, 5), 0.3))) == []


def test_pressure_changes_along_the_way():
    path = Path(Dynamics(Brush(size=10, dynamics=())))
    pressures = [dab.pressure for dab in path.add(Sample(Point(0, 0), 0.0))]
    pressures += [dab.pressure for dab in (*path.add(Sample(Point(50, 0), 1.0)), *path.finish())]
    assert pressures == pytest.approx([i / 50 for i in range(51)], abs=0.03)


def test_tilt_is_how_far_the_pen_leans_and_where_to():
    def first(tilt_x: float, tilt_y: float) -> tuple[float, float]:
        [touch] = Path(Dynamics(THIN)).add(Sample(Point(5, 5), 1.0, tilt_x, tilt_y))
        return touch.tilt, touch.azimuth

    assert first(0, 0) == (0, 0)
    assert first(30, 0) == pytest.approx((0.5, 0))
    assert first(0, -30) == pytest.approx((0.5, 0.25))  # away from the person is up
    assert first(-60, 0) == pytest.approx((1, 0.5))
    assert first(50, 50)[0] == 1


def test_speed_is_of_the_document_and_does_not_jump():
    def speeds(px_per_ms: float) -> list[float]:
        path = Path(Dynamics(THIN))
        reports = [Sample(Point(8 * i * px_per_ms, 0), time_ms=8.0 * i) for i in range(40)]
        return [touch.speed for report in reports for touch in path.add(report)]

    still, slow, fast, faster = speeds(0.01), speeds(0.75), speeds(1.5), speeds(30)
    assert max(still) < 0.01
    assert slow[-1] == pytest.approx(0.25, abs=0.01)
    assert fast[-1] == pytest.approx(0.5, abs=0.01)
    assert max(faster) <= 1
    assert faster[-1] == pytest.approx(1, abs=0.01)
    assert fast[0] == 0
    assert np.diff(fast).max() < 0.05
