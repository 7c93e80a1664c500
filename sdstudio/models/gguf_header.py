"""Reads the header of a .gguf file with every number checked, before any library is trusted with the file.

The format (ggml's docs/gguf.md, versions 2 and 3): magic, version, counts; keys with typed values; names, shapes,
types and offsets of tensors; then aligned data. Shapes are written from the innermost side outwards. Standard library
only; a hostile file costs well under a second.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from sdstudio.errors import ModelProblem
from sdstudio.models.header import MAX_HEADER_BYTES, MAX_TENSORS, Header, Tensor

MAGIC = b"GGUF"
MAX_KEYS = 10_000
MAX_STRINGS = 1_000_000  # in all lists together; a language model's vocabulary has a quarter of that
MAX_STRING_BYTES = 2**20
MAX_SIDES = 4
# Types by their numbers: how many values one block holds, and its bytes (ggml's type traits).
TYPES: dict[int, tuple[str, int, int]] = {
    0: ("F32", 1, 4), 1: ("F16", 1, 2), 2: ("Q4_0", 32, 18), 3: ("Q4_1", 32, 20), 6: ("Q5_0", 32, 22),
    7: ("Q5_1", 32, 24), 8: ("Q8_0", 32, 34), 10: ("Q2_K", 256, 84), 11: ("Q3_K", 256, 110), 12: ("Q4_K", 256, 144),
    13: ("Q5_K", 256, 176), 14: ("Q6_K", 256, 210), 16: ("IQ2_XXS", 256, 66), 17: ("IQ2_XS", 256, 74),
    18: ("IQ3_XXS", 256, 98), 19: ("IQ1_S", 256, 50), 20: ("IQ4_NL", 32, 18), 21: ("IQ3_S", 256, 110),
    22: ("IQ2_S", 256, 82), 23: ("IQ4_XS", 256, 136), 24: ("I8", 1, 1), 25: ("I16", 1, 2), 26: ("I32", 1, 4),
    27: ("I64", 1, 8), 28: ("F64", 1, 8), 29: ("IQ1_M", 256, 56), 30: ("BF16", 1, 2), 34: ("TQ1_0", 256, 54),
    35: ("TQ2_0", 256, 66), 39: ("MXFP4", 32, 17),
}  # fmt: skip
PLAIN = frozenset(title for title, block, _ in TYPES.values() if block == 1)
_NUMBERS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _LIST, _U32 = 8, 9, 4
_SHAPE_KEY = "comfy.gguf.orig_shape."  # of tensors that were folded because their rows fill no block


@dataclass(frozen=True, slots=True)
class Stored:
    """Where the file keeps one tensor, and its shape there, outermost side first."""

    type: str
    shape: tuple[int, ...]
    offset: int  # in the file
    bytes: int


@dataclass(frozen=True)
class GgufHeader(Header):
    """As of a .safetensors file (`tensors` have the shapes that networks know), and where everything lies."""

    stored: dict[str, Stored]

    def stays_packed(self, name: str) -> bool:
        """Whether this tensor is a matrix whose rows are blocks of packed numbers."""
        stored = self.stored[name]
        return stored.type not in PLAIN and len(stored.shape) == 2 and self.tensors[name].shape == stored.shape


def is_gguf(path: Path) -> bool:
    """Whether the file says so itself, whatever it is called. False where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(4) == MAGIC
    except OSError:
        return False


def read_gguf(path: Path) -> GgufHeader:
    """The checked header of a .gguf file. Raises ModelProblem with a sentence for anything else."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            return _read(path, _Reader(path, file, min(size, MAX_HEADER_BYTES)), size)
    except OSError as error:
        raise ModelProblem(f"The file “{path.name}” cannot be read.", detail=str(error)) from error


class _Reader:
    """Takes numbers and texts from the file, never more bytes than the file and a header can have."""

    def __init__(self, path: Path, file: BinaryIO, limit: int) -> None:
        self._path, self._file, self._left = path, file, limit
        self.place = 0

    def take(self, count: int) -> bytes:
        if count > self._left:
            raise damaged(self._path, "it ends in the middle of its header")
        self._left -= count
        self.place += count
        data = self._file.read(count)
        if len(data) != count:
            raise damaged(self._path, "it ends in the middle of its header")
        return data

    def skip(self, count: int) -> None:
        if count > self._left:
            raise damaged(self._path, "it ends in the middle of its header")
        self._left -= count
        self.place += count
        self._file.seek(count, 1)

    def number(self, code: str) -> int:
        return int(struct.unpack(f"<{code}", self.take(struct.calcsize(f"<{code}")))[0])

    def text(self) -> str:
        length = self.number("Q")
        if length > MAX_STRING_BYTES:
            raise damaged(self._path, f"it claims a text of {length:,} bytes")
        return self.take(length).decode("utf-8", "replace")


def _read(path: Path, reader: _Reader, file_bytes: int) -> GgufHeader:
    if reader.take(4) != MAGIC:
        raise damaged(path, "it is no .gguf file")
    version = reader.number("I")
    if version not in (2, 3):
        raise damaged(path, f"it is of the version {version}, which is not known")
    tensors, keys = reader.number("Q"), reader.number("Q")
    if tensors > MAX_TENSORS or keys > MAX_KEYS:
        raise damaged(path, f"it claims {tensors:,} tensors and {keys:,} keys")
    metadata, shapes, alignment = _read_keys(path, reader, keys)
    rows = [_read_tensor(path, reader) for _ in range(tensors)]
    begin = -(-reader.place // alignment) * alignment
    stored = {}
    for name, row in rows:
        moved = Stored(row.type, row.shape, begin + row.offset, row.bytes)
        if moved.offset + moved.bytes > file_bytes:
            raise damaged(path, f"the tensor “{name[:80]}” lies outside of the file")
        stored[name] = moved
    known = {name: Tensor(one.type, _unfolded(path, name, one.shape, shapes)) for name, one in stored.items()}
    return GgufHeader(known, metadata, file_bytes, stored)


def _read_keys(path: Path, reader: _Reader, count: int) -> tuple[dict[str, str], dict[str, tuple[int, ...]], int]:
    """(what it says in words, shapes of folded tensors, alignment of the data)."""
    metadata: dict[str, str] = {}
    shapes: dict[str, tuple[int, ...]] = {}
    strings_left, alignment = MAX_STRINGS, 32
    for _ in range(count):
        key, kind = reader.text(), reader.number("I")
        if kind == _STRING:
            metadata[key] = reader.text()
        elif kind in _NUMBERS:
            number = struct.unpack(f"<{_NUMBERS[kind]}", reader.take(struct.calcsize(f"<{_NUMBERS[kind]}")))[0]
            if key == "general.alignment" and kind == _U32:
                alignment = number
        elif kind == _LIST:
            inner, length = reader.number("I"), reader.number("Q")
            if key.startswith(_SHAPE_KEY) and inner in _NUMBERS and length <= MAX_SIDES:
                shapes[key.removeprefix(_SHAPE_KEY)] = tuple(reader.number(_NUMBERS[inner]) for _ in range(length))
            elif inner in _NUMBERS:
                reader.skip(length * struct.calcsize(f"<{_NUMBERS[inner]}"))
            elif inner == _STRING and length <= strings_left:
                strings_left -= length
                for _ in range(length):
                    reader.skip(reader.number("Q"))
            else:
                raise damaged(path, f"its key “{key[:80]}” holds a list of an unknown kind or length")
        else:
            raise damaged(path, f"its key “{key[:80]}” is of an unknown kind")
    if not (1 <= alignment <= 2**20 and alignment & (alignment - 1) == 0):
        raise damaged(path, f"it claims an alignment of {alignment}")
    return metadata, shapes, alignment


def _read_tensor(path: Path, reader: _Reader) -> tuple[str, Stored]:
    name, sides = reader.text(), reader.number("I")
    if sides > MAX_SIDES:
        raise damaged(path, f"the tensor “{name[:80]}” has {sides} dimensions")
    shape = tuple(reader.number("Q") for _ in range(sides))
    kind, offset = reader.number("I"), reader.number("Q")
    if kind not in TYPES:
        raise damaged(path, f"the tensor “{name[:80]}” is of the unknown type {kind}")
    title, block, block_bytes = TYPES[kind]
    if shape and shape[0] % block:
        raise damaged(path, f"the rows of the tensor “{name[:80]}” are no whole blocks of {block}")
    count = 1
    for side in shape:
        count *= side
    return name, Stored(title, shape[::-1], offset, count // block * block_bytes)


def _unfolded(path: Path, name: str, shape: tuple[int, ...], shapes: dict[str, tuple[int, ...]]) -> tuple[int, ...]:
    wanted = shapes.get(name)
    if wanted is None:
        return shape
    if min(wanted, default=1) < 0 or _product(wanted) != _product(shape):
        raise damaged(path, f"the tensor “{name[:80]}” has another size than its shape says")
    return wanted


def _product(sides: tuple[int, ...]) -> int:
    product = 1
    for side in sides:
        product *= side
    return product


def damaged(path: Path, reason: str) -> ModelProblem:
    """The sentence about a file that is none of a model."""
    return ModelProblem(f"The file “{path.name}” is not a usable model: {reason}.")
