"""How much of each pixel a stroke covers: presses of the tip in, tiles of coverage out.

Must not know layers or colours.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sdstudio.raster.dynamics import Press
from sdstudio.raster.geometry import Bounds
from sdstudio.raster.tiles import TILE, TileKey, tile_bounds
from sdstudio.raster.tips import Coverage, dab

_HARD_EDGE_PX = 3.0  # twice the width of the edge


class Coverages:
    """Coverage 0..1 in tiles of (256, 256) float32."""

    def __init__(self, limits: Bounds) -> None:
        """Nothing is kept outside of `limits`."""
        self._limits = limits
        self._tiles: dict[TileKey, Coverage] = {}
        self._room = np.empty(TILE * TILE, np.float32)  # kept: to get memory anew takes longer than to fill it

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

        Flow builds the coverage up towards the opacity of the press and never beyond it. A hard edge at full flow does
        not build up: dabs on dabs would fill its half-covered pixels and leave steps.
        """
        # A tip that is a picture reaches out to the corners of its square.
        reach = press.diameter * 0.75 + 2
        x, y, limits = press.center.x, press.center.y, self._limits
        is_near = (
            limits.x - reach < x < limits.x + limits.width + reach
            and limits.y - reach < y < limits.y + limits.height + reach
        )
        if not is_near or press.diameter <= 0:
            return {}
        area, coverage = dab(press.center, press.diameter, press.hardness, press.shape)
        left, right = max(area.x, limits.x), min(area.x + area.width, limits.x + limits.width)
        top, bottom = max(area.y, limits.y), min(area.y + area.height, limits.y + limits.height)
        touched: dict[TileKey, Bounds] = {}
        if left >= right or top >= bottom:
            return touched
        # Plain numbers instead of Bounds: a small dab takes longer to be placed than to be computed.
        opacity, flow = np.float32(press.opacity), np.float32(press.flow)
        builds_up = flow < 1 or press.diameter * (1 - press.hardness) > _HARD_EDGE_PX or bool(press.shape.tip)
        for row in range(top // TILE, (bottom - 1) // TILE + 1):
            tile_y = row * TILE
            y0, y1 = max(top, tile_y), min(bottom, tile_y + TILE)
            for column in range(left // TILE, (right - 1) // TILE + 1):
                tile_x = column * TILE
                x0, x1 = max(left, tile_x), min(right, tile_x + TILE)
                tile = self._tiles.get((column, row))
                if tile is None:
                    tile = self._tiles[column, row] = np.zeros((TILE, TILE), np.float32)
                covered = tile[y0 - tile_y : y1 - tile_y, x0 - tile_x : x1 - tile_x]
                room = self._room[: covered.size].reshape(covered.shape)
                shape = coverage[y0 - area.y : y1 - area.y, x0 - area.x : x1 - area.x]
                if builds_up:
                    np.subtract(opacity, covered, out=room)
                    np.maximum(room, 0, out=room)
                    room *= shape
                    if flow != 1:
                        room *= flow
                    covered += room
                else:
                    np.multiply(shape, opacity, out=room)
                    np.maximum(covered, room, out=covered)
                touched[column, row] = Bounds(x0, y0, x1 - x0, y1 - y0)
        return touched
