"""Where a network's weights are while they are not at work: in smaller numbers, in the other memory, or on the disk.

A layer's weight comes in just before the layer runs and is gone right after it, so that one layer is whole at a time.
Must not know models or jobs.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from diffusers.models.upsampling import Upsample2D
from torch import nn

from sdstudio import paths
from sdstudio.engine import packed

Where = Literal["here", "host", "disk"]  # in the device's own memory, in the machine's, or in a file that is mapped
HALF, BYTE = torch.float16, torch.float8_e4m3fn
_KINDS = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.Embedding)
_READ_BY_OTHERS = (Upsample2D,)  # whose weights speed.enlarging takes without their layer
# Classes that look at the format of their layers' weights before they use them: those come in with the whole block.
_LOOK_AT_WEIGHTS = frozenset({"T5DenseActDense", "T5DenseGatedActDense", "TimestepEmbedder"})
_SMALL = 2**12  # numbers: a smaller weight is not worth the way
_MOST_OF_BYTE = 448.0  # the largest number that BYTE has


@dataclass
class _Kept:
    """One layer's weight at rest: `data` times `scale` is what works on `device` in `dtype`."""

    layer: Any
    data: torch.Tensor
    scale: float | None
    device: torch.device
    dtype: torch.dtype

    def brought(self) -> torch.Tensor:
        made = self.data.to(self.device, self.dtype)
        return made if self.scale is None else made.mul_(self.scale)

    def come(self, _block: Any, _inputs: Any) -> None:
        """Before the layer works. Whoever looks ahead gives it weights that are shapes only; those stay."""
        if not self.layer.weight.is_meta:
            with torch.inference_mode(False), torch.no_grad():
                self.layer.weight.data = self.brought()

    def go(self, _block: Any, _inputs: Any, _output: Any) -> None:
        """After it has worked, or failed."""
        if not self.layer.weight.is_meta:
            self.layer.weight.data = self.data

    @property
    def travels(self) -> bool:
        return (self.data.device, self.data.dtype) != (self.device, self.dtype)


class Residence:
    """The larger weights of some networks, which are as they were made until `settle` says otherwise.

    `is_exact`: they still are, bit for bit, what they were.
    """

    def __init__(self, networks: Iterable[nn.Module]) -> None:
        self._networks = list(networks)
        self.is_exact = True
        self._dtype: torch.dtype | None = None
        self._where: Where = "here"
        self._file: _MappedFile | None = None
        self._hooks: list[Any] = []
        self._kept: list[_Kept] = []  # empty while everything is as it was made

    def take_over(self, dtype: torch.dtype, *, is_exact: bool) -> None:
        """The networks were read in half precision, to save memory, and are to work in `dtype`.

        `is_exact`: their file holds no more than that.
        """
        self.is_exact = is_exact
        with torch.inference_mode(False), torch.no_grad():
            for network in self._networks:
                worthy = {id(layer.weight) for layer in _worthy_layers(network)}
                for value in (*packed.others(network), *network.buffers()):
                    if id(value) not in worthy and value.is_floating_point():
                        value.data = value.data.to(dtype)
        packed.work_in(self._networks, dtype)
        self._kept = [_kept(layer) for network in self._networks for layer in _worthy_layers(network)]
        for kept in self._kept:
            kept.dtype = dtype
        self._dtype = HALF
        self._watch_travellers()

    def settle(self, dtype: torch.dtype | None, where: Where) -> None:
        """Keep the weights as `dtype` (None: as they were made) and `where` from now on, one after the other.

        Raises OSError when the disk has no room, and then nothing has changed.
        """
        if (dtype, where) == (self._dtype, self._where):
            return
        self._kept = self._kept or [_kept(layer) for network in self._networks for layer in _worthy_layers(network)]
        sizes = [_rounded(kept.data.numel() * (dtype or kept.dtype).itemsize) for kept in self._kept]
        file = _MappedFile(sum(sizes)) if where == "disk" else None
        with torch.inference_mode(False), torch.no_grad():
            for kept in self._kept:
                self._lay_away(kept, dtype, where, file)
        self._file, self._dtype, self._where = file, dtype, where
        self._watch_travellers()
        if dtype is None and where == "here":
            self._kept = []

    def _watch_travellers(self) -> None:
        for hook in self._hooks:
            hook.remove()
        blocks = [block for network in self._networks for block in network.modules()]
        looking = [block for block in blocks if type(block).__name__ in _LOOK_AT_WEIGHTS]
        owners = {id(layer): block for block in looking for layer in block.modules()}
        self._hooks = []
        for kept in (kept for kept in self._kept if kept.travels):
            owner = owners.get(id(kept.layer), kept.layer)
            self._hooks.append(owner.register_forward_pre_hook(kept.come))
            self._hooks.append(owner.register_forward_hook(kept.go, always_call=True))

    def _lay_away(self, kept: _Kept, dtype: torch.dtype | None, where: Where, file: _MappedFile | None) -> None:
        weight = kept.brought()
        data, kept.scale = _in_dtype(weight, dtype)
        if dtype is not None and self.is_exact:
            self.is_exact = kept.scale is None and torch.equal(data.to(weight.dtype), weight)
        if where == "host":
            data = data.cpu()
            data = data.pin_memory() if kept.device.type == "cuda" else data
        elif file is not None:
            data = file.take(data)
        elif self._file is not None and data.data_ptr() == kept.data.data_ptr():
            data = data.clone()  # out of the file, which ends
        kept.data = kept.layer.weight.data = data


class _MappedFile:
    """A file of our own that is part of the address space: the system drops its pages when memory runs short."""

    def __init__(self, nbytes: int) -> None:
        if not has_room(nbytes):
            raise OSError(f"{_folder()} has too little room for {nbytes:,} bytes")
        _folder().mkdir(parents=True, exist_ok=True)
        self._folder = tempfile.TemporaryDirectory(dir=_folder(), ignore_cleanup_errors=True)
        path = Path(self._folder.name) / "weights"
        self._bytes = torch.from_file(str(path), shared=True, size=max(nbytes, 1), dtype=torch.uint8)
        self._used = 0

    def take(self, data: torch.Tensor) -> torch.Tensor:
        """`data` as a tensor in the file, with the same strides."""
        part = self._bytes[self._used : self._used + data.nbytes].view(data.dtype)
        self._used += _rounded(data.nbytes)
        return part.as_strided(data.size(), data.stride()).copy_(data)


def has_room(nbytes: int) -> bool:
    """Whether the disk could take so much, and as much again for everybody else."""
    folder = _folder()
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free > 2 * nbytes


def _folder() -> Path:
    return paths.cache() / "engine"


def _worthy_layers(network: nn.Module) -> list[Any]:
    """All but the first: by its first weight a network says where it is and in which format it works."""
    first = next(network.parameters(), None)
    stay = {part for layer in network.modules() if isinstance(layer, _READ_BY_OTHERS) for part in layer.modules()}
    layers: list[Any] = [layer for layer in network.modules() if type(layer) in _KINDS and layer not in stay]
    return [
        layer for layer in layers if layer.weight is not first and packed.of(layer) is None and _is_worthy(layer.weight)
    ]


def _is_worthy(weight: torch.Tensor) -> bool:
    return weight.is_floating_point() and weight.dtype.itemsize > 1 and weight.numel() >= _SMALL


def _kept(layer: Any) -> _Kept:
    weight = layer.weight
    return _Kept(layer, weight.data, None, weight.device, weight.dtype)


def _in_dtype(weight: torch.Tensor, dtype: torch.dtype | None) -> tuple[torch.Tensor, float | None]:
    if dtype is None:
        return weight, None
    if dtype == BYTE:
        scale = max(float(weight.abs().max()), 1e-12) / _MOST_OF_BYTE
        return (weight.float() / scale).to(BYTE), scale
    halved = weight.to(dtype)
    if weight.dtype == torch.float32 and not torch.equal(halved.float(), weight):
        other = weight.bfloat16()  # what many files hold, and what half precision cannot
        halved = other if torch.equal(other.float(), weight) else halved
    return halved, None


def _rounded(nbytes: int) -> int:
    """To whole cache lines, so that every number lies where processors like it."""
    return -(-nbytes // 64) * 64
