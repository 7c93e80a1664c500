"""Seeds: every one of the 2**64 gives its own noise, the same on every machine."""

from __future__ import annotations

import pytest
import torch

from sdstudio.engine.noise import draw, generator

CPU = torch.device("cpu")


def first(seed: int) -> list[float]:
    return draw((4,), generator(seed), CPU, torch.float32).tolist()


@pytest.mark.parametrize("seed", [0, 1, 1234, 2**32 - 1])
def test_small_seeds_are_torchs_own(seed: int) -> None:
    assert first(seed) == torch.randn(4, generator=torch.Generator().manual_seed(seed)).tolist()


def test_seeds_that_torch_takes_for_the_same_differ() -> None:
    seeds = [5, 2**32 + 5, 2**33 + 5, 2**63 + 5, 2**64 - 1, 2**32 - 1, 5 << 32]
    same = [torch.randn(4, generator=torch.Generator().manual_seed(seed)).tolist() for seed in seeds[:4]]
    assert same.count(same[0]) == 4
    assert len({tuple(first(seed)) for seed in seeds}) == len(seeds)


def test_large_seeds_keep_their_noise() -> None:
    """Pins the numbers: a picture must be made again from its seed in every later version."""
    assert first(2**32 + 5) == pytest.approx([1.02508104, 0.68587720, 1.45583999, -0.77835435], abs=1e-6)


def test_large_seeds_give_normal_numbers() -> None:
    values = draw((20_000,), generator(2**64 - 1), CPU, torch.float32)
    assert values.mean().item() == pytest.approx(0, abs=0.03)
    assert values.std().item() == pytest.approx(1, abs=0.03)


def test_noise_is_drawn_in_full_precision() -> None:
    half = draw((100,), generator(7), CPU, torch.float16)
    assert torch.equal(half, draw((100,), generator(7), CPU, torch.float32).half())
