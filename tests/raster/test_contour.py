from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdstudio.raster import contour, masks
from sdstudio.raster.geometry import Bounds, Point
from sdstudio.raster.pixels import Pixels
from sdstudio.raster.tiles import Mask


def square(side: int, inside: Bounds, value: int = 255) -> np.ndarray:
    coverage = np.zeros((side, side), np.uint8)
    coverage[inside.y : inside.bottom, inside.x : inside.right] = value
    return coverage


@pytest.mark.parametrize("px", [1, 5, 8, 20, 50])
def test_grow_spreads_by_that_many_pixels_and_stays_round(px: int):
    grown = contour.grow(square(161, Bounds(80, 80, 1, 1)), px)
    rows, columns = np.nonzero(grown)
    assert (columns.min(), columns.max(), rows.min(), rows.max()) == (80 - px, 80 + px, 80 - px, 80 + px)
    assert np.hypot(columns - 80, rows - 80).max() <= px * 1.08 + 0.8


def test_grow_by_less_than_nothing_shrinks_but_not_at_the_border():
    shrunk = contour.grow(square(100, Bounds(0, 20, 60, 60)), -10)
    assert np.argwhere(shrunk).min(axis=0).tolist() == [30, 0]
    assert np.argwhere(shrunk).max(axis=0).tolist() == [69, 49]


def test_grow_by_nothing_is_a_copy():
    coverage = square(10, Bounds(2, 2, 3, 3))
    same = contour.grow(coverage, 0)
    assert np.array_equal(same, coverage)
    assert same is not coverage


@pytest.mark.parametrize("px", [1, 2, 3, 10, 50])
def test_feather_changes_nothing_farther_from_the_edge(px: int):
    before = square(300, Bounds(100, 0, 200, 300))
    soft = contour.feather(before, px)
    assert (soft[:, : 100 - px] == 0).all()
    assert (soft[:, 100 + px :] == 255).all()
    assert (np.diff(soft[150].astype(int)) >= 0).all()
    assert 90 <= soft[150, 99:101].mean() <= 165


def test_feather_does_not_fade_at_the_border_of_the_picture():
    full = np.full((40, 40), 255, np.uint8)
    assert (contour.feather(full, 10) == 255).all()


def test_feather_by_nothing_is_a_copy():
    before = square(30, Bounds(10, 10, 10, 10))
    assert np.array_equal(contour.feather(before, 0), before)


def blob(seed: int, side: int = 120) -> np.ndarray:
    """A soft shape of random circles that keeps away from the border."""
    rng, mask = np.random.default_rng(seed), Mask()
    for _ in range(4):
        x, y, radius = *rng.uniform(40, side - 40, 2).tolist(), rng.uniform(3, 12)
        mask = masks.combined(mask, masks.ellipse(x - radius, y - radius, x + radius, y + radius), "add", SPACE)
    return mask.read(Bounds(0, 0, side, side))


SPACE = Bounds(0, 0, 120, 120)
seeds = st.integers(0, 2**16)
widths = st.integers(1, 12)


@given(seed=seeds, px=widths)
def test_growing_and_shrinking_back_contains_the_start_and_the_other_way_round(seed: int, px: int):
    start = blob(seed)
    assert (contour.grow(contour.grow(start, px), -px) >= start).all()
    assert (contour.grow(contour.grow(start, -px), px) <= start).all()


@given(seed=seeds, px=widths)
def test_shrinking_is_growing_what_is_outside(seed: int, px: int):
    start = blob(seed)
    assert (contour.grow(start, -px) == 255 - contour.grow(255 - start, px)).all()


@pytest.mark.parametrize(("seed", "px"), [(0, 17), (1, 23), (2, 30)])
def test_a_large_step_goes_as_far_as_it_says(seed: int, px: int):
    start = np.pad(blob(seed), 40)
    far = contour.grow(start, px).astype(int)
    near = np.where(start > 127, np.uint8(255), np.uint8(0))
    rows, columns = np.nonzero(near)
    y, x = np.indices(start.shape)
    away = np.full(start.shape, np.inf)
    for r, c in zip(rows, columns, strict=True):
        np.minimum(away, np.hypot(y - r, x - c), out=away)
    # Within 3 % of the way.
    assert (far >= np.maximum(start, 255 * np.clip(px * 0.97 + 1 - away, 0, 1)) - 2).all()
    assert (far <= np.maximum(start, 255 * np.clip(px * 1.03 + 1 - away, 0, 1)) + 2).all()
    assert (contour.grow(contour.grow(start, px), -px) >= contour.grow(start, -2)).all()


def test_far_keeps_the_strength_of_a_weak_mask_and_what_is_soft_stays_soft():
    weak = contour.grow(square(200, Bounds(80, 80, 40, 40), 90), 30)
    assert set(np.unique(weak)) <= set(range(91))
    assert weak[100, 55] == 90
    soft = contour.feather(square(200, Bounds(60, 60, 80, 80)), 30)
    grown = contour.grow(soft, 20)
    assert grown[100, 100 - 50] == soft[100, 100 - 30]


def test_shrinking_far_leaves_the_border_of_the_picture():
    shrunk = contour.grow(square(200, Bounds(0, 50, 100, 100)), -20)
    assert np.argwhere(shrunk).min(axis=0).tolist() == [70, 0]
    assert np.argwhere(shrunk).max(axis=0).tolist() == [129, 79]


@given(seed=seeds, px=st.integers(1, 20))
def test_feathering_keeps_the_mass(seed: int, px: int):
    start = blob(seed)
    assert float(contour.feather(start, px).sum()) == pytest.approx(float(start.sum()), rel=0.05)


@given(seed=seeds, px=st.integers(1, 15))
def test_reworking_looks_at_the_edge_only_and_gives_the_same(seed: int, px: int):
    start, mask = blob(seed), Mask()
    mask.write(SPACE, start)
    for work in (contour.grow, contour.feather, contour.border, contour.smooth):
        part = contour.reworked(mask, SPACE, 2 * px, lambda coverage, work=work: work(coverage, px))
        assert (part.read(SPACE) == work(start, px)).all(), work.__name__
    assert (mask.read(SPACE) == start).all()


@pytest.mark.parametrize("px", [1, 2, 3, 8, 20])
def test_a_border_is_as_wide_as_it_says_and_lies_on_the_edge(px: int):
    band = contour.border(square(200, Bounds(60, 60, 80, 80)), px)
    row = np.flatnonzero(band[100])
    assert len(row) == 2 * px
    assert (row[0], row[-1]) == (60 - (px - px // 2), 139 + (px - px // 2))
    assert band[100, 100] == 0


def test_a_border_does_not_follow_the_border_of_the_picture():
    band = contour.border(square(100, Bounds(0, 0, 50, 100)), 4)
    assert np.flatnonzero(band[50]).tolist() == [48, 49, 50, 51]
    assert band[0, 20] == 0


def test_smoothing_takes_specks_and_notches_and_leaves_long_edges():
    start = square(100, Bounds(20, 0, 80, 100))
    start[50, 5] = 255  # a speck
    start[30:33, 60] = 0  # a notch
    soft = contour.smooth(start, 4)
    assert soft[50, 5] == 0
    assert soft[31, 60] == 255
    assert abs(int(soft[50, 19]) - 0) < 80
    assert (soft[:, 22:] == 255).all()
    assert np.array_equal(contour.smooth(start, 0), start)


def test_closing_holes_fills_what_is_enclosed_with_its_soft_rim_and_nothing_else():
    ring = masks.combined(masks.ellipse(20, 20, 100, 100), masks.ellipse(40, 40, 80, 80), "subtract", SPACE)
    whole = masks.ellipse(20, 20, 100, 100).read(SPACE)
    assert (contour.close_holes(ring.read(SPACE)) == whole).all()
    bay = square(60, Bounds(10, 10, 40, 40))
    bay[0:30, 28:32] = 0  # open to the outside
    assert (contour.close_holes(bay) == bay).all()


def test_closing_holes_keeps_the_strength_of_a_weak_mask():
    weak = square(60, Bounds(10, 10, 40, 40), 90)
    weak[20:30, 20:30] = 0
    assert (contour.close_holes(weak) == square(60, Bounds(10, 10, 40, 40), 90)).all()
    assert not contour.close_holes(np.zeros((9, 9), np.uint8)).any()


@pytest.mark.parametrize("value", [0, 255])
def test_a_canvas_of_one_pixel_survives_everything(value: int):
    dot = np.full((1, 1), value, np.uint8)
    for work in (contour.grow, contour.feather, contour.smooth):
        for px in (1, 5, 40):
            assert work(dot, px).tolist() == [[value]]
    assert contour.grow(dot, -40).tolist() == [[value]]
    assert contour.close_holes(dot).tolist() == [[value]]
    assert contour.border(dot, 5).tolist() == [[0]]
    assert masks.polygon([Point(0, 0), Point(1, 0), Point(1, 1), Point(0, 1)]).read(Bounds(0, 0, 1, 1)) == 255


def test_smoothing_by_more_than_a_median_reaches_still_rounds() -> None:
    start = square(900, Bounds(150, 150, 600, 600))
    rounded = contour.smooth(start, 200)
    assert rounded.shape == start.shape
    assert rounded[150, 150] == 0
    assert rounded[450, 450] == 255
    assert rounded[450, 155] == 255
    assert rounded[450, 145] == 0
    assert contour.smooth(start[:, 448:451], 250).shape == (900, 3)


@pytest.mark.parametrize("work", [contour.grow, contour.feather, contour.border, contour.smooth])
def test_the_work_tells_how_far_it_is_and_can_be_ended(work: Callable[..., Pixels]) -> None:
    shares: list[float] = []
    work(square(100, Bounds(20, 20, 60, 60)), 12, shares.append)
    assert shares
    assert shares == sorted(shares)
    assert 0 <= shares[0] <= shares[-1] <= 1

    def stop(share: float) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        work(square(100, Bounds(20, 20, 60, 60)), 12, stop)
