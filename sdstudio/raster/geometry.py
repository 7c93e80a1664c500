"""Plain values for places and sizes, in whole document pixels unless said otherwise.

Shared by every room and by the protocol, so nothing heavier than the standard library is imported here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Point:
    """A place in document pixels; fractions are meant."""

    x: float
    y: float

    def distance(self, other: Point) -> float:
        return math.hypot(self.x - other.x, self.y - other.y)


@dataclass(frozen=True, slots=True)
class Extent:
    """A size in pixels."""

    width: int
    height: int

    @property
    def area(self) -> int:
        return self.width * self.height

    def __str__(self) -> str:
        return f"{self.width} × {self.height}"


@dataclass(frozen=True, slots=True)
class Bounds:
    """A rectangle of pixels: left, top, width, height. Empty when a side is not positive."""

    x: int
    y: int
    width: int
    height: int

    @staticmethod
    def of(extent: Extent) -> Bounds:
        return Bounds(0, 0, extent.width, extent.height)

    @staticmethod
    def from_edges(left: int, top: int, right: int, bottom: int) -> Bounds:
        """`right` and `bottom` are exclusive."""
        return Bounds(left, top, right - left, bottom - top)

    @staticmethod
    def around(x0: float, y0: float, x1: float, y1: float) -> Bounds:
        """The smallest whole-pixel rectangle that holds both corners, in any order."""
        left, right = sorted((x0, x1))
        top, bottom = sorted((y0, y1))
        return Bounds.from_edges(math.floor(left), math.floor(top), math.ceil(right), math.ceil(bottom))

    @property
    def right(self) -> int:
        return self.x + self.width

    @property
    def bottom(self) -> int:
        return self.y + self.height

    @property
    def extent(self) -> Extent:
        return Extent(self.width, self.height)

    @property
    def is_empty(self) -> bool:
        return self.width <= 0 or self.height <= 0

    @property
    def diagonal(self) -> float:
        return math.hypot(self.width, self.height)

    def translated(self, dx: int, dy: int) -> Bounds:
        return Bounds(self.x + dx, self.y + dy, self.width, self.height)

    def padded(self, margin: int) -> Bounds:
        return Bounds(self.x - margin, self.y - margin, self.width + 2 * margin, self.height + 2 * margin)

    def intersected(self, other: Bounds) -> Bounds:
        """The common part; a rectangle of size 0 x 0 when there is none."""
        left, top = max(self.x, other.x), max(self.y, other.y)
        right, bottom = min(self.right, other.right), min(self.bottom, other.bottom)
        return Bounds(left, top, max(0, right - left), max(0, bottom - top))

    def united(self, other: Bounds) -> Bounds:
        """The smallest rectangle that holds both; an empty one adds nothing."""
        if self.is_empty:
            return other
        if other.is_empty:
            return self
        return Bounds.from_edges(
            min(self.x, other.x), min(self.y, other.y), max(self.right, other.right), max(self.bottom, other.bottom)
        )

    def contains(self, other: Bounds) -> bool:
        return self.x <= other.x and self.y <= other.y and self.right >= other.right and self.bottom >= other.bottom


EMPTY = Bounds(0, 0, 0, 0)


def pieces(area: Bounds, side: int) -> Iterator[Bounds]:
    """`area` cut along a grid of squares of `side` pixels, row by row."""
    for y in range(area.y // side * side, area.bottom, side):
        for x in range(area.x // side * side, area.right, side):
            yield area.intersected(Bounds(x, y, side, side))
