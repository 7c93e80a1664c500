from __future__ import annotations

import colorsys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdstudio.raster import colour

PART = st.integers(0, 255)
RGB = st.tuples(PART, PART, PART)


@pytest.mark.parametrize(
    ("rgb", "lch"),  # from the examples of CSS Color 4, section 9.4
    [
        ((1, 1, 1), (1.0, 0.0, 0.0)),
        ((1, 0, 0), (0.62796, 0.25768, 29.234)),
        ((0, 1, 0), (0.86644, 0.29483, 142.495)),
        ((0, 0, 1), (0.45201, 0.31321, 264.052)),
    ],
)
def test_oklch_is_the_published_one(rgb: tuple[int, ...], lch: tuple[float, ...]) -> None:
    assert colour.oklch_of_rgb(rgb) == pytest.approx(lch, abs=2e-3)


@given(RGB)
def test_every_colour_of_8_bits_comes_back_from_each_space(rgb: tuple[int, int, int]) -> None:
    values = np.array(rgb) / 255
    assert colour.bytes_of(colour.rgb_of_oklch(colour.oklch_of_rgb(values))).tolist() == list(rgb)
    assert colour.bytes_of(colour.rgb_of_oklab(colour.oklab_of_rgb(values))).tolist() == list(rgb)
    assert colour.bytes_of(colour.rgb_of_hsv(colour.hsv_of_rgb(values))).tolist() == list(rgb)
    assert colour.in_gamut(colour.rgb_of_oklch(colour.oklch_of_rgb(values)))


@given(RGB)
def test_hsv_is_what_everybody_means_by_it(rgb: tuple[int, int, int]) -> None:
    hue, saturation, value = colorsys.rgb_to_hsv(*(part / 255 for part in rgb))
    assert colour.hsv_of_rgb(np.array(rgb) / 255) == pytest.approx((hue * 360, saturation, value), abs=1e-9)


@given(st.floats(0, 1), st.floats(0, 0.5), st.floats(0, 360))
def test_reducing_chroma_reaches_the_gamut_and_keeps_lightness_and_hue(light: float, chroma: float, hue: float) -> None:
    fitted = colour.into_gamut((light, chroma, hue))
    assert colour.in_gamut(colour.rgb_of_oklch(fitted))
    assert fitted[0] == light
    assert fitted[2] == hue
    assert fitted[1] <= chroma
    if colour.in_gamut(colour.rgb_of_oklch((light, chroma, hue))):
        assert fitted[1] == chroma


def test_the_gamut_is_used_up_to_its_edge() -> None:
    fitted = colour.into_gamut((0.7, 0.4, 30.0))
    assert not colour.in_gamut(colour.rgb_of_oklch(fitted + np.array((0, 0.002, 0))))


def test_arrays_are_treated_as_their_colours_one_by_one() -> None:
    many = np.random.default_rng(1).random((7, 5, 3))
    whole = colour.into_gamut(colour.oklch_of_rgb(many))
    assert whole[3, 2] == pytest.approx(colour.into_gamut(colour.oklch_of_rgb(many[3, 2])))
    assert colour.hsv_of_rgb(many)[6, 0] == pytest.approx(colour.hsv_of_rgb(many[6, 0]))


def test_grey_has_no_hue() -> None:
    assert colour.oklch_of_rgb((0.5, 0.5, 0.5))[2] == 0
    assert colour.hsv_of_rgb((0.5, 0.5, 0.5)).tolist() == [0, 0, 0.5]
