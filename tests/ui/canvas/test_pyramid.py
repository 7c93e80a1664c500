from __future__ import annotations

import numpy as np
import pytest

from sdstudio.raster.geometry import Bounds, Extent
from sdstudio.raster.pixels import Pixels, over, view
from sdstudio.raster.tiles import Mask, Surface
from sdstudio.ui.canvas.pyramid import Pyramid, covering, level_for


class Source:
    """Coverage that says how much of it was read."""

    def __init__(self, pixels: Pixels) -> None:
        self.pixels = pixels
        self.read_areas: list[Bounds] = []

    def __call__(self, area: Bounds) -> Pixels:
        self.read_areas.append(area)
        return self.pixels[area.y : area.bottom, area.x : area.right]


@pytest.fixture
def source() -> Source:
    return Source(np.random.default_rng(1).integers(0, 256, (700, 901), dtype=np.uint8))


def pyramid_over(source: Source) -> Pyramid[Pixels]:
    height, width = source.pixels.shape
    return Pyramid(source, Extent(width, height), Mask)


@pytest.mark.parametrize(("zoom", "level"), [(64, 0), (1, 0), (0.51, 0), (0.5, 1), (0.3, 1), (0.25, 2), (0.02, 5)])
def test_the_level_has_at_least_the_pixels_of_the_screen(zoom: float, level: int) -> None:
    assert level_for(zoom) == level


@pytest.mark.parametrize("level", [1, 2, 3])
def test_a_pixel_is_the_mean_of_the_square_below(source: Source, level: int) -> None:
    step = 1 << level
    reduced = pyramid_over(source).image(Bounds(10, 20, 30, 25), level)
    square = source.pixels[20 * step : 45 * step, 10 * step : 40 * step].astype(float)
    means = square.reshape(25, step, 30, step).mean(axis=(1, 3))
    assert np.abs(reduced - means).max() <= 0.51


def test_the_last_column_is_the_mean_of_what_is_left(source: Source) -> None:
    source.pixels[:, 896:] = 200
    reduced = pyramid_over(source).image(Bounds(110, 0, 3, 4), 3)  # 901 = 112 * 8 + 5
    assert (reduced[:, 2] == 200).all()


def test_only_what_changed_is_read_again(source: Source) -> None:
    pyramid = pyramid_over(source)
    whole = covering(Bounds(0, 0, 901, 700), 2)
    before = pyramid.image(whole, 2)
    source.read_areas.clear()
    assert (pyramid.image(whole, 2) == before).all()
    assert source.read_areas == []

    source.pixels[100:110, 200:210] = 255 - source.pixels[100:110, 200:210]
    pyramid.forget(Bounds(200, 100, 10, 10))
    after = pyramid.image(whole, 2)
    assert source.read_areas == [Bounds(200, 100, 12, 12)]
    changed = np.argwhere(after != before)
    assert changed.min(axis=0).tolist() >= [25, 50]
    assert changed.max(axis=0).tolist() <= [27, 52]
    assert (after == pyramid_over(source).image(whole, 2)).all()


def test_many_changes_are_all_seen(source: Source) -> None:
    pyramid = pyramid_over(source)
    whole = covering(Bounds(0, 0, 901, 700), 1)
    pyramid.image(whole, 1)
    for index in range(300):
        x, y = index * 3, (index * 37) % 690
        source.pixels[y, x] = 255 - source.pixels[y, x]
        pyramid.forget(Bounds(x, y, 1, 1))
    assert (pyramid.image(whole, 1) == pyramid_over(source).image(whole, 1)).all()


def test_pictures_keep_their_four_channels() -> None:
    pixels = np.zeros((64, 64, 4), np.uint8)
    pixels[:, :32] = (10, 20, 30, 40)
    image = over(pixels)
    pyramid = Pyramid(lambda area: image.copy(area.x, area.y, area.width, area.height), Extent(64, 64), Surface)
    reduced = view(pyramid.image(Bounds(0, 0, 16, 16), 2))
    assert (reduced[:, :8] == (10, 20, 30, 40)).all()
    assert (reduced[:, 8:] == 0).all()
