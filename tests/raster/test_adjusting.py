from __future__ import annotations

import colorsys

import msgspec
import numpy as np
import pytest
from PySide6.QtGui import QColor

from sdstudio.raster.adjusting import adjusted, blurred
from sdstudio.raster.adjustments import (
    KINDS,
    Adjustment,
    Blur,
    BrightnessContrast,
    Curves,
    HueSaturation,
    Invert,
    Levels,
    LevelsRange,
    Posterise,
    Threshold,
    reach_px,
)
from sdstudio.raster.pixels import filled, over, view
from tests.raster.test_blend import pixels

NEUTRAL = [Levels(), Curves(), HueSaturation(), BrightnessContrast(), Blur(radius=0.0)]
STRONG = [
    Levels(rgb=LevelsRange(20, 1.7, 220), blue=LevelsRange(out_black=40)),
    Curves(rgb=((0, 30), (90, 60), (255, 200))),
    HueSaturation(70, 60, -20),
    BrightnessContrast(30, -40),
    Blur(radius=2.5),
    Blur(radius=12.0),
    Invert(),
    Posterise(steps=3),
    Threshold(level=90),
]


def of_color(adjustment: Adjustment, color: QColor | str) -> tuple[int, ...]:
    return adjusted(filled(3, 3, QColor(color)), adjustment).pixelColor(1, 1).getRgb()


@pytest.mark.parametrize("adjustment", NEUTRAL, ids=lambda a: type(a).__name__)
def test_neutral_values_change_nothing(adjustment: Adjustment):
    picture = over(pixels(1)).copy()
    assert np.abs(view(adjusted(picture, adjustment)).astype(int) - view(picture)).max() <= 1


@pytest.mark.parametrize("adjustment", STRONG, ids=lambda a: type(a).__name__)
def test_alpha_stays_and_colour_never_exceeds_it(adjustment: Adjustment):
    picture = over(pixels(2)).copy()
    before = view(picture).copy()
    after = view(adjusted(picture, adjustment))
    assert np.array_equal(view(picture), before)
    assert not np.array_equal(after, before)
    assert (after[:, :, :3] <= after[:, :, 3:]).all()
    if not isinstance(adjustment, Blur):
        assert np.array_equal(after[:, :, 3], before[:, :, 3])


@pytest.mark.parametrize("adjustment", STRONG, ids=lambda a: type(a).__name__)
def test_a_part_that_is_wide_enough_comes_out_as_in_the_whole(adjustment: Adjustment):
    whole = np.tile(pixels(3), (3, 3, 1))
    reach = reach_px(adjustment)
    part = np.ascontiguousarray(whole[70 - reach : 90 + reach, 60 - reach : 100 + reach])
    after = view(adjusted(over(part).copy(), adjustment))
    expected = view(adjusted(over(whole).copy(), adjustment))[70:90, 60:100]
    assert np.array_equal(after[reach : reach + 20, reach : reach + 40], expected)


def test_levels_stretch_what_lies_between_black_and_white():
    levels = Levels(rgb=LevelsRange(black=50, white=150))
    assert of_color(levels, QColor(40, 100, 160)) == (0, 128, 255, 255)
    assert of_color(Levels(red=LevelsRange(out_black=255, out_white=0)), "red") == (0, 0, 0, 255)
    assert of_color(Levels(rgb=LevelsRange(gamma=2.0)), QColor(64, 64, 64))[0] == pytest.approx(128, abs=1)
    assert of_color(Levels(rgb=LevelsRange(black=200, white=100)), QColor(201, 200, 0)) == (255, 0, 0, 255)


def test_curves_go_through_their_points():
    curves = Curves(rgb=((0, 0), (100, 160), (255, 255)), green=((0, 255), (255, 0)))
    assert of_color(curves, QColor(100, 255, 255)) == (160, 0, 255, 255)


@pytest.mark.parametrize("color", ["#c84020", "#123456", "#80ff80", "#777777"])
def test_hue_saturation_and_lightness_are_those_of_hsl(color: str):
    hue, light, saturation = colorsys.rgb_to_hls(*QColor(color).getRgbF()[:3])
    expected = colorsys.hls_to_rgb((hue + 0.25) % 1, light + (1 - light) * 0.1, saturation * 0.5)
    after = of_color(HueSaturation(hue=90, saturation=-50, lightness=10), color)
    assert after[:3] == pytest.approx([255 * part for part in expected], abs=1)


def test_brightness_and_contrast():
    assert of_color(BrightnessContrast(brightness=100), "#204060") == (255, 255, 255, 255)
    assert of_color(BrightnessContrast(brightness=-100), "#204060") == (0, 0, 0, 255)
    assert of_color(BrightnessContrast(contrast=-100), "#00ff60") == (128, 128, 128, 255)
    assert of_color(BrightnessContrast(contrast=100), "#70a0ff") == (0, 255, 255, 255)


def test_invert_posterise_and_threshold():
    assert of_color(Invert(), QColor(10, 128, 255, 100))[3] == 100
    assert of_color(Invert(), "#0a80ff") == (245, 127, 0, 255)
    assert {of_color(Posterise(steps=3), QColor(v, v, v))[0] for v in range(256)} == {0, 128, 255}
    assert of_color(Threshold(level=128), "#00ff00") == (255, 255, 255, 255)  # green is bright
    assert of_color(Threshold(level=128), "#ff00ff") == (0, 0, 0, 255)


@pytest.mark.parametrize("radius", [0.8, 3.0, 4.0, 20.0])
def test_a_blur_spreads_as_far_as_it_says_and_keeps_what_there_is(radius: float):
    side = 2 * reach_px(Blur(radius=radius)) + 41
    spot = np.zeros((side, side, 4), np.uint8)
    middle = side // 2
    spot[middle - 20 : middle + 21, middle - 20 : middle + 21] = 255
    after = view(blurred(over(spot).copy(), radius))[:, :, 3].astype(float)
    assert after.sum() == pytest.approx(255 * 41 * 41, rel=0.03)
    rows = np.arange(side) - middle
    variance = (after.sum(axis=1) * rows**2).sum() / after.sum() - (41**2 - 1) / 12
    assert np.sqrt(variance) == pytest.approx(radius, rel=0.06, abs=0.1)
    assert not after[0].any()
    assert not after[:, 0].any()


@pytest.mark.parametrize("adjustment", STRONG, ids=lambda a: type(a).__name__)
def test_adjustments_survive_json(adjustment: Adjustment):
    assert msgspec.json.decode(msgspec.json.encode(adjustment), type=Adjustment) == adjustment


def test_every_kind_has_a_title_of_its_own_and_works_as_it_is_made():
    assert len({kind.title for kind in KINDS}) == len(KINDS)
    for kind in KINDS:
        adjusted(filled(5, 5, QColor("teal")), kind())


@pytest.mark.parametrize(
    "adjustment", [one for one in STRONG if not isinstance(one, Blur)], ids=lambda a: type(a).__name__
)
def test_a_pixel_comes_out_the_same_wherever_it_stands(adjustment: Adjustment):
    """Dirty rectangles of any width are composed alone."""
    whole = pixels(4)
    expected = view(adjusted(over(whole).copy(), adjustment))
    for left, width in ((0, 1), (3, 5), (1, 17), (7, 33), (20, 44)):
        part = over(np.ascontiguousarray(whole[:, left : left + width])).copy()
        assert np.array_equal(view(adjusted(part, adjustment)), expected[:, left : left + width])
