"""Tiles as bytes: what is packed comes back, patches stay short chains, and what is damaged is refused."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

import numpy as np
import pytest
from isal import isal_zlib

from sdstudio.document.document import Document
from sdstudio.journal.damage import JournalDamaged
from sdstudio.journal.journal import Journal
from sdstudio.journal.store import Store
from sdstudio.journal.tiles import is_patch, pack, unpack
from sdstudio.raster.geometry import Extent
from sdstudio.raster.tiles import TILE
from tests.helpers.drawing import draw

PIXEL = np.dtype(np.uint32)


def noise(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(1, 2**32, (TILE, TILE), np.uint32)


def test_only_the_blocks_that_changed_are_written() -> None:
    before, after = noise(1), noise(1)
    after[70:80, 200] = 7
    data = pack(before, after)
    assert is_patch(data)
    assert len(data) < len(pack(None, after)) / 10
    assert (unpack(data, before, PIXEL) == after).all()


def test_a_tile_that_changed_everywhere_needs_no_state_before() -> None:
    before, after = noise(1), noise(2)
    data = pack(before, after)
    assert not is_patch(data)
    assert (unpack(data, None, PIXEL) == after).all()


@pytest.mark.parametrize("values", [0, TILE * TILE - 1, TILE * TILE + 1])
def test_a_whole_tile_of_another_size_is_refused(values: int) -> None:
    lie = b"w" + isal_zlib.compress(bytes(4 * values))
    with pytest.raises(JournalDamaged, match="wrong size"):
        unpack(lie, None, PIXEL)


def test_no_tile_hangs_on_a_long_chain_of_patches(tmp_path: Path, qapp: object) -> None:
    document = Document.new(Extent(TILE, TILE))
    journal = Journal(tmp_path / "a.journal", document, pytest.fail)
    for step in range(40):
        draw(document, (10, 10 + 6 * step), (20, 12 + 6 * step))
    journal.close(keep=True)
    store = Store(journal.path)
    rows = list(store.rows())
    store.close()
    chains = [
        sum(1 for _ in run)
        for _, versions in groupby(rows, key=lambda row: (row.plane, row.x, row.y))
        for patches, run in groupby(is_patch(row.data) for row in versions)
        if patches
    ]
    assert sum(chains) > 20
    assert max(chains) <= 16
