"""Upscalers of the kinds that the package spandrel knows: SwinIR, HAT, DAT, SPAN, RealCUGAN and more.

spandrel asks for torchvision, which has no build beside this program's torch, but only two of its networks use it: one
that fills holes and one that mends faces. While spandrel is imported, something stands in for the three names that they
take from it; those two networks are then not to be used, and are refused. Must not know files.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from types import ModuleType, SimpleNamespace
from typing import Any

import torch
from torch import nn

from sdstudio.errors import ModelProblem

_STOOD_IN_FOR = ("torchvision", "torchvision.transforms", "torchvision.transforms.functional")
_COLOURS = 3


class Further(nn.Module):
    """A network of spandrel's: (1, 3, h, w) in 0..1 to (1, 3, h * scale, w * scale)."""

    def __init__(self, described: Any) -> None:
        super().__init__()
        self.scale = int(described.scale)
        self.network = described.model
        self._described = described  # knows which sizes the network takes, and pads pictures to them

    def forward(self, picture: torch.Tensor) -> torch.Tensor:
        made: torch.Tensor = self._described(picture)
        return made


def build(weights: dict[str, torch.Tensor], title: str, kind: str) -> Further:
    """The network of these weights, with them. Raises ModelProblem without spandrel, or whatever spandrel raises."""
    try:
        spandrel = _spandrel()
    except ImportError as error:
        raise ModelProblem(
            f"The upscaler “{title}” is of the kind {kind}, which needs the Python package spandrel. In the program's "
            "environment run: pip install --no-deps spandrel einops",
            detail=str(error),
        ) from error
    try:
        described = spandrel.ModelLoader(device="cpu").load_from_state_dict(weights)
    except spandrel.UnsupportedModelError as error:
        raise ValueError(str(error)) from error
    if not isinstance(described, spandrel.ImageModelDescriptor) or described.input_channels != _COLOURS:
        raise ValueError(f"{described.architecture.name} with {described.input_channels} channels is no upscaler")
    return Further(described)


@cache
def _spandrel() -> Any:
    with _torchvision_stood_in_for():
        return importlib.import_module("spandrel")


@contextmanager
def _torchvision_stood_in_for() -> Iterator[None]:
    """Nobody else may see the stand-ins: other libraries ask whether torchvision is there."""
    before = {name: sys.modules.get(name) for name in _STOOD_IN_FOR}
    modules = {name: ModuleType(name) for name in _STOOD_IN_FOR}
    functions: Any = modules[_STOOD_IN_FOR[-1]]
    functions.normalize = functions.rotate = _refuse
    functions.InterpolationMode = SimpleNamespace(NEAREST="nearest", BILINEAR="bilinear")
    sys.modules.update(modules)
    try:
        yield
    finally:
        for name, module in before.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module


def _refuse(*_given: Any, **_more: Any) -> Any:
    raise ValueError("this kind of network needs torchvision")
