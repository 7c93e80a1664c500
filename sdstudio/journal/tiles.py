"""One tile as bytes: whole, of one value, or only the blocks of 64 x 64 that differ from an earlier state.

Must not know layers or databases.
"""

from __future__ import annotations

import struct
import threading
import zlib
from typing import Any

import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray

from sdstudio.journal.damage import JournalDamaged
from sdstudio.raster.tiles import TILE

Values = NDArray[Any]
"""(256, 256) uint32 (premultiplied pixels) or uint8 (coverage)."""

EMPTY = b""
_UNIFORM, _WHOLE, _PATCH = b"u", b"w", b"p"
_LEVEL = 1
_BLOCK = 64
_PER_SIDE = TILE // _BLOCK
_BLOCKS = struct.Struct("<H")  # a bit for each block, row by row


def pack(before: Values | None, after: Values | None) -> bytes:
    """`after` as bytes, as little of it as says what is new since `before`; None is all zeros."""
    if after is None:
        return EMPTY
    first = after[0, 0]
    if (after[0] == first).all() and (after == first).all():  # most tiles differ in their first row
        return _UNIFORM + bytes(first.tobytes()) if first else EMPTY
    if before is None:
        return _WHOLE + _deflated(after)
    changed = (_blocks(before) != _blocks(after)).any(axis=(2, 3))
    if changed.all():
        return _WHOLE + _deflated(after)
    bits = sum(1 << int(index) for index in np.flatnonzero(changed))
    return _PATCH + _BLOCKS.pack(bits) + _deflated(_blocks(after)[changed])


def unpack(data: bytes, before: Values | None, dtype: np.dtype[Any]) -> Values | None:
    """The inverse of `pack`: a new array, or None for all zeros. Raises JournalDamaged."""
    if data == EMPTY:
        return None
    kind, body = data[:1], data[1:]
    if kind == _UNIFORM and len(body) == dtype.itemsize:
        return np.full((TILE, TILE), np.frombuffer(body, dtype)[0], dtype)
    if kind == _WHOLE:
        return _inflated(body, TILE * TILE, dtype).reshape(TILE, TILE).copy()
    if kind == _PATCH and len(body) > _BLOCKS.size:
        (bits,) = _BLOCKS.unpack(body[: _BLOCKS.size])
        changed = np.array([bits >> index & 1 for index in range(_PER_SIDE**2)], bool).reshape(_PER_SIDE, _PER_SIDE)
        values = _inflated(body[_BLOCKS.size :], int(changed.sum()) * _BLOCK**2, dtype)
        after = np.zeros((TILE, TILE), dtype) if before is None else before.copy()
        _blocks(after)[changed] = values.reshape(-1, _BLOCK, _BLOCK)
        return after
    raise JournalDamaged(f"a tile of the kind {kind!r}")


def is_patch(data: bytes) -> bool:
    """Whether `data` says nothing without the state before."""
    return data[:1] == _PATCH


class _Room(threading.local):
    """What one thread computes in: new memory takes longer to get than to fill."""

    def __init__(self) -> None:
        self.differences = np.empty(TILE * TILE * 4, np.uint8)


_room = _Room()


def _deflated(values: Values) -> bytes:
    """Each byte as its difference to the same channel one pixel before, which halves the size; in zlib's format."""
    channels = values.dtype.itemsize
    raw = np.ascontiguousarray(values).view(np.uint8).reshape(-1)
    differences = _room.differences[: raw.size]
    differences[:channels] = raw[:channels]
    np.subtract(raw[channels:], raw[:-channels], out=differences[channels:])
    return bytes(isal_zlib.compress(differences, _LEVEL))


def _inflated(data: bytes, count: int, dtype: np.dtype[Any]) -> Values:
    """Exactly `count` values, whatever the bytes pretend to hold."""
    unpacker = zlib.decompressobj()
    try:
        raw = unpacker.decompress(data, count * dtype.itemsize + 1)
    except zlib.error as error:
        raise JournalDamaged(str(error)) from error
    if len(raw) != count * dtype.itemsize:
        raise JournalDamaged("a tile of the wrong size")
    differences = np.frombuffer(raw, np.uint8).reshape(-1, dtype.itemsize)
    return np.cumsum(differences, axis=0, dtype=np.uint8).reshape(-1).view(dtype)


def _blocks(tile: Values) -> Values:
    """A view of (256, 256) as (4, 4, 64, 64): row and column of the block, then inside of it."""
    return tile.reshape(_PER_SIDE, _BLOCK, _PER_SIDE, _BLOCK).swapaxes(1, 2)
