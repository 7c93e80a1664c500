from __future__ import annotations

from sdstudio.document.coverages import Coverages
from sdstudio.raster.dynamics import Press
from sdstudio.raster.geometry import Bounds, Point


def press(x: float, y: float, diameter: float = 10) -> Press:
    return Press(Point(x, y), diameter, hardness=1, opacity=1, flow=1)


def test_coverage_tells_what_it_touched_and_keeps_nothing_outside():
    coverages = Coverages(Bounds(0, 0, 300, 300))
    touched = coverages.put(press(256, 0, 40))
    assert set(touched) == {(0, 0), (1, 0)}
    assert all(Bounds(0, 0, 300, 300).contains(part) for part in touched.values())
    assert coverages.put(press(-20, 50)) == {}
    assert coverages.put(press(50, 1e9)) == {}
    assert coverages.put(press(50, 50, 0)) == {}
    assert set(coverages) == {(0, 0), (1, 0)}
