from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from sdstudio.errors import BadRequest
from sdstudio.raster.geometry import Bounds
from sdstudio.raster.grain import grained
from sdstudio.raster.stamps import known, learn

PAPER = learn(np.random.default_rng(3).integers(0, 256, (50, 70), np.uint8))
AREA = Bounds(-30, 10, 200, 120)


def on_paper(strength: float, depth: float = 1.0, area: Bounds = AREA) -> np.ndarray:
    return grained(np.full((area.height, area.width), strength, np.float32), area, PAPER, 1.0, depth)


def test_a_light_touch_leaves_paint_on_the_heights_only():
    light, heavy = on_paper(0.2), on_paper(1.0)
    assert (light == 0).mean() > 0.3
    assert (heavy == 0).mean() < 0.3
    assert light.max() == pytest.approx(0.2)


@pytest.mark.parametrize("depth", [0.0, 0.3, 0.7, 1.0])
def test_paper_never_adds_paint(depth: float):
    for strength in (0.0, 0.1, 0.5, 1.0):
        assert (on_paper(strength, depth) <= strength).all()


def test_more_pressure_never_means_less_paint():
    levels = [on_paper(strength) for strength in np.linspace(0, 1, 11)]
    assert all((b >= a).all() for a, b in pairwise(levels))


def test_without_depth_it_is_smooth():
    assert (on_paper(0.4, depth=0) == np.float32(0.4)).all()


def test_a_place_has_its_grain_whichever_part_asks():
    part = Bounds(20, 40, 60, 30)
    whole = on_paper(0.5)
    assert (on_paper(0.5, area=part) == whole[30:60, 50:110]).all()


def test_it_repeats_over_the_canvas():
    assert (on_paper(0.5, area=Bounds(0, 0, 70, 50)) == on_paper(0.5, area=Bounds(-140, 100, 70, 50))).all()


def test_unknown_paper_is_smooth():
    covered = np.full((4, 4), 0.5, np.float32)
    assert grained(covered, Bounds(0, 0, 4, 4), "nobody knows", 1, 1) is covered


def test_the_same_picture_has_one_name():
    picture = np.arange(12, dtype=np.uint8).reshape(3, 4)
    name = learn(picture)
    assert learn(picture.copy()) == name
    assert learn(picture.reshape(4, 3)) != name
    kept = known(name)
    assert kept is not None
    picture[0, 0] = 99
    assert kept[0, 0] == 0
    with pytest.raises(ValueError, match="read-only"):
        kept[0, 0] = 1


@pytest.mark.parametrize("shape", [(0, 4), (2000, 3), (3, 3, 3)])
def test_pictures_that_no_brush_can_have_are_refused(shape: tuple[int, ...]):
    with pytest.raises(BadRequest):
        learn(np.zeros(shape, np.uint8))
