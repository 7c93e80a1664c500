"""The pixels of one channel: four ways to pack them, each bounded by the size that is declared.

Must not know layers.
"""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sdstudio.formats.psd.source import Damaged, Source

Plane = NDArray[Any]
"""(h, w) uint8, uint16 or float32."""

RAW, PACKBITS, ZIP, ZIP_PREDICTED = range(4)
_STRIP = 128  # rows at once: picking bytes out keeps other threads waiting
_CHUNK = 64  # bytes that are packed together, at most 128
_TYPES = {8: np.dtype(np.uint8), 16: np.dtype(">u2"), 32: np.dtype(">f4")}


def read_channel(source: Source, length: int, width: int, height: int, depth: int, *, is_wide: bool) -> Plane:
    """The next `length` bytes: the way of packing, then the data. Raises Damaged."""
    if width == 0 or height == 0:
        source.skip(length)
        return np.zeros((height, width), np.uint8)
    with source.section(length):
        packing = source.number("H")
        return unpacked(source, packing, width, height, depth, is_wide=is_wide)[0]


def unpacked(
    source: Source, packing: int, width: int, height: int, depth: int, *, is_wide: bool, count: int = 1
) -> list[Plane]:
    """`count` channels that follow each other, packed together. Raises Damaged."""
    if depth not in _TYPES:
        raise Damaged(f"{depth} bits")
    row_bytes = width * depth // 8
    if packing == RAW:
        data = source.take(row_bytes * height * count)
    elif packing == PACKBITS:
        data = _packbits(source, row_bytes, height * count, is_wide=is_wide)
    elif packing in (ZIP, ZIP_PREDICTED):
        data = _inflated(source.take(source.left), row_bytes * height * count)
    else:
        raise Damaged(f"packing {packing}")
    planes = np.frombuffer(data, np.uint8).reshape(count, height, row_bytes)
    if packing == ZIP_PREDICTED:
        return [_summed(plane, width, depth) for plane in planes]
    kind: Any = _TYPES[depth]
    return [plane.view(kind) for plane in planes]


def packed(plane: NDArray[np.uint8]) -> tuple[bytes, bytes]:
    """(h, w) uint8 as PackBits, what every program reads: the lengths of the rows, and the rows.

    Whole chunks of one value become two bytes, all others are copied: done without a loop over pixels.
    """
    strips = [_packed_rows(plane[top : top + _STRIP]) for top in range(0, plane.shape[0], _STRIP)]
    return b"".join(lengths for lengths, _ in strips), b"".join(rows for _, rows in strips)


def _packed_rows(plane: NDArray[np.uint8]) -> tuple[bytes, bytes]:
    height, width = plane.shape
    chunks = -(-width // _CHUNK)
    filled = np.zeros((height, chunks * _CHUNK), np.uint8)
    filled[:, :width] = plane
    filled[:, width:] = plane[:, -1:]
    blocks = filled.reshape(height, chunks, _CHUNK)
    lengths = np.full(chunks, _CHUNK)
    lengths[-1] = width - (chunks - 1) * _CHUNK
    uniform = (blocks == blocks[:, :, :1]).all(axis=2)
    out = np.empty((height, chunks, _CHUNK + 1), np.uint8)
    out[:, :, 0] = np.where(uniform & (lengths > 1), 257 - lengths, lengths - 1).astype(np.uint8)
    out[:, :, 1:] = blocks
    sizes = np.where(uniform, 2, lengths + 1)
    wanted = np.arange(_CHUNK + 1) < sizes[:, :, None]
    return sizes.sum(axis=1).astype(">u2").tobytes(), out[wanted].tobytes()


def eight_bits(plane: Plane) -> NDArray[np.uint8]:
    """`plane` with 8 bits: rounded, and floats taken as linear light."""
    if plane.dtype.itemsize == 1:
        return plane.astype(np.uint8)
    if plane.dtype.itemsize == 2:
        return ((plane.astype(np.uint32) * 255 + 32767) // 65535).astype(np.uint8)
    real = np.clip(np.nan_to_num(plane.astype(np.float32)), 0, 1)
    encoded: NDArray[np.float32] = np.where(real <= 0.0031308, real * 12.92, 1.055 * real ** (1 / 2.4) - 0.055)
    return np.rint(encoded * 255).astype(np.uint8)


def _packbits(source: Source, row_bytes: int, rows: int, *, is_wide: bool) -> bytes:
    sizes = np.frombuffer(source.take(rows * (4 if is_wide else 2)), ">u4" if is_wide else ">u2")
    data = source.take(int(sizes.sum(dtype=np.int64)))
    try:
        unpacked_rows: bytes = Image.frombytes("L", (row_bytes, rows), data, "packbits", "L").tobytes()
    except (ValueError, OSError, SyntaxError) as error:
        raise Damaged(f"a packed channel: {error}") from error
    return unpacked_rows


def _inflated(data: bytes, size: int) -> bytes:
    try:
        raw = zlib.decompressobj().decompress(data, size)
    except zlib.error as error:
        raise Damaged(f"a packed channel: {error}") from error
    if len(raw) != size:
        raise Damaged("a packed channel of the wrong size")
    return raw


def _summed(plane: NDArray[np.uint8], width: int, depth: int) -> Plane:
    """Undo the differences along the rows."""
    if depth == 8:
        return np.cumsum(plane, axis=1, dtype=np.uint8)
    if depth == 16:
        return np.cumsum(plane.view(">u2"), axis=1, dtype=np.uint16)
    bytes_apart = np.cumsum(plane, axis=1, dtype=np.uint8).reshape(-1, 4, width)  # all first bytes, all second ones, …
    return np.ascontiguousarray(bytes_apart.transpose(0, 2, 1)).reshape(-1, 4 * width).view(">f4")
