"""How far a model has been read, and leaving in the middle: seen from the numbers that pass through torch.

Whatever a loader does with its files, every weight is converted, copied or looked at once. Must not know loaders.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_iter

_LOOKS = 3  # how often a number is typically touched: conversion, memory format, the search for NaN
_LEAST = 2**12  # numbers: smaller tensors are no weights
_EVERY_S = 0.05
_NEARLY = 0.99


class Reading(TorchDispatchMode):
    """While this context lasts, `on_part` hears the share (0..1, rising) that is done, and may raise to stop.

    `nbytes` is the size of the files. `on_part` can be asked for directly as well: `tell` takes the share that a
    loader itself believes in.
    """

    def __init__(self, nbytes: int, on_part: Callable[[float], None]) -> None:
        super().__init__()
        self._expected = max(1, nbytes) // 2 * _LOOKS  # most files hold numbers of two bytes
        self._on_part = on_part
        self._touched = 0
        self._share = 0.0
        self._told_at_s = 0.0

    def tell(self, share: float) -> None:
        self._share = max(self._share, min(share, _NEARLY))
        self._told_at_s = time.monotonic()
        self._on_part(self._share)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = func(*args, **(kwargs or {}))
        parts = (
            (made,) if isinstance(made, torch.Tensor) else tree_iter(made)
        )  # thousands of calls: the tree takes long
        sizes = [part.numel() for part in parts if isinstance(part, torch.Tensor) and not part.is_meta]
        if sizes and max(sizes) >= _LEAST and func is not torch.ops.aten.detach.default:
            self._touched += max(sizes)
            if time.monotonic() - self._told_at_s >= _EVERY_S:
                # How often numbers are touched differs: a share that slows down never stands still.
                self.tell(1 - math.exp(-self._touched / self._expected))
        return made
