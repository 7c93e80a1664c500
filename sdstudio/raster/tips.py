"""The coverage of one dab: round, flattened, or a picture, at any size, angle and place.

Kept by size, hardness, angle and sub-pixel phase, because making it is the slow part of painting. Must not know
layers, colours or strokes.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from sdstudio.raster.geometry import Bounds, Point
from sdstudio.raster.stamps import known

Coverage = NDArray[np.float32]

_CACHE_BYTES = 64 * 1024 * 1024
_ROUNDNESS_STEPS = 40
_EDGE_PX = 1.5  # a softer edge than this is worth more than an even one


class Dab(NamedTuple):
    """Coverage 0..1 of one press of the tip, (h, w) float32, and where it lies. The array is shared: read only."""

    area: Bounds
    coverage: Coverage


class Shape(NamedTuple):
    """How a tip is held. The angle is in degrees anticlockwise; `tip` names a picture, empty is round."""

    angle: float = 0.0
    roundness: float = 1.0
    tip: str = ""
    is_flipped: bool = False


ROUND = Shape()


def dab(center: Point, diameter: float, hardness: float, shape: Shape = ROUND) -> Dab:
    """The dab around `center`. Hardness 1 has an edge of one pixel, 0 falls off from the middle."""
    left, top, coverage = tip_of(diameter, hardness, shape).placed(center.x, center.y)
    return Dab(Bounds(left, top, coverage.shape[1], coverage.shape[0]), coverage)


def tip_of(diameter: float, hardness: float, shape: Shape = ROUND, *, bared_by: float | None = None) -> Tip:
    """A tip, to be placed as often as it comes down like this.

    With `bared_by`, a flow, its coverage is what a dab leaves bare of each pixel instead: 1 - flow * coverage.
    """
    diameter = _rounded(diameter)
    if shape is not ROUND:
        shape = _held(shape, diameter)
    return _tips.tip((diameter, round(hardness, 2), shape, bared_by))


def _rounded(diameter: float) -> float:
    """Sizes differ by pressure at every dab: steps that nobody sees keep the cache small."""
    if diameter < 32:
        return max(round(diameter * 8) / 8, 0.125)
    return round(diameter * 2) / 2 if diameter < 128 else float(round(diameter))


def _held(shape: Shape, diameter: float) -> Shape:
    """The shape with its angle and roundness in steps that nobody sees."""
    roundness = max(round(shape.roundness * _ROUNDNESS_STEPS), 1) / _ROUNDNESS_STEPS
    if not shape.tip and roundness == 1:
        return ROUND
    step = 4.0 if diameter < 24 else 2.0 if diameter < 96 else 1.0
    turn = 360.0 if shape.tip else 180.0  # an ellipse looks the same after half a turn
    angle = round(shape.angle / step) * step % turn
    return Shape(angle, roundness, shape.tip, shape.is_flipped and bool(shape.tip))


_Key = tuple[float, float, Shape, float | None]
"""Diameter, hardness, shape, and the flow of a tip that is kept as what it leaves bare."""


class Tip:
    """A tip of one size and shape, at every place between pixels where it has come down so far."""

    __slots__ = ("_key", "_made", "_phases", "nbytes")

    def __init__(self, key: _Key) -> None:
        diameter = key[0]
        self._key = key
        self._phases = 4 if diameter < 100 else 2 if diameter < 400 else 1
        self._made: dict[tuple[int, int], Coverage] = {}
        self.nbytes = 0

    def placed(self, x: float, y: float) -> tuple[int, int, Coverage]:
        """Where its left and top edges are when its middle is at (x, y), and its coverage there, (n, n), read only."""
        # The middle is put on a grid of 1/phases pixel; pixel centres lie at halves.
        phases = self._phases
        column, phase_x = divmod(math.floor((x - 0.5) * phases + 0.5), phases)
        row, phase_y = divmod(math.floor((y - 0.5) * phases + 0.5), phases)
        coverage = self._made.get((phase_x, phase_y))
        if coverage is None:
            coverage = self._make(phase_x, phase_y)
        half = len(coverage) // 2
        return column - half, row - half, coverage

    def _make(self, phase_x: int, phase_y: int) -> Coverage:
        diameter, hardness, shape, bared_by = self._key
        made = _make(diameter, hardness, phase_x / self._phases, phase_y / self._phases, shape)
        if bared_by is not None:
            made = 1 - made * np.float32(bared_by)
        made.setflags(write=False)
        self._made[phase_x, phase_y] = made
        self.nbytes += made.nbytes
        _tips.grown(self._key, self, made.nbytes)
        return made


class _Tips:
    """The tips that were used most recently, within a budget of bytes."""

    def __init__(self, budget_bytes: int) -> None:
        self._budget_bytes = budget_bytes
        self._bytes = 0
        self._known: OrderedDict[_Key, Tip] = OrderedDict()

    def tip(self, key: _Key) -> Tip:
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = Tip(key)
        else:
            self._known.move_to_end(key)
        return found

    def grown(self, key: _Key, tip: Tip, nbytes: int) -> None:
        """A tip has been made at one more place. One that is forgotten by now goes with the stroke that holds it."""
        if self._known.get(key) is tip:
            self._bytes += nbytes
        while self._bytes > self._budget_bytes and len(self._known) > 1:
            self._bytes -= self._known.popitem(last=False)[1].nbytes


def _make(diameter: float, hardness: float, phase_x: float, phase_y: float, shape: Shape) -> Coverage:
    picture = known(shape.tip)
    if picture is not None:
        covered = _pictured(picture, diameter, hardness, phase_x, phase_y, shape)
    elif shape.roundness < 1:
        covered = _flat(max(diameter, 1.0) / 2, hardness, phase_x, phase_y, shape)
    else:
        covered = _round(max(diameter, 1.0) / 2, hardness, phase_x, phase_y)
    # A tip thinner than a pixel covers one pixel in part.
    return (covered * min(diameter, 1.0)).astype(np.float32)


def _round(radius: float, hardness: float, phase_x: float, phase_y: float) -> Coverage:
    dx, dy = _grid(radius, phase_x, phase_y)
    distance = np.hypot(dx, dy)
    falloff = max(radius * (1 - hardness), 1.0)
    ramp: Coverage = np.clip((radius + 0.5 - distance) / falloff, 0, 1)
    return _eased(ramp) if falloff > 1 else ramp


def _flat(radius: float, hardness: float, phase_x: float, phase_y: float, shape: Shape) -> Coverage:
    """An ellipse: soft along the ray from its middle, with an edge of one pixel at least."""
    dx, dy = _grid(radius, phase_x, phase_y)
    turn = math.radians(shape.angle)
    along = dx * math.cos(turn) - dy * math.sin(turn)
    across = dx * math.sin(turn) + dy * math.cos(turn)
    half_width = max(radius * shape.roundness, 0.5)
    rho = np.maximum(np.hypot(along / radius, across / half_width), np.float32(1e-3))
    steepness = np.maximum(np.hypot(along / radius**2, across / half_width**2), np.float32(1e-6))
    edge = np.clip(0.5 - rho * (rho - 1) / steepness, 0, 1)  # by the distance to the ellipse, to first order
    ray = np.maximum(np.hypot(along, across) / rho, np.float32(half_width))  # from the middle to the edge, through here
    falloff = ray * np.float32(1 - hardness)
    soft = _eased(np.clip(ray * (1 - rho) / np.maximum(falloff, 1), 0, 1))
    flat: Coverage = np.where(falloff > _EDGE_PX, np.minimum(soft, edge), edge)
    return flat


def _pictured(
    picture: NDArray[np.uint8], diameter: float, hardness: float, phase_x: float, phase_y: float, shape: Shape
) -> Coverage:
    """The picture with its longer side as long as the diameter, turned around its middle; a low hardness blurs it."""
    scale = max(diameter, 1.0) / max(picture.shape)
    exact_width, exact_height = picture.shape[1] * scale, picture.shape[0] * scale * shape.roundness
    width, height = max(round(exact_width), 1), max(round(exact_height), 1)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    # A border of nothing, so that what is beyond the picture fades out instead of ending in steps.
    sized = cv2.copyMakeBorder(cv2.resize(picture, (width, height), interpolation=how), 1, 1, 1, 1, cv2.BORDER_CONSTANT)
    if shape.is_flipped:
        sized = sized[:, ::-1]
    dx, dy = _grid(math.hypot(exact_width, exact_height) / 2 + 2, phase_x, phase_y)
    turn = math.radians(shape.angle)
    along = (dx * math.cos(turn) - dy * math.sin(turn)) * (width / exact_width) + (sized.shape[1] - 1) / 2
    across = (dx * math.sin(turn) + dy * math.cos(turn)) * (height / exact_height) + (sized.shape[0] - 1) / 2
    grey = np.ascontiguousarray(sized, np.float32) / np.float32(255)
    turned = cv2.remap(grey, along.astype(np.float32), across.astype(np.float32), cv2.INTER_LINEAR)
    sigma = (1 - hardness) * diameter / 8
    blurred = cv2.GaussianBlur(turned, (0, 0), sigma) if sigma > 0.3 else turned
    return np.asarray(np.clip(blurred, 0, 1), np.float32)


def _grid(reach: float, phase_x: float, phase_y: float) -> tuple[Coverage, Coverage]:
    """How far right of and below the tip's middle each pixel is, as (1, n) and (n, 1)."""
    half = math.ceil(reach + 0.5)
    places = np.arange(-half, half + 1, dtype=np.float32)
    return (places - np.float32(phase_x))[None, :], (places - np.float32(phase_y))[:, None]


def _eased(ramp: Coverage) -> Coverage:
    return ramp * ramp * (3 - 2 * ramp)


_tips = _Tips(_CACHE_BYTES)
