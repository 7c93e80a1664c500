"""Upscalers of the ESRGAN kind (arXiv:1809.00219, 2107.10833), which most published ones are: pixels in, more out.

Reads both ways in which their files name the layers. Pictures go through in tiles with an overlap, so that memory stays
bounded. Must not know requests.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn
from torch.nn.functional import interpolate, leaky_relu, pixel_unshuffle

from sdstudio.engine.failures import is_out_of_memory
from sdstudio.errors import ModelProblem
from sdstudio.models.extras import ExtraInfo
from sdstudio.models.header import read_header

TILE, OVERLAP = 192, 16  # pixels of the small picture
_UNREADABLE = (OSError, ValueError, KeyError, IndexError, RuntimeError, SafetensorError)
_OLD_BLOCK = re.compile(r"model\.1\.sub\.(\d+)\.RDB(\d)\.conv(\d)\.0\.(weight|bias)")


class _Dense(nn.Module):
    """Five convolutions, each of which sees all before it."""

    def __init__(self, width: int, growth: int) -> None:
        super().__init__()
        for number in range(5):
            inputs, outputs = width + number * growth, growth if number < 4 else width
            self.add_module(f"conv{number + 1}", nn.Conv2d(inputs, outputs, 3, 1, 1))

    def forward(self, given: torch.Tensor) -> torch.Tensor:
        seen = given
        for number in range(1, 5):
            seen = torch.cat([seen, leaky_relu(self.get_submodule(f"conv{number}")(seen), 0.2)], dim=1)
        made: torch.Tensor = self.get_submodule("conv5")(seen)
        return made * 0.2 + given


class _Block(nn.Module):
    def __init__(self, width: int, growth: int) -> None:
        super().__init__()
        self.rdb1, self.rdb2, self.rdb3 = (_Dense(width, growth) for _ in range(3))

    def forward(self, given: torch.Tensor) -> torch.Tensor:
        made: torch.Tensor = self.rdb3(self.rdb2(self.rdb1(given)))
        return made * 0.2 + given


class Upscaler(nn.Module):
    """`scale` times larger: (1, 3, h, w) in 0..1 to (1, 3, h * scale, w * scale)."""

    def __init__(self, inputs: int, width: int, growth: int, blocks: int, doublings: int) -> None:
        super().__init__()
        self._shrink = {3: 1, 12: 2, 48: 4}[inputs]  # some fold pixels into channels first
        self._doublings = doublings
        self.scale = 2**doublings // self._shrink
        self.conv_first = nn.Conv2d(inputs, width, 3, 1, 1)
        self.body = nn.Sequential(*(_Block(width, growth) for _ in range(blocks)))
        self.conv_body, self.conv_hr = nn.Conv2d(width, width, 3, 1, 1), nn.Conv2d(width, width, 3, 1, 1)
        for number in range(doublings):
            self.add_module(f"conv_up{number + 1}", nn.Conv2d(width, width, 3, 1, 1))
        self.conv_last = nn.Conv2d(width, 3, 3, 1, 1)

    def forward(self, picture: torch.Tensor) -> torch.Tensor:
        first = self.conv_first(pixel_unshuffle(picture, self._shrink) if self._shrink > 1 else picture)
        features = first + self.conv_body(self.body(first))
        for number in range(1, self._doublings + 1):
            larger = interpolate(features, scale_factor=2, mode="nearest")
            features = leaky_relu(self.get_submodule(f"conv_up{number}")(larger), 0.2)
        made: torch.Tensor = self.conv_last(leaky_relu(self.conv_hr(features), 0.2))
        return made


def read(info: ExtraInfo, device: torch.device) -> Upscaler:
    """Read an upscaler. Raises ModelProblem when its file is damaged or of another kind."""
    path = Path(info.path)
    try:
        read_header(path)
        weights = load_file(path)
        if "model.0.weight" in weights:
            weights = _renamed(weights)
        dense = weights["body.0.rdb1.conv1.weight"]
        network = Upscaler(
            inputs=weights["conv_first.weight"].shape[1],
            width=dense.shape[1],
            growth=dense.shape[0],
            blocks=1 + max(int(name.split(".")[1]) for name in weights if name.startswith("body.")),
            doublings=sum(bool(re.fullmatch(r"conv_up\d\.weight", name)) for name in weights),
        )
        network.load_state_dict(weights)
    except _UNREADABLE as error:
        if is_out_of_memory(error):
            raise
        raise ModelProblem(
            f"The upscaler “{info.title}” cannot be used: its file is damaged or of a kind that is not known.",
            detail=str(error),
        ) from error
    return network.float().to(device).eval().requires_grad_(False)


@torch.inference_mode()
def enlarge(network: Upscaler, picture: torch.Tensor, check: Callable[[], None]) -> torch.Tensor:
    """(1, 3, h, w) in -1..1 to `network.scale` times the size. `check` is called between tiles and may raise."""
    unit = (picture / 2 + 0.5).clamp(0, 1)
    _, _, height, width = unit.shape
    scale = network.scale
    made = torch.empty(1, 3, height * scale, width * scale)
    for top in range(0, height, TILE):
        for left in range(0, width, TILE):
            check()
            bottom, right = min(top + TILE, height), min(left + TILE, width)
            above, before = max(top - OVERLAP, 0), max(left - OVERLAP, 0)
            piece = unit[:, :, above : bottom + OVERLAP, before : right + OVERLAP]
            large = network(_even(piece).to(next(network.parameters()).device)).cpu()
            rows = slice((top - above) * scale, (bottom - above) * scale)
            columns = slice((left - before) * scale, (right - before) * scale)
            made[:, :, top * scale : bottom * scale, left * scale : right * scale] = large[:, :, rows, columns]
    return made.clamp(0, 1) * 2 - 1


def _even(piece: torch.Tensor) -> torch.Tensor:
    """Sides that can be folded by 4: the last row and column repeated where one is missing."""
    _, _, height, width = piece.shape
    return nn.functional.pad(piece, (0, -width % 4, 0, -height % 4), mode="replicate")


def _renamed(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """From the first repository's names, which are places in a sequence, to the later ones."""
    renamed = {}
    blocks = 1 + max(int(found[1]) for name in weights if (found := _OLD_BLOCK.fullmatch(name)))
    places = sorted({int(found[1]) for name in weights if (found := re.fullmatch(r"model\.(\d+)\.weight", name))})
    first, *doublings, before_last, last = places
    tops = {f"model.{first}": "conv_first", f"model.1.sub.{blocks}": "conv_body"}
    tops |= {f"model.{place}": f"conv_up{number + 1}" for number, place in enumerate(doublings)}
    tops |= {f"model.{before_last}": "conv_hr", f"model.{last}": "conv_last"}
    for name, value in weights.items():
        if found := _OLD_BLOCK.fullmatch(name):
            renamed[f"body.{found[1]}.rdb{found[2]}.conv{found[3]}.{found[4]}"] = value
        else:
            top, kind = name.rsplit(".", 1)
            renamed[f"{tops[top]}.{kind}"] = value
    return renamed
