from __future__ import annotations

import numpy as np
import pytest

from sdstudio.raster.contents import content_of, rectangle_of
from sdstudio.raster.geometry import EMPTY, Bounds


def covered(*areas: Bounds) -> np.ndarray:
    array = np.zeros((40, 60), bool)
    for area in areas:
        array[area.y : area.bottom, area.x : area.right] = True
    return array


@pytest.mark.parametrize("area", [Bounds(0, 0, 60, 40), Bounds(59, 39, 1, 1), Bounds(3, 4, 20, 1)])
def test_a_rectangle_is_found_as_it_lies(area: Bounds) -> None:
    assert content_of(covered(area)) == rectangle_of(covered(area)) == area


def test_nothing_is_an_empty_rectangle() -> None:
    assert content_of(covered()) == rectangle_of(covered()) == EMPTY


def test_two_places_lie_in_one_rectangle_but_are_none() -> None:
    both = covered(Bounds(2, 3, 4, 4), Bounds(50, 30, 4, 4))
    assert content_of(both) == Bounds(2, 3, 52, 31)
    assert rectangle_of(both) == EMPTY
    assert content_of(both.astype(np.uint8) * 7) == Bounds(2, 3, 52, 31)
