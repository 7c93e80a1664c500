"""Autoencoders at work on pieces of a large picture, which overlap and are blended into each other.

The pieces share the statistics by which layers normalise: those of the whole picture, seen at the size of one piece.
Without that each piece would have a contrast and a tint of its own. Must not know when pieces are worth it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from diffusers.models.autoencoders.vae import DiagonalGaussianDistribution
from torch import nn
from torch.nn.functional import interpolate

from sdstudio.engine import pixels

TILE = 512  # pixels along the side of a piece
_OVERLAP = 4  # part of a piece's side, as 1 over this
_UNSEEN = 3 / 8  # part of the overlap; below a half, so that every place counts somewhere


def decode(vae: Any, latents: torch.Tensor) -> torch.Tensor:
    """As `pixels.decode`, piece by piece."""
    cell = pixels.cell_size(vae)
    act = partial(pixels.decode, vae)
    with _shared_statistics(vae, lambda: act(_at_size_of_piece(latents, TILE // cell, 1))):
        return _in_pieces(latents, TILE // cell, 1, cell, 1, act)


def read(vae: Any, picture: torch.Tensor) -> Any:
    """As `pixels.read`, piece by piece."""
    cell = pixels.cell_size(vae)
    is_distribution = False

    def act(piece: torch.Tensor) -> torch.Tensor:
        nonlocal is_distribution
        seen = pixels.read(vae, piece)
        is_distribution = not isinstance(seen, torch.Tensor)
        return seen.parameters if is_distribution else seen

    with _shared_statistics(vae, lambda: act(_at_size_of_piece(picture, TILE, cell))):
        made = _in_pieces(picture, TILE, cell, 1, cell, act)
    return DiagonalGaussianDistribution(made) if is_distribution else made


def _in_pieces(
    whole: torch.Tensor, side: int, unit: int, larger: int, smaller: int, act: Callable[[torch.Tensor], torch.Tensor]
) -> torch.Tensor:
    """`act` on pieces of `whole` (1, channels, h, w), put together.

    What `act` makes is `larger` times and 1 / `smaller` times as large; pieces lie at multiples of `unit`.
    """
    height, width = whole.shape[-2:]
    made = total = torch.empty(0)
    for top in _starts(height, side, unit):
        for left in _starts(width, side, unit):
            bottom, right = min(top + side, height), min(left + side, width)
            part = act(whole[..., top:bottom, left:right])
            if not total.numel():
                size = (height * larger // smaller, width * larger // smaller)
                made, total = part.new_zeros(*part.shape[:2], *size), part.new_zeros(1, 1, *size)
            rows, columns = (
                slice(begin * larger // smaller, end * larger // smaller)
                for begin, end in ((top, bottom), (left, right))
            )
            share = _ramp(part, top > 0, bottom < height, -2) * _ramp(part, left > 0, right < width, -1)
            made[..., rows, columns] += part * share
            total[..., rows, columns] += share
    return made.div_(total)


def _starts(length: int, side: int, unit: int) -> list[int]:
    """Where pieces begin: all of them whole, the last one at the end."""
    if length <= side:
        return [0]
    step = side - side // _OVERLAP // unit * unit
    return [*range(0, length - side, step), length - side]


def _ramp(part: torch.Tensor, before: bool, after: bool, axis: int) -> torch.Tensor:
    """How much each row (axis -2) or column (-1) of a piece counts: less towards the pieces `before` and `after`.

    The outermost do not count at all: their layers have seen an edge where the picture has none.
    """
    length = part.shape[axis]
    overlap = max(1, length // _OVERLAP)
    at = (torch.arange(length, device=part.device, dtype=part.dtype) + 0.5) / overlap
    at = ((at - _UNSEEN) / (1 - _UNSEEN)).clamp_min(1e-6)
    share = torch.ones_like(at)
    if before:
        share = torch.minimum(share, at)
    if after:
        share = torch.minimum(share, at.flip(0))
    return share[:, None] if axis == -2 else share


def _at_size_of_piece(whole: torch.Tensor, side: int, unit: int) -> torch.Tensor:
    """`whole` (1, channels, h, w), its longer side as long as a piece's; picked, not mixed, to keep its contrast."""
    height, width = whole.shape[-2:]
    scale = min(1.0, side / max(height, width))
    size = tuple(max(unit, round(length * scale / unit) * unit) for length in (height, width))
    return interpolate(whole, size, mode="nearest-exact")


@contextmanager
def _shared_statistics(network: Any, look: Callable[[], object]) -> Iterator[None]:
    """Within this context each layer normalises by the mean and deviation that it has seen in `look`."""
    norms = [layer for layer in network.modules() if isinstance(layer, nn.GroupNorm)]
    seen: dict[nn.Module, tuple[torch.Tensor, torch.Tensor]] = {}

    def learn(layer: nn.GroupNorm, inputs: tuple[torch.Tensor]) -> None:
        groups = inputs[0].unflatten(1, (layer.num_groups, -1))  # a view, which costs no memory
        seen[layer] = torch.var_mean(groups, dim=tuple(range(2, groups.ndim)), correction=0)

    hooks = [layer.register_forward_pre_hook(learn) for layer in norms]
    try:
        if norms:
            look()
    finally:
        for hook in hooks:
            hook.remove()
    try:
        for layer, (variance, mean) in seen.items():
            vars(layer)["forward"] = partial(_normalised, layer, variance, mean)
        yield
    finally:
        for layer in seen:
            vars(layer).pop("forward", None)


def _normalised(layer: Any, variance: torch.Tensor, mean: torch.Tensor, given: torch.Tensor) -> torch.Tensor:
    """`layer` on `given` (1, channels, …) with the statistics of each group, (1, groups)."""
    each = given.shape[1] // layer.num_groups
    shape = (1, -1, *[1] * (given.ndim - 2))
    scale = (variance + layer.eps).rsqrt().repeat_interleave(each, dim=1).reshape(shape) * layer.weight.reshape(shape)
    offset = layer.bias.reshape(shape) - mean.repeat_interleave(each, dim=1).reshape(shape) * scale
    return torch.addcmul(offset, given, scale)
