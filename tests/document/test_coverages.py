from __future__ import annotations

import numpy as np
import pytest

from sdstudio.document.coverages import Coverages, Touched
from sdstudio.raster.dynamics import Press
from sdstudio.raster.geometry import Bounds, Point

LIMITS = Bounds(0, 0, 600, 600)


def press(x: float, y: float, diameter: float = 10, hardness: float = 1, opacity: float = 1, flow: float = 1) -> Press:
    return Press(Point(x, y), diameter, hardness, opacity, flow)


def put(coverages: Coverages, one: Press) -> dict[tuple[int, int], Bounds]:
    touched = Touched()
    coverages.put(one, touched)
    return dict(touched.parts())


def test_coverage_tells_what_it_touched_and_keeps_nothing_outside():
    coverages = Coverages(Bounds(0, 0, 300, 300))
    touched = put(coverages, press(256, 0, 40))
    assert set(touched) == {(0, 0), (1, 0)}
    assert all(Bounds(0, 0, 300, 300).contains(part) for part in touched.values())
    assert put(coverages, press(-20, 50)) == {}
    assert put(coverages, press(50, 1e9)) == {}
    assert put(coverages, press(50, 50, 0)) == {}
    assert set(coverages) == {(0, 0), (1, 0)}


def test_several_dabs_touch_the_rectangle_that_holds_them():
    touched = Touched()
    touched.add((0, 0), 20, 30, 40, 50)
    touched.add((0, 0), 10, 35, 15, 90)
    assert dict(touched.parts()) == {(0, 0): Bounds(10, 30, 30, 60)}


@pytest.mark.parametrize("hardness", [0.0, 0.6, 1.0])
@pytest.mark.parametrize("flow", [0.15, 1.0])
@pytest.mark.parametrize("diameter", [6, 90, 500])
def test_the_fast_way_of_an_even_brush_covers_like_the_plain_one(hardness: float, flow: float, diameter: float):
    even, plain = Coverages(LIMITS, even_opacity=0.7), Coverages(LIMITS)
    for step in range(40):
        one = press(200 + 5 * step, 300 + step, diameter, hardness, 0.7, flow)
        put(even, one)
        put(plain, one)
    assert set(even) == set(plain)
    for key in even:
        part = Bounds(key[0] * 256, key[1] * 256, 256, 256)
        assert np.allclose(even.read(key, part), plain.read(key, part), atol=1e-4)
        difference = even.read_bytes(key, part).astype(int) - plain.read_bytes(key, part)
        assert np.abs(difference).max() <= 1


def test_what_a_large_tip_has_covered_already_is_not_touched_again():
    coverages = Coverages(LIMITS, even_opacity=1.0)
    before = put(coverages, press(250, 256, 500))
    assert before[0, 0].extent.area > 60_000
    coverages.put(press(250, 256, 500), again := Touched())
    assert dict(again.parts()) == {}
    moved = put(coverages, press(270, 256, 500))
    assert max(part.width for part in moved.values()) > 20
    whole = Bounds(0, 0, 256, 256)
    assert coverages.read((0, 0), whole)[200, 200] == 1


def test_many_faint_dabs_end_at_the_full_opacity():
    coverages = Coverages(LIMITS, even_opacity=0.5)
    for _ in range(600):
        put(coverages, press(128, 128, 100, 0, 0.5, 0.3))
    middle = coverages.read((0, 0), Bounds(128, 128, 1, 1))
    assert middle[0, 0] == np.float32(0.5)
