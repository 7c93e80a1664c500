"""The tensors of a .gguf file: unpacked, as fast as any other in use, or as they are, where memory is short.

Must not know what the tensors are for.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

from sdstudio.engine.gguf_names import usual
from sdstudio.engine.packed import Packed, unpack
from sdstudio.errors import ModelProblem
from sdstudio.models.gguf_header import Stored, read_gguf

_PLAIN = {"F32": np.float32, "F64": np.float64, "I8": np.int8, "I16": np.int16, "I32": np.int32, "I64": np.int64}


def read_tensors(path: Path, dtype: torch.dtype, *, keep_packed: bool = False) -> dict[str, Any]:
    """All tensors of the file by their usual names; those with fractions as `dtype`. Raises ModelProblem.

    `keep_packed`: matrices that are packed come as `Packed`.
    """
    header = read_gguf(path)
    data = np.memmap(path, np.uint8, "r")
    tensors: dict[str, Any] = {}
    names = usual(list(header.stored))
    for name, stored in header.stored.items():
        if keep_packed and header.stays_packed(name):
            rows = torch.from_numpy(np.array(data[stored.offset : stored.offset + stored.bytes]))
            tensors[names[name]] = Packed(rows.view(stored.shape[0], -1), stored.type, stored.shape[1], dtype)
            continue
        value = _unpacked(path, data[stored.offset : stored.offset + stored.bytes], stored)
        value = value.to(dtype) if value.is_floating_point() else value
        tensors[names[name]] = value.reshape(header.tensors[name].shape)
    return tensors


def _unpacked(path: Path, packed: np.ndarray, stored: Stored) -> torch.Tensor:
    """Flat, a copy of its own."""
    if stored.type == "F16":
        return torch.from_numpy(np.array(packed).view(np.float16))
    if stored.type == "BF16":
        return torch.from_numpy(np.array(packed).view(np.int16)).view(torch.bfloat16)
    if stored.type in _PLAIN:
        return torch.from_numpy(np.array(packed).view(_PLAIN[stored.type]))
    rows = np.array(packed).reshape(-1, stored.bytes // max(1, int(np.prod(stored.shape[:-1]))))
    try:
        return unpack(torch.from_numpy(rows), stored.type)
    except NotImplementedError as error:
        raise ModelProblem(
            f"The file “{path.name}” packs its numbers as {stored.type}, which cannot be unpacked here. Take a file of "
            "another kind, such as Q8_0 or Q4_K."
        ) from error
