"""What an undo step remembers of tiles: the blocks of 64 x 64 that differ, compressed beside the work.

Must not know layers or what the values mean.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray

from sdstudio.raster.geometry import EMPTY, Bounds
from sdstudio.raster.tiles import TILE, TileKey, tile_bounds

Values = NDArray[Any]
"""The values of one tile, (256, 256) of any integer type."""

_BLOCK = 64
_LEVEL = 2
_PER_SIDE = TILE // _BLOCK
# Compressing takes longer than a pen may wait; it works without the interpreter's lock. What fails stays whole.
_packers = ThreadPoolExecutor(max_workers=1, thread_name_prefix="undo")


class TileChange:
    """One tile before and after. Either state may be None, which is all zeros."""

    def __init__(self, before: Values | None, after: Values | None) -> None:
        """The arrays are kept as they are until they are packed, so they must not change any more."""
        self._states: _Whole | _Packed = _Whole(before, after)

    def write(self, target: Values, *, after: bool) -> None:
        """Put the state from before (or after) into `target`, which holds the other one."""
        self._states.write(target, after)

    @property
    def nbytes(self) -> int:
        return self._states.nbytes

    @property
    def is_packed(self) -> bool:
        """Whether `nbytes` is final."""
        return isinstance(self._states, _Packed)

    def pack(self) -> None:
        """Keep only what differs, compressed."""
        if isinstance(self._states, _Whole):
            self._states = _Packed(self._states)


class _Whole:
    def __init__(self, before: Values | None, after: Values | None) -> None:
        self.states = (before, after)

    def write(self, target: Values, after: bool) -> None:
        state = self.states[after]
        target[...] = 0 if state is None else state

    @property
    def nbytes(self) -> int:
        return sum(state.nbytes for state in self.states if state is not None)


class _Packed:
    def __init__(self, whole: _Whole) -> None:
        dtype = next(state.dtype for state in whole.states if state is not None)
        before, after = (_blocks(np.zeros((TILE, TILE), dtype) if state is None else state) for state in whole.states)
        self._changed = (before != after).any(axis=(2, 3))
        self._dtype = dtype
        self._states = tuple(_compressed(state[self._changed]) for state in (before, after))

    def write(self, target: Values, after: bool) -> None:
        values = np.frombuffer(isal_zlib.decompress(self._states[after]), self._dtype)
        blocks = values if values.size == 1 else values.reshape(-1, _BLOCK, _BLOCK)
        _blocks(target)[self._changed] = blocks

    @property
    def nbytes(self) -> int:
        return sum(len(state) for state in self._states)


def _compressed(blocks: Values) -> bytes:
    """The values of some blocks; where all are the same, as in a large fill, just that one."""
    first = blocks.reshape(-1)[:1]
    return bytes(isal_zlib.compress((first if (blocks == first).all() else blocks).tobytes(), _LEVEL))


class TileChanges:
    """The changes of many tiles, by their place."""

    def __init__(self, changes: dict[TileKey, TileChange]) -> None:
        """They are packed soon, beside the work."""
        self._changes = changes
        self._packed_bytes: int | None = None
        if changes:
            _packers.submit(self._pack)

    def __iter__(self) -> Iterator[TileKey]:
        return iter(self._changes)

    def __len__(self) -> int:
        return len(self._changes)

    def __getitem__(self, key: TileKey) -> TileChange:
        return self._changes[key]

    @property
    def area(self) -> Bounds:
        """The tiles that change."""
        area = EMPTY
        for key in self._changes:
            area = area.united(tile_bounds(key))
        return area

    @property
    def nbytes(self) -> int:
        if self._packed_bytes is not None:  # history asks at every step: count only while it may still shrink
            return self._packed_bytes
        is_final = all(change.is_packed for change in self._changes.values())
        total = sum(change.nbytes for change in self._changes.values())
        self._packed_bytes = total if is_final else None
        return total

    def _pack(self) -> None:
        for change in self._changes.values():
            change.pack()


def _blocks(tile: Values) -> Values:
    """A view of (256, 256) as (4, 4, 64, 64): row and column of the block, then inside of it."""
    return tile.reshape(_PER_SIDE, _BLOCK, _PER_SIDE, _BLOCK).swapaxes(1, 2)
