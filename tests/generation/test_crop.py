from __future__ import annotations

import numpy as np
import pytest

from sdstudio.generation.crop import to_canvas, to_model, to_screen
from sdstudio.raster.geometry import Bounds, Extent


def gradient(width: int, height: int) -> np.ndarray:
    x, y = np.meshgrid(np.arange(width) * 255 / max(width - 1, 1), np.arange(height) * 255 / max(height - 1, 1))
    return np.dstack((x, y, np.full_like(x, 90))).astype(np.uint8)


def test_at_its_own_size_nothing_is_resampled() -> None:
    picture = np.random.default_rng(1).integers(0, 256, (50, 60, 3), np.uint8)
    seen, context = Bounds(0, 0, 60, 50), Bounds(-2, -3, 64, 56)
    sent = to_model(picture, seen, context, Extent(64, 56))
    assert (sent[3:53, 2:62] == picture).all()
    assert (sent[0, 2:62] == picture[0]).all(), "edge pixels are repeated"
    assert (sent[3:53, -1] == picture[:, -1]).all()
    assert (to_canvas(sent, context, seen) == picture).all()


@pytest.mark.parametrize(("extent", "tolerance"), [(Extent(128, 96), 4), (Extent(512, 384), 3), (Extent(256, 192), 0)])
def test_there_and_back_again_is_at_the_same_place(extent: Extent, tolerance: int) -> None:
    picture = gradient(256, 192)
    whole = Bounds(0, 0, 256, 192)
    back = to_canvas(to_model(picture, whole, whole, extent), whole, Bounds(40, 50, 100, 60))
    wanted = picture[50:110, 40:140].astype(int)
    assert np.abs(back.astype(int) - wanted).max() <= tolerance


def test_a_small_part_of_a_large_context_is_at_its_place() -> None:
    picture = gradient(256, 192)
    whole = Bounds(0, 0, 256, 192)
    assert (to_canvas(picture, whole, Bounds(100, 90, 7, 5)) == picture[90:95, 100:107]).all()
    doubled = to_canvas(picture, Bounds(0, 0, 512, 384), Bounds(200, 180, 10, 10))
    assert (
        np.abs(
            doubled.astype(int) - to_canvas(picture, Bounds(0, 0, 512, 384), Bounds(0, 0, 512, 384))[180:190, 200:210]
        ).max()
        <= 1
    )


def test_shrinking_averages() -> None:
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::2] = 255
    small = to_screen(stripes, Bounds(0, 0, 64, 64), Bounds(0, 0, 64, 64), Extent(8, 8))
    assert np.abs(small.astype(int) - 127).max() <= 2


def test_a_mask_stays_zero_beyond_its_edge_when_it_grows() -> None:
    mask = np.zeros((32, 32), np.uint8)
    mask[:, 16:] = 255
    whole = Bounds(0, 0, 32, 32)
    grown = to_model(mask, whole, whole, Extent(256, 256))
    assert (grown[:, :120] == 0).all()
    assert (grown[:, 136:] == 255).all()


def test_a_very_long_canvas_never_becomes_a_huge_square() -> None:
    line = np.zeros((4, 16_000, 3), np.uint8)
    line[:, 8000:] = 255
    context = Bounds(0, -3198, 16_000, 6400)
    sent = to_model(line, Bounds(0, 0, 16_000, 4), context, Extent(400, 160))
    assert sent.shape == (160, 400, 3)
    assert (sent[:, :199] == 0).all()
    assert (sent[:, 201:] == 255).all()
    back = to_canvas(sent, context, Bounds(0, 0, 16_000, 4))
    assert back.shape == (4, 16_000, 3)
    assert (back[:, :7900] == 0).all()


def test_a_smaller_version_of_what_is_seen_will_do() -> None:
    whole = Bounds(0, 0, 400, 200)
    mask = np.zeros((50, 100), np.uint8)
    mask[:, 50:] = 255
    sent = to_model(mask, whole, Bounds(0, -100, 400, 400), Extent(64, 64))
    assert (sent[:, :31] == 0).all()
    assert (sent[:, 33:] == 255).all()
