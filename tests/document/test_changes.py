from __future__ import annotations

import numpy as np

from sdstudio.document.changes import TileChange, TileChanges, _packers
from sdstudio.raster.geometry import EMPTY, Bounds
from tests.helpers.drawing import blank_document, draw


def wait_until_packed() -> None:
    _packers.submit(lambda: None).result()


def test_an_undo_step_of_a_long_stroke_is_small():
    document = blank_document(2200, 400)
    draw(document, *[(100 + 100 * i, 200 + 30 * (-1) ** i) for i in range(20)])
    wait_until_packed()
    assert document.history.nbytes < 256 * 1024


def test_a_change_is_the_same_before_and_after_it_was_packed():
    rng = np.random.default_rng(5)
    before = rng.integers(0, 2**32, (256, 256), np.uint32)
    after = before.copy()
    after[70:80, 100:200] = 0
    change = TileChange(before, after)
    for _ in range(2):
        target = before.copy()
        change.write(target, after=True)
        assert np.array_equal(target, after)
        change.write(target, after=False)
        assert np.array_equal(target, before)
        change.pack()
    assert change.nbytes < 3 * 64 * 64 * 4 * 2


def test_an_absent_tile_is_all_zeros():
    full = np.full((256, 256), 7, np.uint8)
    change = TileChange(None, full)
    for _ in range(2):
        target = np.zeros_like(full)
        change.write(target, after=True)
        assert (target == 7).all()
        change.write(target, after=False)
        assert not target.any()
        change.pack()


def test_memory_is_counted_again_until_everything_is_packed():
    changes = TileChanges({(0, 0): TileChange(None, np.full((256, 256), 7, np.uint8))})
    wait_until_packed()
    assert 0 < changes.nbytes < 4096
    assert changes.area == Bounds(0, 0, 256, 256)
    assert TileChanges({}).area == EMPTY
