"""How much of each pixel a stroke covers: presses of the tip in, tiles of coverage out.

Must not know layers or colours.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from sdstudio.raster.dynamics import Press
from sdstudio.raster.geometry import EMPTY, Bounds
from sdstudio.raster.tiles import TILE, TileKey, keys_over, tile_bounds
from sdstudio.raster.tips import Coverage, dab


class Coverages:
    """Coverage 0..1 in tiles of (256, 256) float32."""

    def __init__(self, limits: Bounds) -> None:
        """Nothing is kept outside of `limits`."""
        self._limits = limits
        self._tiles: dict[TileKey, Coverage] = {}

    def __iter__(self) -> Iterator[TileKey]:
        return iter(self._tiles)

    def read(self, key: TileKey, part: Bounds) -> Coverage:
        """The coverage in `part`, which lies in the tile; a view."""
        place = tile_bounds(key)
        tile = self._tiles[key]
        return tile[part.y - place.y : part.bottom - place.y, part.x - place.x : part.right - place.x]

    def clear(self) -> None:
        """As if nothing had been pressed."""
        self._tiles.clear()

    def put(self, press: Press) -> dict[TileKey, Bounds]:
        """Add one dab; says which part of which tile it touched.

        Flow builds the coverage up towards the opacity of the press and never beyond it.
        """
        touched: dict[TileKey, Bounds] = {}
        # A tip that is a picture reaches out to the corners of its square.
        near = self._limits.padded(math.ceil(press.diameter * 0.75) + 2)
        x, y = press.center.x, press.center.y
        if press.diameter <= 0 or not (near.x < x < near.right and near.y < y < near.bottom):
            return touched
        tip = dab(press.center, press.diameter, press.hardness, press.shape)
        inside = tip.area.intersected(self._limits)
        for key in keys_over(inside):
            part = inside.intersected(tile_bounds(key))
            if key not in self._tiles:
                self._tiles[key] = np.zeros((TILE, TILE), np.float32)
            covered = self.read(key, part)
            shape = tip.coverage[
                part.y - tip.area.y : part.bottom - tip.area.y, part.x - tip.area.x : part.right - tip.area.x
            ]
            room = np.maximum(np.float32(press.opacity) - covered, 0)
            room *= shape
            room *= np.float32(press.flow)
            covered += room
            touched[key] = touched.get(key, EMPTY).united(part)
        return touched
