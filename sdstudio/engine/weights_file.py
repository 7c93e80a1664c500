"""The tensors of one file, .safetensors or .gguf. Its header is checked before a library sees the file."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file

from sdstudio.models.gguf_header import is_gguf
from sdstudio.models.header import read_header


def are_numbers(weights: Iterable[torch.Tensor]) -> bool:
    """Whether all of them are numbers, none infinite or NaN.

    A sum tells, and takes a twentieth of the time of a look at each; one that overflows says nothing yet.
    """
    return all(weight.sum(dtype=torch.float32).isfinite() or weight.isfinite().all() for weight in weights)


def read_weights(path: Path, dtype: torch.dtype, *, keep_packed: bool = False) -> dict[str, Any]:
    """By their names; as stored, or where that is packed, unpacked to `dtype`. Raises ModelProblem.

    `keep_packed`: matrices that are packed come as `packed.Packed`.
    """
    if is_gguf(path):
        from sdstudio.engine.gguf_file import read_tensors  # few models need it, and it takes a while to import

        return read_tensors(path, dtype, keep_packed=keep_packed)
    read_header(path)
    return load_file(path)
