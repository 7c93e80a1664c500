"""The measures say what they should for pictures whose answer is known."""

import numpy as np
import pytest
import torch

from sdstudio.training.evaluation import classifier, measures
from sdstudio.training.pictures import COLOURS


def plain(colour: tuple[int, int, int]) -> np.ndarray:
    return np.full((64, 64, 3), colour, np.uint8)


@pytest.mark.parametrize("name", COLOURS)
def test_every_named_background_is_recognised(name: str) -> None:
    picture = plain(COLOURS[name])
    picture[16:48, 16:48] = (1, 2, 3)
    assert measures.background_of(picture) == name


def test_psnr_of_one_level_everywhere() -> None:
    assert measures.psnr(plain((10, 10, 10)), plain((11, 11, 11))) == pytest.approx(48.13, abs=0.01)


def test_ssim_is_one_for_the_same_picture_and_less_for_another() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3)).astype(np.uint8)
    assert measures.ssim(noise, noise) == pytest.approx(1)
    assert measures.ssim(noise, 255 - noise) < 0.1


def test_jump_sees_only_its_line() -> None:
    picture = plain((0, 0, 0))
    picture[:, 32:] = 50
    assert measures.jump(picture, 32) == 50
    assert measures.jump(picture, 31) == 0


def test_nearest_finds_a_copy() -> None:
    pictures = np.stack([plain((10, 200, 30)), plain((0, 0, 0))])
    small = measures.small(pictures)
    assert measures.nearest(small[:1], small)[0] == pytest.approx(0, abs=1e-3)
    assert measures.nearest(small[:1], small[1:])[0] > 0.3


def test_hits_count_first_and_any() -> None:
    ranked = np.array([[1, 2], [3, 4], [5, 6]])
    assert classifier.hits(ranked, np.array([1, 4, 0])) == (pytest.approx(1 / 3), pytest.approx(2 / 3))


def test_the_judge_learns_colours_apart(tmp_path) -> None:
    drawings = torch.zeros(2, 4, 48, 48)
    drawings[0, 0], drawings[1, 2], drawings[:, 3] = 1, 1, 1
    model = classifier.train(drawings, torch.arange(2), 2, 60, tmp_path / "judge.pt", batch=8)
    pictures = (drawings[:, :3].permute(0, 2, 3, 1).numpy() * 255).astype(np.uint8)
    assert classifier.rank(model, pictures, 1)[:, 0].tolist() == [0, 1]
