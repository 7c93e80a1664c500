"""Doubling a picture and convolving it, in one: four kernels of 2 x 2 see what one of 3 x 3 would see of the double.

A doubled picture repeats each pixel, so the 3 x 3 kernel's weights that meet the same pixel can be added beforehand:
4/9 of the multiplications, equal within rounding. Seamless pictures, whose edges wrap around, are left to diffusers.
"""

from __future__ import annotations

import itertools
from typing import Any

import torch
from diffusers.models.upsampling import Upsample2D
from torch.nn import functional

from sdstudio.engine.speed.derived import Derived
from sdstudio.engine.speed.exact import Exact

# Which lines of the 3 x 3 kernel meet the two lines of the small picture; for the upper, then the lower of two lines.
_MEETING = (((0,), (1, 2)), ((0, 1), (2,)))
_kernels = Derived()


class QuickUpsample(Upsample2D):  # type: ignore[misc] # diffusers has no types
    """diffusers' layer with another way to compute it."""

    def forward(self, hidden_states: torch.Tensor, output_size: Any = None, *args: Any, **kwargs: Any) -> torch.Tensor:
        double = (2 * hidden_states.shape[2], 2 * hidden_states.shape[3])
        is_double = output_size is None or tuple(output_size) == double
        if not Exact.is_working() or not is_double or torch.is_grad_enabled() or "_conv_forward" in vars(self.conv):
            result: torch.Tensor = super().forward(hidden_states, output_size, *args, **kwargs)
            return result
        return enlarge(hidden_states, self.conv.weight, self.conv.bias)


def bytes_to_come(*networks: Any) -> int:
    """Of the kernels that the networks will keep beside their weights, as far as they are not there already."""
    layers = [layer for network in networks for layer in network.modules() if isinstance(layer, QuickUpsample)]
    weights = [layer.conv.weight for layer in layers if not _kernels.has(layer.conv.weight)]
    return sum(weight.nbytes * 4 * 4 // 9 for weight in weights)  # four kernels of 2 x 2 for each of 3 x 3


def quicken(*networks: Any) -> None:
    """Let the networks' doubling layers compute this way wherever `Exact` works."""
    for layer in [layer for network in networks for layer in network.modules()]:
        if type(layer) is Upsample2D and layer.norm is None and _doubles_then_convolves(layer):
            layer.__class__ = QuickUpsample


def _doubles_then_convolves(layer: Any) -> bool:
    return bool(layer.interpolate and layer.use_conv and layer.name == "conv" and layer.conv.kernel_size == (3, 3))


def enlarge(given: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
    """`given` (n, c, h, w), doubled by repeating pixels, by `weight` (k, c, 3, 3): (n, k, 2 h, 2 w)."""
    count, _, height, width = given.shape
    results = weight.shape[0]
    windows = functional.conv2d(
        given, _kernels.of(weight, _four_kernels), padding=1
    )  # every 2 x 2 pixels: (n, 4 k, h + 1, w + 1)
    made = windows.new_empty(count, 2 * height, 2 * width, results).permute(0, 3, 1, 2)
    for down in range(2):
        for right in range(2):
            first = results * (2 * down + right)
            seen = windows[:, first : first + results, down : down + height, right : right + width]
            if bias is None:
                made[:, :, down::2, right::2] = seen
            else:
                torch.add(seen, bias.to(seen.dtype)[:, None, None], out=made[:, :, down::2, right::2])
    return made


def _four_kernels(weight: torch.Tensor) -> torch.Tensor:
    """(4 k, c, 2, 2), for the four pixels that one pixel becomes."""
    results, channels = weight.shape[:2]
    with torch.inference_mode(False):  # a weight like others, of which halves can be kept
        kernels = weight.new_empty(2, 2, results, 2, 2, channels)  # down, right, k, y, x, c: in memory as channels_last
        for down, right, y, x in itertools.product(range(2), repeat=4):
            total = torch.zeros(results, channels, device=weight.device)
            for line, column in itertools.product(_MEETING[down][y], _MEETING[right][x]):
                total += weight[:, :, line, column]
            kernels[down, right, :, y, x] = total
        kernels = kernels.view(4 * results, 2, 2, channels).permute(0, 3, 1, 2)
        return torch.nn.Parameter(kernels, requires_grad=False)
