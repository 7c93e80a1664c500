"""How much memory a model's weights will take, from the headers of its files, before any of them is read."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import torch

from sdstudio.models.gguf_header import is_gguf, read_gguf
from sdstudio.models.header import read_header
from sdstudio.models.info import ModelInfo

_MOST_OF_FREE = 0.6  # of the memory that is free without the model; the job and other programs need the rest
_NOT_READ = "model_ema."  # averaged weights beside the usual ones, in files for going on with training
_HALVES = {"F16": torch.float16, "BF16": torch.bfloat16}


def numbers_of(info: ModelInfo) -> tuple[int, torch.dtype | None]:
    """How many numbers the model has, and the format of half precision that most of them are stored in.

    The format is None where they are stored otherwise: in full, or packed. Raises ModelProblem for a damaged file.
    """
    count = 0
    formats: Counter[str] = Counter()
    for path in _files(info):
        header = read_gguf(path) if is_gguf(path) else read_header(path)
        for name, tensor in header.tensors.items():
            if name.startswith(_NOT_READ):
                continue
            numbers = math.prod(tensor.shape)
            count += numbers
            formats[tensor.dtype] += numbers
    ((most, _),) = formats.most_common(1) or [("", 0)]
    return count, _HALVES.get(most)


def is_much(weight_bytes: int, free_bytes: int) -> bool:
    """Whether weights would take so much of the memory that is free without them that halves are the better choice."""
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
