"""Maps of the plane: moves, turns, scales, slants and perspective, as plain values. Must not know pixels.

Coordinates are those of pixel edges: the pixel at column 0 reaches from 0 to 1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sdstudio.raster.geometry import Bounds, Point

Matrix = NDArray[np.float64]
Quad = tuple[Point, Point, Point, Point]
"""Four corners in order: those that were top left, top right, bottom right, bottom left."""

_EXACT = 1e-9
_NEARLY_WHOLE = 1e-6
_LEAST_WEIGHT = 1e-6  # a point this near to the horizon is as good as infinitely far away


@dataclass(frozen=True)
class Transform:
    """Nine numbers, row by row; a point is the column (x, y, 1)."""

    rows: tuple[float, ...]

    @staticmethod
    def of(matrix: Matrix) -> Transform:
        """(3, 3); the last number becomes 1."""
        scaled = matrix / matrix[2, 2]
        return Transform(tuple(float(value) for value in scaled.ravel()))

    @staticmethod
    def move(dx: float, dy: float) -> Transform:
        return Transform((1.0, 0.0, dx, 0.0, 1.0, dy, 0.0, 0.0, 1.0))

    @staticmethod
    def scale(x: float, y: float, around: Point = Point(0, 0)) -> Transform:  # noqa: B008 - Point is frozen
        return Transform((x, 0.0, around.x - x * around.x, 0.0, y, around.y - y * around.y, 0.0, 0.0, 1.0))

    @staticmethod
    def rotate(degrees: float, around: Point = Point(0, 0)) -> Transform:  # noqa: B008 - Point is frozen
        """Clockwise, as the picture is seen. Quarter turns are exact."""
        quarter = {0.0: (1.0, 0.0), 90.0: (0.0, 1.0), 180.0: (-1.0, 0.0), 270.0: (0.0, -1.0)}
        angle = math.radians(degrees)
        c, s = quarter.get(degrees % 360.0, (math.cos(angle), math.sin(angle)))
        x, y = around.x, around.y
        return Transform((c, -s, x - c * x + s * y, s, c, y - s * x - c * y, 0.0, 0.0, 1.0))

    @staticmethod
    def slant(x: float, y: float, around: Point = Point(0, 0)) -> Transform:  # noqa: B008 - Point is frozen
        """`x` pixels to the right for each pixel down, `y` pixels down for each pixel to the right."""
        return Transform((1.0, x, -x * around.y, y, 1.0, -y * around.x, 0.0, 0.0, 1.0))

    @staticmethod
    def between(source: Sequence[Point], target: Sequence[Point]) -> Transform:
        """The perspective that takes four corners to four others (no three of which lie on one line).

        Raises ValueError when there is none. Heckbert, Fundamentals of Texture Mapping (1989), 2.2.3.
        """
        rows, values = [], []
        for (x, y), (u, v) in zip(((p.x, p.y) for p in source), ((p.x, p.y) for p in target), strict=True):
            rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
            values += [u, v]
        try:
            solved = np.linalg.solve(np.array(rows, np.float64), np.array(values, np.float64))
        except np.linalg.LinAlgError as error:
            raise ValueError("these corners have no perspective") from error
        return Transform.of(np.append(solved, 1.0).reshape(3, 3))

    @cached_property
    def matrix(self) -> Matrix:
        return np.array(self.rows, np.float64).reshape(3, 3)

    def then(self, following: Transform) -> Transform:
        """First this, then `following`."""
        return Transform.of(following.matrix @ self.matrix)

    @cached_property
    def inverse(self) -> Transform:
        """Raises ValueError when the plane was squeezed flat."""
        if not self.is_possible:
            raise ValueError("a flat transform has no inverse")
        return Transform.of(np.linalg.inv(self.matrix).astype(np.float64))

    @property
    def is_possible(self) -> bool:
        """Whether it can be taken back: it squeezes nothing to a line or a point."""
        return bool(np.isfinite(self.matrix).all()) and abs(float(np.linalg.det(self.matrix))) > _EXACT

    @property
    def is_identity(self) -> bool:
        return bool(np.abs(self.matrix - np.eye(3)).max() < _EXACT)

    @property
    def is_affine(self) -> bool:
        """Parallels stay parallel."""
        return abs(self.rows[6]) < _EXACT * 1e-3 and abs(self.rows[7]) < _EXACT * 1e-3

    @property
    def is_exact(self) -> bool:
        """Whole pixels become whole pixels: moves by whole pixels, quarter turns, mirrors and what these make."""
        whole = np.rint(self.matrix)
        turn = np.abs(whole[:2, :2])
        is_turn = bool((turn.sum(axis=0) == 1).all() and (turn.sum(axis=1) == 1).all())
        return self.is_affine and is_turn and bool(np.abs(self.matrix - whole).max() < _NEARLY_WHOLE)

    @property
    def whole_move(self) -> tuple[int, int] | None:
        """How far it moves, when that is all it does, and by whole pixels."""
        is_move = self.is_exact and bool((np.rint(self.matrix[:2, :2]) == np.eye(2)).all())
        return (round(self.rows[2]), round(self.rows[5])) if is_move else None

    def map(self, point: Point) -> Point:
        [(x, y)] = self.map_all([(point.x, point.y)])
        return Point(float(x), float(y))

    def map_all(self, points: Sequence[tuple[float, float]] | Matrix) -> Matrix:
        """(n, 2) to (n, 2)."""
        flat = np.asarray(points, np.float64)
        mapped = np.column_stack((flat, np.ones(len(flat)))) @ self.matrix.T
        weight = mapped[:, 2:]
        weight = np.where(np.abs(weight) < _LEAST_WEIGHT, _LEAST_WEIGHT, weight)
        result: Matrix = mapped[:, :2] / weight
        return result

    def quad(self, area: Bounds) -> Quad:
        """Where the corners of `area` go."""
        mapped = self.map_all(corners(area))
        first, second, third, fourth = (Point(float(x), float(y)) for x, y in mapped)
        return first, second, third, fourth

    def shows(self, area: Bounds) -> bool:
        """Whether all of `area` lies on this side of the horizon, so that it becomes one four-cornered shape."""
        weights = np.column_stack((corners(area), np.ones(4))) @ self.matrix[2]
        return bool((weights > _LEAST_WEIGHT).all())

    def bounds(self, area: Bounds) -> Bounds:
        """The smallest whole-pixel rectangle that holds where `area` goes; rounding errors do not widen it."""
        mapped = self.map_all(corners(area))
        left, top = (float(value) + 1e-6 for value in mapped.min(axis=0))
        right, bottom = (float(value) - 1e-6 for value in mapped.max(axis=0))
        return Bounds.around(left, top, max(left, right), max(top, bottom))

    def slopes(self, points: Matrix) -> Matrix:
        """How the map stretches at each of `points`: (n, 2, 2), rows are x and y of the target."""
        m = self.matrix
        mapped = np.column_stack((points, np.ones(len(points)))) @ m.T
        weight = np.where(np.abs(mapped[:, 2]) < _LEAST_WEIGHT, _LEAST_WEIGHT, mapped[:, 2])
        place = mapped[:, :2] / weight[:, None]
        slopes: Matrix = (m[None, :2, :2] - place[:, :, None] * m[2, None, None, :2]) / weight[:, None, None]
        return slopes


IDENTITY = Transform.move(0.0, 0.0)


def corners(area: Bounds) -> Matrix:
    """(4, 2): top left, top right, bottom right, bottom left."""
    return np.array(
        [(area.x, area.y), (area.right, area.y), (area.right, area.bottom), (area.x, area.bottom)], np.float64
    )


def is_convex(quad: Sequence[Point], least_area: float = 0.5) -> bool:
    """Whether the corners make a shape that a picture can be put into: no corner points inwards, none is flat."""
    turns = []
    for index in range(4):
        a, b, c = quad[index], quad[(index + 1) % 4], quad[(index + 2) % 4]
        turns.append((b.x - a.x) * (c.y - b.y) - (b.y - a.y) * (c.x - b.x))
    return all(turn > least_area for turn in turns) or all(turn < -least_area for turn in turns)


def clipped(outline: Matrix, area: Bounds) -> Matrix:
    """The part of a convex shape (n, 2) that lies in `area`: (m, 2), none when they do not meet.

    Sutherland and Hodgman, Reentrant Polygon Clipping (1974).
    """
    points = outline
    for axis, limit, sign in ((0, area.x, 1), (0, area.right, -1), (1, area.y, 1), (1, area.bottom, -1)):
        inside = sign * (points[:, axis] - limit)
        kept = []
        for index in range(len(points)):
            here, before = inside[index], inside[index - 1]
            if (here < 0) != (before < 0):
                crossing = points[index - 1] + (points[index] - points[index - 1]) * (before / (before - here))
                crossing[axis] = limit  # exactly, or what is rounded outwards gains a pixel
                kept.append(crossing)
            if here >= 0:
                kept.append(points[index])
        if not kept:
            return np.empty((0, 2))
        points = np.array(kept)
    return points
