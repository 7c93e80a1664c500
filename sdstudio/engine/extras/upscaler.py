"""Upscalers: pixels in, more pixels out, by networks of the ESRGAN kind, which most published ones are, and others.

Pictures go through in tiles that overlap and are blended, so that memory stays bounded. Must not know requests.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn

from sdstudio.engine.extras import further_upscalers
from sdstudio.engine.extras.damage import check_numbers, refused_as
from sdstudio.engine.extras.further_upscalers import Further
from sdstudio.engine.extras.upscaler_networks import Compact, RRDBNet, build
from sdstudio.models.extras import ExtraInfo
from sdstudio.models.header import read_header
from sdstudio.models.upscaler_kinds import further_kind

Network = RRDBNet | Compact | Further
TILE, OVERLAP = 192, 16  # pixels of the small picture: of a tile, and on each side around it
_FOLD = 4  # sides must be multiples of it: some networks fold pixels into channels


def read(info: ExtraInfo, device: torch.device) -> Network:
    """Read an upscaler. Raises ModelProblem when its file is damaged or of another kind."""
    name = f"upscaler “{info.title}”"
    with refused_as(f"The {name} cannot be used: its file is damaged or of a kind that is not known."):
        read_header(Path(info.path))
        weights = load_file(info.path)
        kind = further_kind(weights)
        network = build(weights) if kind is None else further_upscalers.build(weights, info.title, kind)
    check_numbers(network, name)
    return network.float().to(device).eval().requires_grad_(False)


@torch.inference_mode()
def enlarge(network: Network, picture: torch.Tensor, tell: Callable[[float], None]) -> torch.Tensor:
    """(1, 3, h, w) in -1..1 to `network.scale` times the size. `tell` hears the share that is done and may raise."""
    unit = (picture / 2 + 0.5).clamp(0, 1)
    _, _, height, width = unit.shape
    scale, device = network.scale, next(network.parameters()).device
    made = torch.zeros(1, 3, height * scale, width * scale)
    total = torch.zeros(1, 1, height * scale, width * scale)
    places = [(top, left) for top in range(0, height, TILE) for left in range(0, width, TILE)]
    for number, (top, left) in enumerate(places):
        tell(number / len(places))
        rows = slice(max(top - OVERLAP, 0), min(top + TILE + OVERLAP, height))
        columns = slice(max(left - OVERLAP, 0), min(left + TILE + OVERLAP, width))
        piece = unit[:, :, rows, columns]
        high, wide = piece.shape[2:]
        large = network(_even(piece).to(device)).cpu()[:, :, : high * scale, : wide * scale]
        down = _ramp(high * scale, scale, begins=rows.start == 0, ends=rows.stop == height)
        across = _ramp(wide * scale, scale, begins=columns.start == 0, ends=columns.stop == width)
        share = down[:, None] * across
        there = (
            slice(None), slice(None), slice(rows.start * scale, rows.stop * scale),
            slice(columns.start * scale, columns.stop * scale),
        )  # fmt: skip
        made[there] += large * share
        total[there] += share
    return (made / total).clamp(0, 1) * 2 - 1


def _ramp(length: int, scale: int, *, begins: bool, ends: bool) -> torch.Tensor:
    """How much a tile counts along one side: fading where another one overlaps, full at the picture's edges.

    The outermost pixels, which a network sees with the least around them, hardly count.
    """
    ramp = torch.ones(length)
    fade = min(2 * OVERLAP * scale, length // 2)
    rise = (torch.arange(fade) + 0.5) / max(fade, 1)
    if not begins:
        ramp[:fade] = rise
    if not ends:
        ramp[length - fade :] = torch.minimum(ramp[length - fade :], rise.flip(0))
    return ramp


def _even(piece: torch.Tensor) -> torch.Tensor:
    """Sides that can be folded: the last row and column repeated where one is missing."""
    _, _, height, width = piece.shape
    return nn.functional.pad(piece, (0, -width % _FOLD, 0, -height % _FOLD), mode="replicate")
