"""Half precision: near the right answer, and never behind its weights."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.speed.half import Half

NEAR = 0.02  # of the spread of the right answer


def assert_near(answer: torch.Tensor, right: torch.Tensor) -> None:
    assert answer.dtype == torch.bfloat16
    assert float((answer.float() - right).std()) <= NEAR * float(right.std())


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)


@torch.no_grad()
def test_layers_compute_in_halves() -> None:
    rows, picture = torch.randn(2, 20, 24), torch.randn(2, 24, 16, 12)
    linear, layer = torch.nn.Linear(24, 40), torch.nn.Conv2d(24, 8, 3, padding=1, stride=2)
    right = linear(rows), layer(picture), functional.scaled_dot_product_attention(rows, rows, rows)
    with Half():
        assert_near(linear(rows), right[0])
        assert_near(layer(picture), right[1])
        assert_near(functional.scaled_dot_product_attention(rows, rows, rows), right[2])
    assert linear.weight.dtype == torch.float32


@torch.no_grad()
def test_weights_that_change_are_halved_anew_and_others_are_not() -> None:
    linear, rows, half = torch.nn.Linear(32, 32), torch.randn(8, 32), Half()
    with half:
        first = linear(rows)
    kept = half.nbytes
    linear.weight.mul_(3)  # as a LoRA does
    right = linear(rows)
    with half:
        assert_near(linear(rows), right)
        assert not torch.equal(linear(rows), first)
    assert half.nbytes == kept > 0
    del linear
    assert half.nbytes == 0


@torch.no_grad()
def test_a_whole_denoiser(sd: LoadedModel) -> None:
    given, text = torch.randn(2, 4, 8, 8), torch.randn(2, 77, sd.unet.config.cross_attention_dim)
    right = sd.unet(given, 500, text)[0]
    with Half():
        answers = [sd.unet(given, 500, text)[0] for _ in range(2)]
    assert_near(answers[0], right)
    assert torch.equal(*answers)
    assert torch.equal(sd.unet(given, 500, text)[0], right)
