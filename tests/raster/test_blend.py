from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from PySide6.QtGui import QImage

from sdstudio.raster.blend import BlendMode, blend, can_paint, limit, mix
from sdstudio.raster.kernels import add_pixels, mix_pixels, screen_pixels
from sdstudio.raster.pixels import over, view
from tests.helpers import w3c

OPACITIES = (1.0, 0.9, 0.7, 0.5, 0.31, 0.004)


def pixels(seed: int) -> np.ndarray:
    """Every kind of pixel: opaque, clear, nearly clear, black, white, pure and grey; (64, 64, 4) premultiplied."""
    rng = np.random.default_rng(seed)
    alpha = rng.choice([0, 1, 5, 128, 254, 255, 255, 255], (64, 64, 1))
    alpha[32:] = rng.integers(0, 256, (32, 64, 1))
    colour = rng.integers(0, 256, (64, 64, 3))
    colour[:, 48:] = rng.choice([0, 127, 128, 255], (64, 16, 3))
    colour[:, 40:48] = colour[:, 40:48, :1]
    return np.concatenate((np.rint(colour * alpha / 255), alpha), axis=2).astype(np.uint8)


def blended(backdrop: np.ndarray, source: np.ndarray, mode: BlendMode, opacity: float) -> np.ndarray:
    target = over(backdrop.copy()).copy()
    blend(target, over(source), mode, opacity)
    return view(target)


@pytest.mark.parametrize("mode", BlendMode)
@pytest.mark.parametrize("opacity", OPACITIES)
def test_every_mode_follows_the_specification(mode: BlendMode, opacity: float):
    backdrop, source = pixels(1), pixels(2)
    error = np.abs(blended(backdrop, source, mode, opacity) - w3c.composite(mode.name, backdrop, source, opacity))
    assert error.max() < 1


@pytest.mark.parametrize("mode", BlendMode)
def test_every_mode_is_within_one_step_at_full_opacity(mode: BlendMode):
    backdrop, source = pixels(3), pixels(4)
    error = np.abs(blended(backdrop, source, mode, 1.0) - w3c.composite(mode.name, backdrop, source, 1.0))
    assert error.max() <= 1


@pytest.mark.parametrize("mode", BlendMode)
@pytest.mark.parametrize("opacity", OPACITIES)
def test_colour_never_exceeds_alpha(mode: BlendMode, opacity: float):
    result = blended(pixels(5), pixels(6), mode, opacity)
    assert (result[:, :, :3] <= result[:, :, 3:]).all()


@pytest.mark.parametrize("mode", BlendMode)
def test_opacity_zero_and_a_clear_source_change_nothing(mode: BlendMode):
    backdrop = pixels(7)
    assert np.array_equal(blended(backdrop, pixels(8), mode, 0.0), backdrop)
    assert np.array_equal(blended(backdrop, np.zeros_like(backdrop), mode, 1.0), backdrop)


@pytest.mark.parametrize("mode", BlendMode)
def test_on_a_clear_backdrop_every_mode_is_the_source(mode: BlendMode):
    source = pixels(9)
    assert np.array_equal(blended(np.zeros_like(source), source, mode, 1.0), source)


@pytest.mark.parametrize("mode", BlendMode)
def test_a_pixel_depends_on_no_other_pixel(mode: BlendMode):
    """Dirty rectangles may be composed alone."""
    backdrop, source = pixels(10), pixels(11)
    for opacity in (0.6, 1.0):
        whole = blended(backdrop, source, mode, opacity)
        for part in (np.s_[7:30, 5:50], np.s_[0:3, 9:10], np.s_[40:64, 3:20], np.s_[1:2, 30:63]):
            alone = blended(np.ascontiguousarray(backdrop[part]), np.ascontiguousarray(source[part]), mode, opacity)
            assert np.array_equal(whole[part], alone)


@pytest.mark.parametrize("kernel", [add_pixels, screen_pixels, partial(mix_pixels, coverage=None)])
def test_the_end_of_a_row_is_computed_like_the_rest(kernel: Callable[..., None]):
    """What computes many pixels at once does the last few one by one, and must come to the same result."""
    backdrop, source = (side.astype(np.uint8).reshape(-1, 1, 4) for side in np.meshgrid(np.arange(256), np.arange(256)))
    for opacity in [*(step / 100 for step in range(1, 100, 7)), 0.1, 0.3, 0.9, 1 / 3]:
        whole, wide = backdrop.copy(), np.zeros((len(backdrop), 16, 4), np.uint8)
        alone = wide[:, :1]  # rows of one pixel that do not lie side by side: each of them is an end
        alone[...] = backdrop
        kernel(whole, source, opacity=opacity)
        apart = np.zeros_like(wide)
        apart[:, :1] = source
        kernel(alone, apart[:, :1], opacity=opacity)
        assert np.array_equal(whole, alone)


@pytest.mark.parametrize("opacity", [0.3, 0.77, 1.0])
@pytest.mark.parametrize("is_masked", [False, True])
def test_mixing_goes_from_one_picture_to_the_other_pixel_by_pixel(opacity: float, is_masked: bool):
    before, after = pixels(14), pixels(15)
    coverage = np.random.default_rng(16).integers(0, 256, (64, 64), np.uint8) if is_masked else None
    share = opacity if coverage is None else coverage[:, :, None] / 255 * opacity
    target = over(before.copy()).copy()
    mix(target, over(after), opacity, coverage)
    mixed = view(target)
    assert np.abs(mixed - (before * (1 - share) + after * share)).max() <= 1.5
    assert (mixed[:, :, :3] <= mixed[:, :, 3:]).all()
    for part in (np.s_[7:30, 5:50], np.s_[0:3, 9:10], np.s_[1:2, 30:63]):
        alone = over(np.ascontiguousarray(before[part])).copy()
        cut = None if coverage is None else np.ascontiguousarray(coverage[part])
        mix(alone, over(np.ascontiguousarray(after[part])), opacity, cut)
        assert np.array_equal(view(alone), mixed[part])


@pytest.mark.parametrize("width", [256, 7, 1])
def test_a_limited_picture_is_the_rounded_product(width: int):
    shape = (65536 // width, width)
    values, coverage = (np.resize(side.astype(np.uint8), shape) for side in np.meshgrid(np.arange(256), np.arange(256)))
    target = over(np.repeat(values[:, :, None], 4, axis=2)).copy()
    limit(target, coverage)
    assert np.array_equal(view(target)[:, :, 1], np.rint(values * (coverage / 255)).astype(np.uint8))


def test_rows_longer_than_what_is_computed_at_once_are_mixed_to_their_end():
    before, after = np.zeros((2, 40_000, 4), np.uint8), np.full((2, 40_000, 4), 200, np.uint8)
    target = over(before).copy()
    mix(target, over(after), 1.0, np.full((2, 40_000), 51, np.uint8))
    assert (view(target) == 40).all()


def test_a_source_that_somebody_else_holds_stays_as_it_is():
    source = over(pixels(12)).copy()
    held = QImage(source)
    target = over(pixels(13)).copy()
    for mode in BlendMode:
        blend(target, source, mode, 0.5)
    assert source == held


def test_names_are_those_of_openraster_and_labels_are_words():
    assert BlendMode("svg:color-dodge") is BlendMode.COLOR_DODGE
    assert BlendMode.HARD_LIGHT.label == "Hard light"
    assert BlendMode.DARKER_COLOR.label == "Darker colour"
    assert len({mode.label for mode in BlendMode}) == len(BlendMode) == 27


def test_qpainter_is_trusted_only_with_what_it_does_well():
    assert can_paint(BlendMode.NORMAL)
    assert not can_paint(BlendMode.SOFT_LIGHT)
