"""One job's way of asking the denoiser: exactly, in half precision, or with deep features used twice.

Decides which of these a request's speed means on this machine, and gives way to what they would spoil.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from diffusers import UNet2DConditionModel

from sdstudio.engine import memory
from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.outlook import LEAVES_NO_ROOM
from sdstudio.engine.speed import exact, half
from sdstudio.engine.speed.reuse import Reuse
from sdstudio.protocol.request import GenerationRequest

_ONE_BY_ONE = "batch_split"  # a saving of memory with which texts are asked one by one
_MOST_OF_FREE = 0.5  # memory that halves may take; the job needs the rest


class Hurry:
    """How the steps of one job are computed."""

    def __init__(self, request: GenerationRequest, model: LoadedModel) -> None:
        self._model = model
        hurries = _hurries(request, model)
        self._halves = hurries and _may_halve(model)
        # Control pictures speak to layers that a short call leaves out.
        reuses = hurries and not request.controls and (request.speed == "faster" or not self._halves)
        self._reuse = Reuse(model.unet) if reuses else None

    @contextmanager
    def call(self, conditioning: dict[str, Any]) -> Iterator[None]:
        """Around one call of the denoiser."""
        savings = self._model.economy.savings
        with ExitStack() as ways:
            if self._halves and not LEAVES_NO_ROOM & set(savings):
                ways.enter_context(self._model.half)
            if self._reuse is not None and _ONE_BY_ONE not in savings:
                ways.enter_context(self._reuse.call(conditioning))
            yield


def copies_bytes(request: GenerationRequest, model: LoadedModel) -> int:
    """Of the copies of weights that the job will make, as far as they are not there already."""
    if not (_hurries(request, model) and _may_halve(model)):
        return 0
    return max(0, _bytes_of_halves(model) - model.half.nbytes)


def _hurries(request: GenerationRequest, model: LoadedModel) -> bool:
    return request.speed != "exact" and isinstance(model.unet, UNet2DConditionModel)


def _may_halve(model: LoadedModel) -> bool:
    """Whether this machine computes with halves, and those of the weights are there or fit beside them."""
    if not (exact.is_possible(model.device) and half.is_native()):
        return False
    return model.half.nbytes > 0 or _bytes_of_halves(model) <= _MOST_OF_FREE * memory.available(model.device)


def _bytes_of_halves(model: LoadedModel) -> int:
    return torch.bfloat16.itemsize * model.economy.numbers
