"""Hypernetworks: small networks that change what the denoiser's attention reads, before its keys and values.

Files are those that `sdstudio models convert` makes of A1111's .pt files: `hypernetwork.<width>.<k or v>.linear.<n>.…`,
the activation in the metadata. Nothing is left behind when a job needs them no more. Must not know prompts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from sdstudio.errors import ModelProblem
from sdstudio.models.extras import ExtraInfo
from sdstudio.models.header import read_header

_LAYER = re.compile(r"hypernetwork\.(\d+)\.([kv])\.linear\.(\d+)\.(weight|bias)")
_ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "linear": nn.Identity, "relu": nn.ReLU, "leakyrelu": nn.LeakyReLU, "elu": nn.ELU, "swish": nn.Hardswish,
    "tanh": nn.Tanh, "sigmoid": nn.Sigmoid, "mish": nn.Mish, "silu": nn.SiLU, "gelu": nn.GELU, "selu": nn.SELU,
    "celu": nn.CELU, "softplus": nn.Softplus, "softsign": nn.Softsign, "relu6": nn.ReLU6, "hardswish": nn.Hardswish,
}  # fmt: skip
Bends = dict[tuple[int, str], nn.Sequential]  # by the width that is read, and k or v


@dataclass(frozen=True)
class Bent:
    """One hypernetwork at work."""

    info: ExtraInfo
    weight: float


class Hypernetworks:
    """Those of one denoiser."""

    def __init__(self, unet: Any) -> None:
        self._unet = unet
        self._worn: tuple[Bent, ...] = ()
        self._read: dict[str, Bends] = {}
        self._hooks: list[Any] = []

    def wear(self, wanted: Sequence[Bent], check: Callable[[], None]) -> None:
        """Have exactly these at work, in this order; `check` may raise to stop.

        Raises ModelProblem when one is damaged or fits nowhere; the denoiser is then as it was made.
        """
        check()
        if tuple(wanted) == self._worn:
            return
        self._take_off()
        self._read = {bent.info.path: self._read.get(bent.info.path) or self._load(bent.info) for bent in wanted}
        for bent in wanted:
            bends = self._read[bent.info.path]
            for _, layer, letter in self._readers():
                bend = bends.get((layer.in_features, letter))
                if bend is not None and bent.weight:
                    self._hooks.append(layer.register_forward_pre_hook(partial(_bend, bend, bent.weight)))
        self._worn = tuple(wanted)

    def _take_off(self) -> None:
        for hook in self._hooks:
            hook.remove()
        self._hooks, self._worn = [], ()

    def _readers(self) -> list[tuple[str, nn.Linear, str]]:
        """The layers that make keys and values, in all attention."""
        return [
            (name, layer, name[-1])
            for name, layer in self._unet.named_modules()
            if name.endswith((".to_k", ".to_v")) and isinstance(layer, nn.Linear)
        ]

    def _load(self, info: ExtraInfo) -> Bends:
        bends = _read(info)
        widths = {layer.in_features for _, layer, _ in self._readers()}
        if not any(width in widths for width, _ in bends):
            raise ModelProblem(
                f"The hypernetwork “{info.title}” cannot be used with this model: it was made for another kind."
            )
        for bend in bends.values():
            bend.to(self._unet.device, self._unet.dtype)
        return bends


def _bend(
    bend: nn.Sequential, weight: float, layer: nn.Module, inputs: tuple[torch.Tensor, ...]
) -> tuple[torch.Tensor, ...]:
    """As A1111 does: what is read, and the network's opinion of it on top."""
    given, *others = inputs
    return (given + bend(given) * weight, *others)


def _read(info: ExtraInfo) -> Bends:
    try:
        metadata = read_header(Path(info.path)).metadata
        weights = load_file(info.path)
        layers: dict[tuple[int, str], dict[int, dict[str, torch.Tensor]]] = {}
        for name, value in weights.items():
            if (found := _LAYER.fullmatch(name)) is None:
                raise ValueError(f"unknown: {name}")
            if not torch.isfinite(value.float()).all():
                raise ModelProblem(f"The hypernetwork “{info.title}” is damaged: some weights are no numbers (NaN).")
            width, letter, number, kind = found.groups()
            layers.setdefault((int(width), letter), {}).setdefault(int(number), {})[kind] = value.float()
        activation = metadata.get("activation_func", "linear") or "linear"
        act_last = metadata.get("activate_output", "true").casefold() == "true"
        return {place: _build(parts, _ACTIVATIONS[activation], act_last) for place, parts in layers.items()}
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise ModelProblem(
            f"The hypernetwork “{info.title}” cannot be used: its file is damaged or of a kind that is not known.",
            detail=str(error),
        ) from error


def _build(
    parts: dict[int, dict[str, torch.Tensor]], activation: Callable[[], nn.Module], act_last: bool
) -> nn.Sequential:
    """Matrices, the activation after each, and layer norms where the file has vectors in a matrix's place."""
    ordered = [parts[number] for number in sorted(parts)]
    matrices = sum(part["weight"].ndim == 2 for part in ordered)
    made: list[nn.Module] = []
    seen = 0
    for part in ordered:
        shape = part["weight"].shape
        layer: nn.Module = nn.Linear(shape[1], shape[0]) if len(shape) == 2 else nn.LayerNorm(shape[0])
        layer.load_state_dict(part)
        made.append(layer)
        if len(shape) == 2:
            seen += 1
            if seen < matrices or act_last:
                made.append(activation())
    return nn.Sequential(*made).eval().requires_grad_(False)
