"""The fast ways give what torch gives, within rounding; nobody notices them but the clock."""

from __future__ import annotations

import pytest
import torch
from diffusers.models.upsampling import Upsample2D
from torch.nn import functional

from sdstudio.engine.extras import seamless
from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.sampling import run_job
from sdstudio.engine.speed import attention, enlarging, exact, winograd
from sdstudio.engine.validation import Pixels
from tests.engine.conftest import CPU, Listener, make_request

ROUNDING = 2e-4  # of the spread of the right answer


def assert_alike(answer: torch.Tensor, right: torch.Tensor) -> None:
    assert answer.shape == right.shape
    assert answer.dtype == right.dtype
    assert float((answer - right).abs().max()) <= ROUNDING * float(right.std())


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)


@torch.inference_mode()
def test_linear_layers_and_small_kernels() -> None:
    rows, picture = torch.randn(2, 100, 24), torch.randn(2, 24, 16, 12)
    linear, small = torch.nn.Linear(24, 40), torch.nn.Conv2d(24, 8, 1, bias=False)
    right = linear(rows), small(picture)
    with exact.arithmetic(CPU):
        assert_alike(linear(rows), right[0])
        assert_alike(linear(rows.transpose(0, 1)), right[0].transpose(0, 1))
        assert_alike(small(picture), right[1])


@torch.inference_mode()
@pytest.mark.parametrize(("tokens", "words"), [(1024, 512), (1100, 1024)])
def test_attention_by_groups_of_tokens(tokens: int, words: int) -> None:
    query, key, value = torch.randn(2, 3, tokens, 40), torch.randn(2, 3, words, 40), torch.randn(2, 3, words, 24)
    right = functional.scaled_dot_product_attention(query, key, value)
    with exact.arithmetic(CPU):
        assert_alike(functional.scaled_dot_product_attention(query, key, value), right)
        assert_alike(functional.scaled_dot_product_attention(query, key, value, scale=40**-0.5), right)


@torch.inference_mode()
def test_attention_that_it_does_not_do_is_left_to_torch() -> None:
    query = torch.randn(1, 1, 1024, 8)
    mask = torch.zeros(1, 1, 1024, 1024)
    assert attention.attend(query, query, query, attn_mask=mask) is None
    assert attention.attend(query, query, query, is_causal=True) is None
    assert attention.attend(query[:, :, :64], query[:, :, :64], query[:, :, :64]) is None


@torch.inference_mode()
@pytest.mark.parametrize(("height", "width", "bias"), [(128, 132, True), (156, 128, False)])
def test_convolutions_by_tiles(height: int, width: int, bias: bool) -> None:
    layer = torch.nn.Conv2d(128, 132, 3, padding=1, bias=bias)
    picture = torch.randn(1, 128, height, width).to(memory_format=torch.channels_last)
    assert winograd.pays(picture, layer.weight)
    right = layer(picture)
    with exact.arithmetic(CPU):
        assert_alike(layer(picture), right)
    assert not torch.equal(winograd.convolve(picture, layer.weight, layer.bias), right)  # it was another way


@torch.inference_mode()
def test_convolutions_that_tiles_do_not_fit_are_left_to_torch() -> None:
    layers = [torch.nn.Conv2d(128, 128, 3, padding=1, stride=2), torch.nn.Conv2d(128, 128, 3, padding=1, groups=2)]
    picture = torch.randn(1, 128, 128, 130)
    for layer in (*layers, torch.nn.Conv2d(128, 128, 3)):
        right = layer(picture)
        with exact.arithmetic(CPU):
            assert torch.equal(layer(picture), right)


@torch.no_grad()
@pytest.mark.parametrize("bias", [True, False])
def test_doubling_in_one_with_the_convolution(bias: bool) -> None:
    layer = Upsample2D(16, use_conv=True, out_channels=24, bias=bias)
    picture = torch.randn(2, 16, 7, 9)
    right = layer(picture)
    enlarging.quicken(layer)
    assert torch.equal(layer(picture), right)
    with exact.arithmetic(CPU):
        assert_alike(layer(picture), right)
        assert_alike(layer(picture, (14, 18)), right)
        assert layer(picture, (13, 17)).shape == (2, 24, 13, 17)  # left to diffusers


@torch.no_grad()
def test_a_changed_weight_is_noticed() -> None:
    layer, picture = Upsample2D(4, use_conv=True), torch.randn(1, 4, 8, 8)
    enlarging.quicken(layer)
    with exact.arithmetic(CPU):
        layer(picture)
        layer.conv.weight.mul_(2)
        doubled = functional.interpolate(picture, scale_factor=2.0)
        assert_alike(layer(picture), layer.conv(doubled))


@torch.no_grad()
def test_a_seamless_picture_wraps_around_when_doubled() -> None:
    layer, picture = Upsample2D(4, use_conv=True), torch.randn(1, 4, 8, 8)
    enlarging.quicken(layer)
    with exact.arithmetic(CPU):
        plain = layer(picture)
        seamless.tile([layer], "x")
        assert torch.equal(layer(picture), layer.conv(functional.interpolate(picture, scale_factor=2.0)))
        seamless.tile([layer], "")
        assert torch.equal(layer(picture), plain)


def test_training_is_left_alone() -> None:
    layer = torch.nn.Linear(64, 64)
    with exact.arithmetic(CPU):
        layer(torch.randn(100, 64)).sum().backward()
    assert layer.weight.grad is not None


def test_pictures_are_those_of_plain_torch(sd: LoadedModel) -> None:
    request = make_request(sampler="euler")
    right = run_job(request, Pixels(None, None), sd, Listener())
    with exact.arithmetic(CPU):
        made = run_job(request, Pixels(None, None), sd, Listener())
    assert abs(made.pixels.astype(int) - right.pixels).max() <= 1
