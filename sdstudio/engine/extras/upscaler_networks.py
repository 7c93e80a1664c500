"""The networks that upscalers are made of, and how each is told from the names and shapes of its weights.

All take (1, 3, h, w) in 0..1 to (1, 3, h * scale, w * scale). Must not know files.
"""

from __future__ import annotations

import math
import re

import torch
from torch import nn
from torch.nn.functional import interpolate, leaky_relu, pixel_shuffle, pixel_unshuffle

Weights = dict[str, torch.Tensor]
_OLD_BLOCK = re.compile(r"model\.1\.sub\.(\d+)\.RDB(\d)\.conv(\d)\.0\.(weight|bias)")
# The second edition of the first repository had names of its own.
_SECOND = {"RRDB_trunk.": "body.", "trunk_conv.": "conv_body.", "upconv": "conv_up", "HRconv.": "conv_hr.",
           ".RDB": ".rdb"}  # fmt: skip
_WRAPPINGS = ("params_ema.", "params.", "module.", "model_ema.")


def build(weights: Weights) -> RRDBNet | Compact:
    """The network of these weights, with them. Raises KeyError, ValueError, IndexError or RuntimeError."""
    weights = _unwrapped(weights)
    if "model.0.weight" in weights:
        weights = _renamed(weights)
    elif any(name.startswith("RRDB_trunk.") for name in weights):
        weights = {_second(name): value for name, value in weights.items()}
    network: RRDBNet | Compact = _rrdb(weights) if "body.0.rdb1.conv1.weight" in weights else _compact(weights)
    network.load_state_dict(weights)
    return network


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


class RRDBNet(nn.Module):
    """ESRGAN and Real-ESRGAN (arXiv:1809.00219, 2107.10833)."""

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


class Compact(nn.Module):
    """SRVGGNet, Real-ESRGAN's small one: plain convolutions, and the picture itself with hard pixels beneath."""

    def __init__(self, width: int, layers: int, scale: int, *, learned: bool) -> None:
        super().__init__()
        self.scale = scale
        body: list[nn.Module] = [nn.Conv2d(3, width, 3, 1, 1)]
        for _ in range(layers):
            body += [_bend(width, learned=learned), nn.Conv2d(width, width, 3, 1, 1)]
        body += [_bend(width, learned=learned), nn.Conv2d(width, 3 * scale**2, 3, 1, 1)]
        self.body = nn.Sequential(*body)

    def forward(self, picture: torch.Tensor) -> torch.Tensor:
        made: torch.Tensor = pixel_shuffle(self.body(picture), self.scale)
        return made + interpolate(picture, scale_factor=float(self.scale), mode="nearest")


def _bend(width: int, *, learned: bool) -> nn.Module:
    return nn.PReLU(width) if learned else nn.LeakyReLU(0.1)


def _rrdb(weights: Weights) -> RRDBNet:
    dense = weights["body.0.rdb1.conv1.weight"]
    return RRDBNet(
        inputs=weights["conv_first.weight"].shape[1],
        width=dense.shape[1],
        growth=dense.shape[0],
        blocks=1 + max(int(name.split(".")[1]) for name in weights if name.startswith("body.")),
        doublings=sum(bool(re.fullmatch(r"conv_up\d\.weight", name)) for name in weights),
    )


def _compact(weights: Weights) -> Compact:
    convolutions = sorted(int(name.split(".")[1]) for name, value in weights.items() if value.ndim == 4)
    last = weights[f"body.{convolutions[-1]}.weight"]
    return Compact(
        width=last.shape[1],
        layers=len(convolutions) - 2,
        scale=math.isqrt(last.shape[0] // 3),
        learned="body.1.weight" in weights,
    )


def _unwrapped(weights: Weights) -> Weights:
    for wrapping in _WRAPPINGS:
        if all(name.startswith(wrapping) for name in weights):
            return {name.removeprefix(wrapping): value for name, value in weights.items()}
    return weights


def _second(name: str) -> str:
    for theirs, ours in _SECOND.items():
        name = name.replace(theirs, ours)
    return name


def _renamed(weights: Weights) -> Weights:
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
