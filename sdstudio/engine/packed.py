"""Weights that stay in memory as a .gguf file packs them: each is unpacked just before its layer works.

A quarter of the memory for some time at each call. What a LoRA changes is added at the same moment, since there is no
whole weight to change. Must not know files, families or jobs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import torch
from torch import nn

Change = Callable[[torch.Tensor], torch.Tensor]
_ATTRIBUTE = "packed_weight"
_Q8_0_BYTES, _SCALE_BYTES = 34, 2


class Packed:
    """A matrix in rows of whole blocks. `rows` (n, bytes) uint8; `kind` is ggml's name of the packing."""

    ndim = 2

    def __init__(self, rows: torch.Tensor, kind: str, columns: int, dtype: torch.dtype) -> None:
        self._rows, self._kind, self.dtype = rows, kind, dtype
        self.shape = torch.Size((len(rows), columns))
        self.changes: list[Change] = []  # what is added to the matrix when it is unpacked

    def __len__(self) -> int:
        return self.shape[0]

    @property
    def nbytes(self) -> int:
        return self._rows.nbytes

    def split(self, counts: Sequence[int]) -> tuple[Packed, ...]:
        """Parts of so many rows each, as torch's tensors do."""
        parts = self._rows.split(list(counts))
        return tuple(Packed(part.clone(), self._kind, self.shape[1], self.dtype) for part in parts)

    def unpacked(self) -> torch.Tensor:
        """(n, columns) as the file has it, in `dtype`. Raises NotImplementedError for a packing that is not known."""
        return unpack(self._rows, self._kind).view(self.shape).to(self.dtype)

    def changed(self) -> torch.Tensor:
        """`unpacked`, with all `changes`."""
        made = self.unpacked()
        if not self.changes:
            return made
        return (made.float() + sum(change(made) for change in self.changes)).to(self.dtype)

    def stand_in(self) -> torch.Tensor:
        """Of the shape and type of the matrix, without its memory."""
        return torch.zeros((), dtype=self.dtype).expand(self.shape)


def unpack(rows: torch.Tensor, kind: str) -> torch.Tensor:
    """The numbers of `rows`, flat, float32. Raises NotImplementedError for a packing that is not known."""
    if kind == "Q8_0":  # the commonest; this is ten times as fast
        blocks = rows.view(-1, _Q8_0_BYTES)
        scales = blocks[:, :_SCALE_BYTES].contiguous().view(torch.float16).float()
        return blocks[:, _SCALE_BYTES:].contiguous().view(torch.int8).float().mul_(scales).flatten()
    from gguf import GGMLQuantizationType  # few models need it, and it takes a while to import
    from gguf.quants import dequantize

    try:
        code = GGMLQuantizationType[kind]
    except KeyError as error:
        raise NotImplementedError(kind) from error
    with np.errstate(invalid="ignore", over="ignore"):  # a damaged file's numbers are found where they are used
        return torch.from_numpy(dequantize(rows.numpy(), code).ravel())


def keep(layer: nn.Linear, packed: Packed) -> None:
    """Let `layer` work with this weight from now on."""
    setattr(layer, _ATTRIBUTE, packed)
    layer.weight = nn.Parameter(packed.stand_in(), requires_grad=False)
    layer.register_forward_pre_hook(_come)
    layer.register_forward_hook(_go, always_call=True)


def of(layer: Any) -> Packed | None:
    """What `keep` gave to the layer, if it did."""
    found: Packed | None = getattr(layer, _ATTRIBUTE, None)
    return found


def are_in(*networks: nn.Module) -> bool:
    """Whether any layer of them works with a packed weight."""
    return any(of(layer) is not None for network in networks for layer in network.modules())


def others(*networks: nn.Module) -> list[torch.Tensor]:
    """The networks' parameters that are not packed, each of them once."""
    layers = [layer for network in networks for layer in network.modules()]
    found = [
        parameter
        for layer in layers
        for name, parameter in layer.named_parameters(recurse=False)
        if name != "weight" or of(layer) is None
    ]
    return list({id(parameter): parameter for parameter in found}.values())


def work_in(networks: Iterable[nn.Module], dtype: torch.dtype) -> None:
    """The networks' packed weights are to be unpacked to `dtype`."""
    for layer in (layer for network in networks for layer in network.modules()):
        if (packed := of(layer)) is not None:
            packed.dtype = dtype
            layer.weight.data = packed.stand_in()


def _come(layer: Any, _inputs: Any) -> None:
    """Whoever looks ahead gives the layer a weight that is a shape only; that stays."""
    if not layer.weight.is_meta:
        with torch.inference_mode(False), torch.no_grad():
            layer.weight.data = getattr(layer, _ATTRIBUTE).changed()


def _go(layer: Any, _inputs: Any, _output: Any) -> None:
    if not layer.weight.is_meta:
        layer.weight.data = getattr(layer, _ATTRIBUTE).stand_in()
