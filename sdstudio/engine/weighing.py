"""How much memory a model's weights will take, from the headers of its files, and in which format to read them.

Must not know how much memory there is.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import torch

from sdstudio.models.flow_kinds import FLOW
from sdstudio.models.gguf_header import is_gguf, read_gguf
from sdstudio.models.header import read_header
from sdstudio.models.info import ModelInfo

_MOST_OF_FREE = 0.6  # of the memory that is free without the model; the job and other programs need the rest
_NOT_READ = "model_ema."  # averaged weights beside the usual ones, in files for going on with training
_HALVES = {"F16": torch.float16, "BF16": torch.bfloat16}


@dataclass(frozen=True)
class Manner:
    """How weights are read: `half`, a format of half precision in place of the device's usual one, and the rest."""

    half: torch.dtype | None = None
    keep_packed: bool = False


@dataclass(frozen=True)
class Weight:
    """What a model's files hold."""

    numbers: int
    half: torch.dtype | None = None  # the format of half precision that most of them are stored in, if it is one
    packed: int = 0  # of the numbers, those that can stay as they are packed
    packed_bytes: int = 0

    def bytes_in(self, manner: Manner, usual: torch.dtype) -> int:
        """Of memory, when they are read so and `usual` is the device's usual format."""
        width = (manner.half or usual).itemsize
        if not manner.keep_packed:
            return self.numbers * width
        return (self.numbers - self.packed) * width + self.packed_bytes

    def manners(self, *, on_cpu: bool) -> list[Manner]:
        """The ways to read them: what computes fastest comes first, what takes the least memory last."""
        found = [Manner()]
        if on_cpu:
            half = self.half or torch.float16
            found.append(Manner(half))
            found += [Manner(half, keep_packed=True)] if self.packed else []
        return found

    def is_exact(self, manner: Manner) -> bool:
        """Whether nothing is lost that the files hold."""
        return manner.half in (None, self.half)


def choose(weight: Weight, usual: torch.dtype, free_bytes: int, usable_bytes: float, *, on_cpu: bool) -> Manner | None:
    """The first way to read the weights for which `usable_bytes` are enough; None when none is.

    Where a later one loses nothing, they leave much more of the free memory to others.
    """
    manners = weight.manners(on_cpu=on_cpu)
    for place, manner in enumerate(manners):
        needed = weight.bytes_in(manner, usual)
        may_shrink = any(weight.is_exact(later) or later.keep_packed for later in manners[place + 1 :])
        if needed <= usable_bytes and not (may_shrink and is_much(needed, free_bytes)):
            return manner
    return None


def weigh(info: ModelInfo) -> Weight:
    """From the headers of the model's files. Raises ModelProblem for a damaged one."""
    count = packed = packed_bytes = 0
    formats: Counter[str] = Counter()
    for path in _files(info):
        packing = read_gguf(path) if is_gguf(path) else None
        header = packing or read_header(path)
        for name, tensor in header.tensors.items():
            if name.startswith(_NOT_READ):
                continue
            numbers = math.prod(tensor.shape)
            count += numbers
            formats[tensor.dtype] += numbers
            if packing is not None and info.prediction == FLOW and packing.stays_packed(name):
                packed += numbers
                packed_bytes += packing.stored[name].bytes
    ((most, _),) = formats.most_common(1) or [("", 0)]
    return Weight(count, _HALVES.get(most), packed, packed_bytes)


def is_much(weight_bytes: int, free_bytes: int) -> bool:
    """Whether weights would take so much of the memory that is free without them that a smaller format is better."""
    return weight_bytes > _MOST_OF_FREE * free_bytes


def _files(info: ModelInfo) -> Iterable[Path]:
    """Those that will be read: of a folder's parts the full ones, unless there are only halves."""
    path = Path(info.path)
    yield from (Path(part.path) for part in info.parts)
    if path.is_file():
        yield path
        return
    for folder in sorted(part for part in path.iterdir() if part.is_dir()) if path.is_dir() else []:
        files = sorted(folder.glob("*.safetensors"))
        yield from [file for file in files if ".fp16" not in file.name and ".bf16" not in file.name] or files
