"""What helps to place things and is never part of the picture: rulers, grid, guides, and what points snap to.

Plain values and pure functions; must not know widgets.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import msgspec

from sdstudio.document.guides import Guides
from sdstudio.raster.geometry import Bounds, Extent, Point

SNAP_REACH = 8.0  # view pixels
_COLOR = "#4a9eff"


class Grid(msgspec.Struct, frozen=True):
    """Lines every `spacing_x` by `spacing_y` document pixels from the offset on; finer ones between them."""

    spacing_x: int = 64
    spacing_y: int = 64
    offset_x: int = 0
    offset_y: int = 0
    subdivisions: int = 4
    color: str = _COLOR

    @property
    def steps(self) -> tuple[float, float]:
        """The distance between neighbouring lines, finer ones included, across and down."""
        parts = max(self.subdivisions, 1)
        return max(self.spacing_x, 1) / parts, max(self.spacing_y, 1) / parts


class Aids(msgspec.Struct, frozen=True):
    """Which of them are on; remembered between runs."""

    rulers: bool = False
    grid_shown: bool = False
    pixel_grid: bool = True
    guides_shown: bool = True
    snap_guides: bool = True
    snap_grid: bool = True  # while it is shown
    snap_edges: bool = False
    grid: Grid = Grid()


class Snapping:
    """What points are drawn to. Both axes snap by themselves, each to the nearest line within `reach`."""

    def __init__(self, aids: Aids, guides: Guides, extent: Extent, reach: float) -> None:
        """`reach` in document pixels."""
        self._reach = reach
        show_guides = aids.snap_guides and aids.guides_shown
        edges = aids.snap_edges
        self._x = _lines(guides.x if show_guides else (), extent.width if edges else None)
        self._y = _lines(guides.y if show_guides else (), extent.height if edges else None)
        self._grid = aids.grid if aids.snap_grid and aids.grid_shown else None

    def snap(self, point: Point) -> Point:
        """The point, drawn to the lines near it."""
        return Point(
            point.x + self._pull((point.x,), self._x, "x"),
            point.y + self._pull((point.y,), self._y, "y"),
        )

    def shift(self, area: Bounds) -> tuple[int, int]:
        """How far to move a rectangle so that an edge or its middle lies on a line near it, in whole pixels."""
        across = (area.x, area.x + area.width / 2, area.right)
        down = (area.y, area.y + area.height / 2, area.bottom)
        return round(self._pull(across, self._x, "x")), round(self._pull(down, self._y, "y"))

    def _pull(self, places: Iterable[float], lines: tuple[float, ...], axis: str) -> float:
        ways = [line - place for place in places for line in (*lines, *self._grid_lines(place, axis))]
        near = [way for way in ways if abs(way) <= self._reach]
        return min(near, key=abs, default=0.0)

    def _grid_lines(self, place: float, axis: str) -> tuple[float, ...]:
        if self._grid is None:
            return ()
        step = self._grid.steps[0 if axis == "x" else 1]
        offset = self._grid.offset_x if axis == "x" else self._grid.offset_y
        return (offset + math.floor((place - offset) / step + 0.5) * step,)


def _lines(guides: tuple[float, ...], side: int | None) -> tuple[float, ...]:
    return guides if side is None else (*guides, 0.0, side / 2, float(side))
