from __future__ import annotations

import numpy as np
import pytest

from sdstudio.generation.masks import MAX_EDGE, compose_mask, denoise_mask, fill_weight, saturated

CLOSED = (False, False, False, False)


def box(height: int, width: int, inner: tuple[slice, slice], value: int = 255) -> np.ndarray:
    mask = np.zeros((height, width), np.uint8)
    mask[inner] = value
    return mask


def test_a_hard_edge_becomes_a_ramp_centred_on_it() -> None:
    row = denoise_mask(box(60, 200, np.s_[:, 100:]), feather=16)[30].astype(int)
    assert (row[100 + 8 :] == 255).all()
    assert (row[: 100 - 8] == 0).all()
    assert (np.diff(row) >= 0).all()
    assert row[99] < 128 < row[100]


def test_grey_stays_the_strength_it_says() -> None:
    grey = box(100, 100, np.s_[20:80, 20:80], 102)
    mask = denoise_mask(grey, feather=8)
    assert (mask[20:80, 20:80] == 102).all()
    assert mask.max() == 102
    assert mask[50, 17] in range(1, 102), "it ends softly as well"


def test_a_painted_ramp_keeps_its_values() -> None:
    ramp = np.tile(np.linspace(0, 250, 200).astype(np.uint8), (40, 1))
    mask = denoise_mask(ramp, feather=8)
    assert np.abs(mask[:, 4:].astype(int) - ramp[:, 4:]).max() <= 1
    assert mask[:, 0].max() < 10


def test_an_antialiased_edge_is_coverage_not_strength() -> None:
    hard, soft = box(60, 60, np.s_[20:40, 20:40]), box(60, 60, np.s_[20:40, 20:40])
    hard[19, 20:40], soft[19, 20:40] = 255, 90
    assert (denoise_mask(hard, feather=4) == denoise_mask(soft, feather=4)).all()


@pytest.mark.parametrize("thickness", [1, 2, 3, 5])
def test_what_is_thinner_than_the_ramp_may_still_change_fully(thickness: int) -> None:
    line = box(120, 120, np.s_[60 : 60 + thickness, :])
    mask = denoise_mask(line, feather=30)
    assert mask[60 + thickness // 2, 60] >= 240
    assert mask[60 - 40, 60] == 0


def test_nothing_selected_changes_nothing() -> None:
    assert not denoise_mask(np.zeros((10, 10), np.uint8), 16).any()


def test_everything_selected_may_change_everywhere() -> None:
    assert (denoise_mask(np.full((50, 50), 255, np.uint8), 16) == 255).all()


def test_values_near_the_top_become_the_top() -> None:
    assert list(saturated(np.array([0, 252, 253, 255], np.uint8))) == [0, 252, 255, 255]


def test_a_huge_selection_keeps_its_thin_lines() -> None:
    selection = box(6000, 6000, np.s_[3000:3001, :])
    mask = denoise_mask(selection, feather=2)
    assert mask.shape[0] < 6000
    middle = mask.shape[0] // 2
    assert (mask[middle - 1 : middle + 2] > 0).any(axis=0).all()


def test_no_selection_means_no_alpha_whatever_the_edge() -> None:
    selection = np.random.default_rng(1).integers(0, 3, (50, 60)).astype(np.uint8) * 127
    for edge in (0, 1, 7, 400):
        alpha = compose_mask(selection, edge, open_sides=CLOSED)
        assert (alpha[selection == 0] == 0).all()
        assert (alpha[selection > 0] > 0).all()


def test_the_edge_is_soft_inside_and_full_in_the_middle() -> None:
    alpha = compose_mask(np.full((100, 100), 255, np.uint8), 16, open_sides=CLOSED)
    row = alpha[50].astype(int)
    assert row[0] == pytest.approx(255 / 16, abs=1)
    assert row[15] == row[50] == 255


def test_the_edge_is_never_wider_than_the_figures_allow() -> None:
    alpha = compose_mask(np.full((400, 400), 255, np.uint8), 300, open_sides=CLOSED)
    assert alpha[200, MAX_EDGE - 1] == 255


@pytest.mark.parametrize("thickness", [1, 2, 3, 4])
def test_thin_lines_are_replaced_fully(thickness: int) -> None:
    line = box(60, 60, np.s_[30 : 30 + thickness, :])
    alpha = compose_mask(line, 20, open_sides=CLOSED)
    assert alpha[30 + thickness // 2, 30] == 255


def test_the_canvas_edge_is_no_edge_of_the_patch() -> None:
    alpha = compose_mask(np.full((80, 80), 255, np.uint8), 16, open_sides=(True, False, True, False))
    assert alpha[40, 0] == alpha[40, 79] == 255
    assert alpha[0, 40] < 255
    assert alpha[79, 40] < 255


def test_strength_is_not_blending() -> None:
    alpha = compose_mask(np.full((80, 80), 60, np.uint8), 10, open_sides=CLOSED)
    assert alpha[40, 40] == 255


def test_only_full_strength_hides_the_old_content() -> None:
    selection = np.zeros((10, 30), np.uint8)
    selection[:, 10:20], selection[:, 20:] = 128, 255
    weight = fill_weight(selection)
    assert (weight[:, :18] == 0).all()
    assert (weight[:, 20:] == 1).all()
