"""Writes .gguf files, as the packers of image models do: good ones by ggml's own writer, broken ones by hand."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from gguf import GGMLQuantizationType, GGUFWriter
from gguf.quants import quantize

_BLOCK = 32
_SHAPE_KEY = "comfy.gguf.orig_shape."


def write(path: Path, weights: Mapping[str, np.ndarray], kind: str, architecture: str = "sd1") -> Path:
    """The weights (float32) as `kind`; vectors stay F32, and what fills no blocks is folded until it does, or F16."""
    writer = GGUFWriter(path, architecture)
    writer.add_array("tokenizer.words", ["a", "b"])
    for name, value in weights.items():
        if value.ndim < 2:
            writer.add_tensor(name, value.astype(np.float32))
            continue
        if kind != "F16" and value.shape[-1] % _BLOCK and value.size % _BLOCK == 0:
            writer.add_array(_SHAPE_KEY + name, list(value.shape))
            value = value.reshape(-1, _BLOCK)
        if kind == "F16" or value.shape[-1] % _BLOCK:
            writer.add_tensor(name, value.astype(np.float16))
            continue
        code = GGMLQuantizationType[kind]
        writer.add_tensor(name, quantize(value.astype(np.float32), code), raw_dtype=code)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value)) + value.encode()


def tensor(name: str, sides: tuple[int, ...], kind: int = 0, offset: int = 0) -> bytes:
    """One entry of the table of tensors; `sides` from the innermost outwards."""
    return text(name) + struct.pack(f"<I{len(sides)}QIQ", len(sides), *sides, kind, offset)


def write_raw(path: Path, *parts: bytes, tensors: int = 0, keys: int = 0, version: int = 3) -> Path:
    """A file that may claim anything."""
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", version, tensors, keys) + b"".join(parts))
    return path
