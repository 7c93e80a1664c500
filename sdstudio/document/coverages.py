"""How much of each pixel a stroke covers: presses of the tip in, tiles of coverage out.

Must not know layers or colours.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from sdstudio.raster.contents import content_of
from sdstudio.raster.dynamics import Press
from sdstudio.raster.geometry import Bounds
from sdstudio.raster.pixels import Pixels
from sdstudio.raster.tiles import TILE, TileKey
from sdstudio.raster.tips import ROUND, Coverage, Shape, tip_of

_HARD_EDGE_PX = 3.0  # twice the width of the edge
_LARGE = TILE * TILE // 4  # pixels of a tile from which on it pays to look what a dab has changed


class Touched:
    """The parts of tiles that some dabs have changed: for each tile the smallest rectangle that holds them."""

    def __init__(self) -> None:
        self._edges: dict[TileKey, list[int]] = {}  # left, top, right, bottom

    def add(self, key: TileKey, left: int, top: int, right: int, bottom: int) -> None:
        edges = self._edges.get(key)
        if edges is None:
            self._edges[key] = [left, top, right, bottom]
            return
        if left < edges[0]:
            edges[0] = left
        if top < edges[1]:
            edges[1] = top
        if right > edges[2]:
            edges[2] = right
        if bottom > edges[3]:
            edges[3] = bottom

    def parts(self) -> Iterator[tuple[TileKey, Bounds]]:
        for key, edges in self._edges.items():
            yield key, Bounds.from_edges(*edges)


class Coverages:
    """Coverage in tiles of (256, 256).

    Where every press has the same opacity and flow, a tile keeps how bare each pixel still is (1 untouched, 0 covered
    to the opacity): then a dab is one multiplication, where it would be four operations on the coverage itself.

    OpenCV computes them: on a part of a tile it is two or three times as fast as numpy, and gives the same.
    """

    def __init__(self, limits: Bounds, *, even_opacity: float | None = None) -> None:
        """Nothing is kept outside of `limits`. `even_opacity` is that of every press, where flow is the same, too."""
        self._limits = limits
        self._opacity = even_opacity
        self._tiles: dict[TileKey, Coverage] = {}
        self._full: set[TileKey] = set()  # where no dab can change anything any more
        self._held = (0.0, 0.0, 0.0, ROUND)  # of the last press: diameter, hardness, flow, shape; and what they give
        self._tip, self._builds_up, self._reach = tip_of(1.0, 1.0), True, 0.0
        self._room = np.empty(TILE * TILE, np.float32)  # kept: to get memory anew takes longer than to fill it

    def __iter__(self) -> Iterator[TileKey]:
        return iter(self._tiles)

    def read(self, key: TileKey, part: Bounds) -> Coverage:
        """The coverage in `part`, which lies in the tile: (h, w) float32 in 0..1, to be read only."""
        kept = self._part(key, part)
        return kept if self._opacity is None else (1 - kept) * np.float32(self._opacity)

    def read_bytes(self, key: TileKey, part: Bounds) -> Pixels:
        """The same as (h, w) uint8, rounded."""
        full = 255.0 if self._opacity is None else -255.0 * self._opacity
        rounded: Pixels = cv2.convertScaleAbs(self._part(key, part), alpha=full, beta=max(-full, 0.0))
        return rounded

    def clear(self) -> None:
        """As if nothing had been pressed."""
        self._tiles.clear()
        self._full.clear()

    def put(self, press: Press, touched: Touched) -> None:
        """Add one dab, and to `touched` what it changes.

        Flow builds the coverage up towards the opacity of the press and never beyond it. A hard edge at full flow does
        not build up: dabs on dabs would fill its half-covered pixels and leave steps.
        """
        center, diameter, hardness, _, flow, shape = press
        if (diameter, hardness, flow, shape) != self._held:
            self._hold(diameter, hardness, flow, shape)
        x, y, reach, limits = center.x, center.y, self._reach, self._limits
        limit_left, limit_top = limits.x, limits.y
        limit_right, limit_bottom = limit_left + limits.width, limit_top + limits.height
        is_near = limit_left - reach < x < limit_right + reach and limit_top - reach < y < limit_bottom + reach
        if not is_near or diameter <= 0:
            return
        builds_up = self._builds_up
        area_left, area_top, tip = self._tip.placed(x, y)
        side = len(tip)
        right, bottom = area_left + side, area_top + side
        column, row = area_left // TILE, area_top // TILE
        left, top = area_left - column * TILE, area_top - row * TILE
        is_inside = (
            limit_left <= area_left and right <= limit_right and limit_top <= area_top and bottom <= limit_bottom
        )
        # Plain numbers instead of Bounds: a small dab takes longer to be placed than to be computed.
        is_small = left + side <= TILE and top + side <= TILE and side * side < _LARGE
        if is_small and is_inside and self._opacity is not None:
            key = (column, row)
            if key not in self._full:
                kept = self._tile(key)[top : top + side, left : left + side]
                (cv2.multiply if builds_up else cv2.min)(kept, tip, kept)
                touched.add(key, area_left, area_top, right, bottom)
            return
        self._put_on_tiles(press, area_left, area_top, tip, builds_up, touched)

    def _hold(self, diameter: float, hardness: float, flow: float, shape: Shape) -> None:
        """Another tip than at the last press."""
        self._held = (diameter, hardness, flow, shape)
        self._tip = tip_of(diameter, hardness, shape, bared_by=flow if self._opacity is not None else None)
        self._builds_up = flow < 1 or diameter * (1 - hardness) > _HARD_EDGE_PX or bool(shape.tip)
        self._reach = diameter * 0.75 + 2  # a tip that is a picture reaches out to the corners of its square

    def _put_on_tiles(
        self, press: Press, area_left: int, area_top: int, tip: Coverage, builds_up: bool, touched: Touched
    ) -> None:
        """The same for a dab that is large, on several tiles, or partly outside of the limits."""
        limits, is_even = self._limits, self._opacity is not None
        opacity, flow = np.float32(press.opacity), np.float32(press.flow)
        left, right = max(area_left, limits.x), min(area_left + tip.shape[1], limits.x + limits.width)
        top, bottom = max(area_top, limits.y), min(area_top + tip.shape[0], limits.y + limits.height)
        if left >= right or top >= bottom:
            return
        for row in range(top // TILE, (bottom - 1) // TILE + 1):
            tile_y = row * TILE
            y0, y1 = max(top, tile_y), min(bottom, tile_y + TILE)
            for column in range(left // TILE, (right - 1) // TILE + 1):
                key = (column, row)
                if key in self._full:
                    continue
                tile_x = column * TILE
                x0, x1 = max(left, tile_x), min(right, tile_x + TILE)
                kept = self._tile(key)[y0 - tile_y : y1 - tile_y, x0 - tile_x : x1 - tile_x]
                piece = tip[y0 - area_top : y1 - area_top, x0 - area_left : x1 - area_left]
                if not is_even:
                    self._cover(kept, piece, opacity, flow, builds_up)
                    touched.add(key, x0, y0, x1, y1)
                elif kept.size < _LARGE:
                    (cv2.multiply if builds_up else cv2.min)(kept, piece, kept)
                    touched.add(key, x0, y0, x1, y1)
                else:
                    self._bare_large(key, kept, piece, builds_up, (x0, y0), touched)

    def _tile(self, key: TileKey) -> Coverage:
        tile = self._tiles.get(key)
        if tile is None:
            untouched = 0.0 if self._opacity is None else 1.0
            tile = self._tiles[key] = np.full((TILE, TILE), untouched, np.float32)
        return tile

    def _part(self, key: TileKey, part: Bounds) -> Coverage:
        left, top = part.x - key[0] * TILE, part.y - key[1] * TILE
        return self._tiles[key][top : top + part.height, left : left + part.width]

    def _cover(
        self, covered: Coverage, shape: Coverage, opacity: np.float32, flow: np.float32, builds_up: bool
    ) -> None:
        room = self._room[: covered.size].reshape(covered.shape)
        if builds_up:
            np.subtract(opacity, covered, out=room)
            np.maximum(room, 0, out=room)
            room *= shape
            if flow != 1:
                room *= flow
            cv2.add(covered, room, covered)
        else:
            np.multiply(shape, opacity, out=room)
            cv2.max(covered, room, covered)

    def _bare_large(
        self,
        key: TileKey,
        bare: Coverage,
        piece: Coverage,
        builds_up: bool,
        corner: tuple[int, int],
        touched: Touched,
    ) -> None:
        """A large tip changes little of what it covered a moment ago: what stays as it is need not be composed."""
        changed = np.logical_and(bare, piece < 1) if builds_up else piece < bare
        content = content_of(changed)
        if content.is_empty:
            return
        (cv2.multiply if builds_up else cv2.min)(bare, piece, bare)
        left, top = corner
        touched.add(key, left + content.x, top + content.y, left + content.right, top + content.bottom)
        if bare.size == TILE * TILE and not bare.any():
            self._full.add(key)
