"""Pictures that tile: convolutions see the other side of the picture beyond its edge, across, down or both.

Put on and taken off without a trace: a layer's arithmetic is replaced on the instance, and the replacement removed.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

import torch
from torch.nn import functional

DIRECTIONS = {"": (False, False), "x": (True, False), "y": (False, True), "both": (True, True)}


def tile(networks: Iterable[Any], directions: str) -> None:
    """Let the networks' convolutions wrap around in `directions`, a key of DIRECTIONS; "" as they were made."""
    across, down = DIRECTIONS[directions]
    for network in networks:
        for layer in network.modules():
            if isinstance(layer, torch.nn.Conv2d) and layer.padding not in ((0, 0), "same", "valid"):
                vars(layer).pop("_conv_forward", None)
                if across or down:
                    vars(layer)["_conv_forward"] = partial(_wrapped, layer, across, down)


def _wrapped(
    layer: torch.nn.Conv2d,
    across: bool,
    down: bool,
    given: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor | None,
) -> torch.Tensor:
    """As Conv2d computes it, with the edges of the wrapped directions taken from the other side."""
    high, wide = int(layer.padding[0]), int(layer.padding[1])
    given = functional.pad(given, (wide, wide, 0, 0), mode="circular" if across else "constant")
    given = functional.pad(given, (0, 0, high, high), mode="circular" if down else "constant")
    return functional.conv2d(given, weight, bias, layer.stride, 0, layer.dilation, layer.groups)
