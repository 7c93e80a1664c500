"""The tensors of a .gguf file, its packed numbers unpacked: small on the disk, and as fast as any other in use.

Must not know what the tensors are for.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from gguf import GGMLQuantizationType
from gguf.quants import dequantize

from sdstudio.engine.gguf_names import usual
from sdstudio.errors import ModelProblem
from sdstudio.models.gguf_header import Stored, read_gguf

_PLAIN = {"F32": np.float32, "F64": np.float64, "I8": np.int8, "I16": np.int16, "I32": np.int32, "I64": np.int64}


def read_tensors(path: Path, dtype: torch.dtype) -> dict[str, torch.Tensor]:
    """All tensors of the file by their usual names; those with fractions as `dtype`. Raises ModelProblem."""
    header = read_gguf(path)
    data = np.memmap(path, np.uint8, "r")
    tensors, names = {}, usual(list(header.stored))
    for name, stored in header.stored.items():
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
        return torch.from_numpy(dequantize(rows, GGMLQuantizationType[stored.type]).ravel())
    except (NotImplementedError, KeyError) as error:
        raise ModelProblem(
            f"The file “{path.name}” packs its numbers as {stored.type}, which cannot be unpacked here. Take a file of "
            "another kind, such as Q8_0 or Q4_K."
        ) from error
