"""Several versions of a tile made one. Must not know documents or threads."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import numpy as np

from sdstudio.journal.damage import JournalDamaged
from sdstudio.journal.store import Row, Store
from sdstudio.journal.tiles import Values, pack, unpack

_TYPES: dict[int, np.dtype[Any]] = {1: np.dtype(np.uint8), 4: np.dtype(np.uint32)}


def whole_rows(store: Store, after: int, until: int) -> Iterator[Row]:
    """The tiles that changed in (after, until], as they are at `until`, each by itself. Raises JournalDamaged."""
    for (plane, x, y), versions in groupby(store.rows(after, until), key=lambda row: (row.plane, row.x, row.y)):
        known = list(versions)
        yield Row(plane, known[0].depth, x, y, until, pack(None, content(known)))


def content(versions: list[Row]) -> Values | None:
    """What the newest of `versions` (oldest first, all of one tile) says; None for all zeros. Raises JournalDamaged."""
    values: Values | None = None
    for row in versions:
        if row.depth not in _TYPES:
            raise JournalDamaged(f"pixels of {row.depth} bytes")
        values = unpack(row.data, values, _TYPES[row.depth])
    return values
