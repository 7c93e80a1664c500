"""Writes .safetensors files by hand: good, broken and hostile ones."""

from __future__ import annotations

import json
import struct
from pathlib import Path

_BYTES = {"F32": 4, "F16": 2}


def write(path: Path, shapes: dict[str, tuple[int, ...]], metadata: dict[str, str] | None = None) -> Path:
    """A sparse file of zeros with these tensors."""
    header: dict[str, object] = {"__metadata__": metadata} if metadata else {}
    end = 0
    for name, shape in shapes.items():
        begin = end
        size = _BYTES["F16"]
        for side in shape:
            size *= side
        end += size
        header[name] = {"dtype": "F16", "shape": list(shape), "data_offsets": [begin, end]}
    write_raw(path, json.dumps(header).encode())
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size + end)
    return path


def write_raw(path: Path, header: bytes, data: bytes = b"", *, length: int | None = None) -> Path:
    path.write_bytes(struct.pack("<Q", len(header) if length is None else length) + header + data)
    return path
