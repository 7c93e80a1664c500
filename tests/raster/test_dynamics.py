from __future__ import annotations

import math

import pytest

from sdstudio.raster.dabs import Brush, Dynamic
from sdstudio.raster.dynamics import Dynamics, Press, Touch
from sdstudio.raster.geometry import Point

HERE = Point(50, 50)
FALLING = ((0.0, 1.0), (1.0, 0.0))


def press(brush: Brush, touch: Touch, seed: int = 0) -> Press:
    [one] = Dynamics(brush, seed).presses(touch)
    return one


def test_a_plain_brush_is_pressed_as_it_is():
    made = press(Brush(size=40, hardness=0.3, opacity=0.5, flow=0.7), Touch(HERE))
    assert made[:5] == (HERE, 40, 0.3, 0.5, 0.7)


@pytest.mark.parametrize(
    ("sensor", "touch"),
    [
        ("pressure", Touch(HERE, pressure=0.25)),
        ("tilt", Touch(HERE, tilt=0.25)),
        ("tilt direction", Touch(HERE, azimuth=0.25)),
        ("speed", Touch(HERE, speed=0.25)),
        ("direction", Touch(HERE, direction=0.25)),
        ("fade", Touch(HERE, gone_px=0.25 * 20 * 40)),
    ],
)
@pytest.mark.parametrize(
    ("target", "read"),
    [
        ("size", lambda p: p.diameter / 40),
        ("opacity", lambda p: p.opacity),
        ("flow", lambda p: p.flow),
        ("hardness", lambda p: p.hardness),
        ("roundness", lambda p: p.shape.roundness),
        ("angle", lambda p: p.shape.angle / 360),
    ],
)
def test_everything_may_follow_everything(sensor, touch, target, read):
    brush = Brush(size=40, hardness=1, roundness=1 if target == "roundness" else 0.999)
    for curve, share in (((0, 0), (1, 1)), 0.25), (FALLING, 0.75):
        follower = Brush(size=40, hardness=1, roundness=brush.roundness, dynamics=(Dynamic(target, sensor, curve),))
        assert read(press(follower, touch)) == pytest.approx(share, rel=0.002)


def test_several_sensors_multiply_and_angles_add():
    brush = Brush(
        size=100,
        roundness=0.5,
        angle=10,
        dynamics=(
            Dynamic("size", "pressure"),
            Dynamic("size", "speed"),
            Dynamic("angle", "direction"),
            Dynamic("angle", "tilt direction"),
        ),
    )
    made = press(brush, Touch(HERE, pressure=0.5, speed=0.5, direction=0.25, azimuth=0.1))
    assert made.diameter == pytest.approx(25)
    assert made.shape.angle == pytest.approx(10 + 90 + 36)


def test_scatter_stays_within_its_reach_and_spreads_evenly():
    dynamics = Dynamics(Brush(size=20, scatter=2.0, count=4, dynamics=()), seed=3)
    centers = [one.center for _ in range(200) for one in dynamics.presses(Touch(HERE))]
    assert len(centers) == 800
    gaps = [HERE.distance(center) for center in centers]
    assert 30 < max(gaps) <= 40
    assert sum(gap < 20 for gap in gaps) == pytest.approx(800 / 4, rel=0.2)  # a quarter of the area


def test_jitter_only_ever_takes_away():
    brush = Brush(size=50, opacity=0.8, size_jitter=0.6, opacity_jitter=0.5, angle_jitter=0.25, roundness=0.5)
    dynamics = Dynamics(brush, seed=1)
    made = [one for _ in range(300) for one in dynamics.presses(Touch(HERE))]
    assert 20 <= min(one.diameter for one in made) < 24
    assert 46 < max(one.diameter for one in made) <= 50
    assert 0.4 <= min(one.opacity for one in made) <= max(one.opacity for one in made) <= 0.8
    assert all(abs(one.shape.angle) <= 45 for one in made)


def test_chance_comes_from_the_seed():
    brush = Brush(size=20, scatter=1, size_jitter=1, dynamics=(Dynamic("flow", "random"),))
    rows = [[press_ for _ in range(5) for press_ in dynamics.presses(Touch(HERE))] for dynamics in (
        Dynamics(brush, 1), Dynamics(brush, 1), Dynamics(brush, 2)
    )]  # fmt: skip
    assert rows[0] == rows[1] != rows[2]


def test_chance_per_stroke_is_the_same_for_every_dab():
    brush = Brush(size=20, dynamics=(Dynamic("size", "random per stroke"),))
    sizes = {one.diameter for seed in range(5) for one in _three(Dynamics(brush, seed))}
    assert len(sizes) == 5


def _three(dynamics: Dynamics) -> list[Press]:
    return [one for _ in range(3) for one in dynamics.presses(Touch(HERE))]


def test_spacing_follows_the_hand_but_not_chance():
    by_pressure = Dynamics(Brush(size=40, spacing=0.1))
    assert by_pressure.step(Touch(HERE, pressure=0.5)) == pytest.approx(2)
    by_chance = Dynamics(Brush(size=40, spacing=0.1, size_jitter=1, dynamics=(Dynamic("size", "random"),)))
    assert {by_chance.step(Touch(HERE)) for _ in range(5)} == {4.0}
    assert Dynamics(Brush(size=1, spacing=0.01)).step(Touch(HERE, pressure=0.01)) == 0.5


def test_a_flat_tip_is_pressed_more_often():
    assert Dynamics(Brush(size=40, spacing=0.1, roundness=0.25)).step(Touch(HERE)) == pytest.approx(1)


def test_pressure_can_be_turned_on_and_off_by_its_short_name():
    from sdstudio.raster.dabs import with_changes

    brush = Brush(dynamics=(Dynamic("size", "pressure", FALLING), Dynamic("flow", "tilt")))
    assert with_changes(brush, {"size_by_pressure": True}) == brush, "a curve that is there stays"
    off = with_changes(brush, {"size_by_pressure": False})
    assert off.dynamics == (Dynamic("flow", "tilt"),)
    assert with_changes(off, {"opacity_by_pressure": True}).opacity_by_pressure
    assert math.isclose(with_changes(brush, {"size": 1e9}).size, 2000)
    assert with_changes(brush, {"dynamics": (Dynamic("size", "tilt", ()),)}).dynamics == ()
