"""Reads the header of a .safetensors file with every number checked, before any library is trusted with the file.

The format: 8 bytes little-endian header length, a JSON object {name: {dtype, shape, data_offsets}}, then raw data.
Standard library only; a hostile file costs well under a second and a few hundred megabytes at the very most.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sdstudio.errors import ModelProblem

MAX_HEADER_BYTES = 100 * 10**6
MAX_TENSORS = 100_000
MAX_DIMENSIONS = 16
_BITS = {
    "BOOL": 8, "U8": 8, "I8": 8, "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6,
    "U16": 16, "I16": 16, "F16": 16, "BF16": 16, "U32": 32, "I32": 32, "F32": 32, "U64": 64, "I64": 64,
    "F64": 64, "C64": 64,
}  # fmt: skip
# How often a sign may occur for each of MAX_TENSORS: twice and more of what tensors and training notes need.
_SIGNS = ((b"{", 2), (b"[", 4), (b'":', 10), (b",", 30))


@dataclass(frozen=True, slots=True)
class Tensor:
    """One entry: its element type as written in the file, and its shape."""

    dtype: str
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Header:
    """What a file says it holds."""

    tensors: dict[str, Tensor]
    metadata: dict[str, str]
    file_bytes: int


def read_header(path: Path) -> Header:
    """The checked header of a .safetensors file. Raises ModelProblem with a sentence for anything else."""
    try:
        with path.open("rb") as file:
            size = path.stat().st_size
            prefix = file.read(8)
            if len(prefix) < 8:
                raise _damaged(path, "it is too short to be a .safetensors file")
            (length,) = struct.unpack("<Q", prefix)
            if length > MAX_HEADER_BYTES or 8 + length > size:
                raise _damaged(path, f"its header claims {length:,} bytes")
            text = file.read(length)
    except OSError as error:
        raise ModelProblem(f"The file “{path.name}” cannot be read.", detail=str(error)) from error
    return _check(path, _parse(path, text), size - 8 - length, size)


def _parse(path: Path, text: bytes) -> dict[str, Any]:
    if text.lstrip()[:1] != b"{":
        raise _damaged(path, "its header is not one of a model")
    # Parsing is what a bomb would make expensive, so its size is bounded by counting first.
    if any(text.count(sign) > per_tensor * MAX_TENSORS for sign, per_tensor in _SIGNS):
        raise _damaged(path, "its header holds far more than any model")
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _damaged(path, "its header is not valid JSON", str(error)) from error
    if not isinstance(content, dict):
        raise _damaged(path, "its header is not one of a model")
    return content


def _check(path: Path, content: dict[str, Any], data_bytes: int, file_bytes: int) -> Header:
    metadata = content.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise _damaged(path, "its metadata is not text")
    if len(content) > MAX_TENSORS:
        raise _damaged(path, f"it claims {len(content):,} tensors")
    tensors = {name: _check_tensor(path, name, entry, data_bytes) for name, entry in content.items()}
    return Header(tensors, metadata, file_bytes)


def _check_tensor(path: Path, name: str, entry: Any, data_bytes: int) -> Tensor:
    match entry:
        case {"dtype": str(dtype), "shape": list(shape), "data_offsets": [int(begin), int(end)]}:
            pass
        case _:
            raise _damaged(path, f"the entry “{name[:80]}” is not a tensor")
    if dtype not in _BITS:
        raise _damaged(path, f"the tensor “{name[:80]}” is of the unknown type “{dtype[:20]}”")
    if not 0 <= begin <= end <= data_bytes:
        raise _damaged(path, f"the tensor “{name[:80]}” lies outside of the file")
    bits = _BITS[dtype]
    if len(shape) > MAX_DIMENSIONS:
        raise _damaged(path, f"the tensor “{name[:80]}” has {len(shape)} dimensions")
    for side in shape:
        if type(side) is not int or side < 0:
            raise _damaged(path, f"the shape of the tensor “{name[:80]}” is not made of numbers")
        bits *= min(side, 8 * data_bytes + 1)  # stays small however large the sides claim to be
    if bits != 8 * (end - begin):
        raise _damaged(path, f"the tensor “{name[:80]}” has another size than its shape says")
    return Tensor(dtype, tuple(shape))


def _damaged(path: Path, reason: str, detail: str = "") -> ModelProblem:
    return ModelProblem(f"The file “{path.name}” is not a usable model: {reason}.", detail=detail)
