from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QColor

from sdstudio.raster.geometry import Bounds, Point
from sdstudio.raster.gradient import BACKGROUND, FOREGROUND, Gradient, Ramp, Stop
from sdstudio.raster.pixels import view

BLACK_TO_WHITE = Ramp((Stop(0, "#000000"), Stop(1, "#ffffff")))
RED_TO_NOTHING = Ramp((Stop(0, "#ff0000"), Stop(1, "#0000ff", 0)))
SHAPES = ("linear", "reflected", "radial", "angle", "diamond")
REPEATS = ("none", "repeat", "mirror")

unit = st.floats(0, 1, width=16)
places = st.builds(Point, st.integers(-50, 150), st.integers(-50, 150))
colors = st.integers(0, 0xFFFFFF).map(lambda value: f"#{value:06x}")
ramps = st.lists(st.builds(Stop, unit, colors, unit), min_size=1, max_size=5).map(lambda stops: Ramp(tuple(stops)))
gradients = st.builds(
    Gradient, ramps, places, places, st.sampled_from(SHAPES), st.sampled_from(REPEATS), st.booleans(), st.booleans()
)
areas = st.builds(Bounds, st.integers(-40, 80), st.integers(-40, 80), st.integers(1, 90), st.integers(1, 90))


def levels(gradient: Gradient, *at: tuple[int, int]) -> list[int]:
    """The red channel at some pixels."""
    return [gradient.render(Bounds(x, y, 1, 1)).pixelColor(0, 0).red() for x, y in at]


def plain(shape: str, **more: object) -> Gradient:
    return Gradient(BLACK_TO_WHITE, Point(0.5, 0.5), Point(100.5, 0.5), shape=shape, dither=False, **more)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [  # at the start, halfway, at the end, beyond, on the other side, a quarter turn on
        ("linear", [0, 128, 255, 255, 0, 0]),
        ("reflected", [0, 128, 255, 255, 128, 0]),
        ("radial", [0, 128, 255, 255, 128, 128]),
        ("diamond", [0, 128, 255, 255, 128, 128]),
        ("angle", [0, 0, 0, 0, 128, 64]),
    ],
)
def test_each_shape_has_its_colours_where_it_says(shape: str, expected: list[int]) -> None:
    found = levels(plain(shape), (0, 0), (50, 0), (100, 0), (170, 0), (-50, 0), (0, 50))
    assert found == pytest.approx(expected, abs=1)


def test_diamond_and_radial_differ_on_the_diagonal() -> None:
    assert levels(plain("diamond"), (40, 40)) == pytest.approx([204], abs=1)
    assert levels(plain("radial"), (40, 40)) == pytest.approx([144], abs=1)


@pytest.mark.parametrize(("repeat", "expected"), [("none", [255, 0]), ("repeat", [64, 191]), ("mirror", [191, 64])])
def test_what_comes_beyond_the_ends(repeat: str, expected: list[int]) -> None:
    assert levels(plain("linear", repeat=repeat), (125, 0), (-25, 0)) == pytest.approx(expected, abs=1)


def test_reverse_is_the_same_ramp_from_the_other_end() -> None:
    forwards, backwards = plain("linear"), plain("linear", reverse=True)
    assert levels(backwards, (30, 5)) == pytest.approx([255 - levels(forwards, (30, 5))[0]], abs=1)


def test_two_stops_at_one_place_are_a_hard_edge_in_both_directions() -> None:
    ramp = Ramp((Stop(0, "#000000"), Stop(0.5, "#000000"), Stop(0.5, "#ffffff"), Stop(1, "#ffffff")))
    gradient = Gradient(ramp, Point(0, 0), Point(100, 0), dither=False)
    assert levels(gradient, (48, 0), (51, 0)) == [0, 255]
    assert levels(Gradient(ramp, Point(0, 0), Point(100, 0), reverse=True), (48, 0), (51, 0)) == [255, 0]


def test_to_transparent_keeps_the_colour_on_the_way() -> None:
    half = Gradient(RED_TO_NOTHING, Point(0, 0), Point(100, 0), dither=False).render(Bounds(49, 0, 2, 1))
    color = half.pixelColor(0, 0)
    assert (color.red(), color.green(), color.blue()) == (255, 0, 0)
    assert color.alpha() == pytest.approx(128, abs=2)


@given(gradient=gradients, area=areas, inner=areas)
def test_a_part_looks_as_it_does_in_the_whole(gradient: Gradient, area: Bounds, inner: Bounds) -> None:
    part = inner.intersected(area)
    if not part.is_empty:
        whole, alone = view(gradient.render(area)), view(gradient.render(part))
        top, left = part.y - area.y, part.x - area.x
        assert (whole[top : top + part.height, left : left + part.width] == alone).all()


@given(gradient=gradients, area=areas)
def test_no_colour_is_above_its_alpha(gradient: Gradient, area: Bounds) -> None:
    pixels = view(gradient.render(area))
    assert (pixels[:, :, :3] <= pixels[:, :, 3:]).all()


def test_dither_keeps_the_mean_and_flat_colours() -> None:
    dark = Ramp((Stop(0, "#000000"), Stop(1, "#030303")))
    area = Bounds(0, 0, 1024, 64)
    soft = view(Gradient(dark, Point(0, 0), Point(1024, 0)).render(area))[:, :, 0].astype(float)
    hard = view(Gradient(dark, Point(0, 0), Point(1024, 0), dither=False).render(area))[:, :, 0].astype(float)
    ideal = np.linspace(0, 3, 1024)
    assert np.abs(soft.mean(axis=0).reshape(-1, 16).mean(axis=1) - ideal.reshape(-1, 16).mean(axis=1)).max() < 0.1
    assert np.abs(hard.mean(axis=0) - ideal).max() > 0.4  # bands
    flat = Ramp((Stop(0, "#6789ab"), Stop(1, "#6789ab")))
    assert Gradient(flat, Point(0, 0), Point(9, 9)).render(Bounds(0, 0, 40, 40)).pixelColor(7, 11) == QColor("#6789ab")


def test_named_colours_must_be_resolved_first() -> None:
    ramp = Ramp((Stop(0, FOREGROUND), Stop(1, BACKGROUND, 0.5)))
    with pytest.raises(ValueError, match="resolved"):
        Gradient(ramp, Point(0, 0), Point(9, 0)).render(Bounds(0, 0, 4, 4))
    real = ramp.resolved(QColor("red"), QColor("blue"))
    assert [stop.color for stop in real.stops] == ["#ff0000", "#0000ff"]
    assert real.color(0) == QColor("red")
    assert real.color(1).alpha() == 128


def test_a_gradient_without_length_is_its_last_colour() -> None:
    assert levels(Gradient(BLACK_TO_WHITE, Point(5, 5), Point(5, 5)), (0, 0), (9, 9)) == [255, 255]


@pytest.mark.parametrize("wrong", [(0.5, "no colour", 1), (1.5, "red", 1), (0.5, "red", -1), (float("nan"), "red", 1)])
def test_what_is_no_stop_cannot_be_made(wrong: tuple[float, str, float]) -> None:
    with pytest.raises(ValueError, match=r"colour|stop"):
        Stop(*wrong)
    with pytest.raises(ValueError, match="stop"):
        Ramp(())


@given(gradient=gradients, area=areas)
def test_without_dither_every_level_is_the_nearest(gradient: Gradient, area: Bounds) -> None:
    soft, hard = (view(replace(gradient, dither=dither).render(area)).astype(int) for dither in (True, False))
    assert np.abs(soft - hard).max() <= 1
