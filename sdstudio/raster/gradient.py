"""Gradients as plain values, and their pixels anywhere on the plane.

A `Ramp` says which colour comes when, a `Gradient` lays it on the document. Both are made of plain values only, so they
can be kept in settings and in files. Must not know layers or tools.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage

from sdstudio.raster.geometry import Bounds, Point
from sdstudio.raster.pixels import blank, edit

Shape = Literal["linear", "reflected", "radial", "angle", "diamond"]
Repeat = Literal["none", "repeat", "mirror"]
FOREGROUND, BACKGROUND = "foreground", "background"

_STEPS = 4096  # of the table: 16 for each of the 256 levels that a channel has
_ROWS_AT_ONCE = 64
_Values = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Stop:
    """One colour of a ramp. `at` is 0..1, `color` is "#rrggbb", FOREGROUND or BACKGROUND, `opacity` is 0..1."""

    at: float
    color: str
    opacity: float = 1.0

    def __post_init__(self) -> None:
        """Raises ValueError for what is no stop: it may come from a damaged file."""
        if self.color not in (FOREGROUND, BACKGROUND) and not QColor.isValidColorName(self.color):
            raise ValueError(f"{self.color!r} is not a colour")
        if not (0 <= self.at <= 1 and 0 <= self.opacity <= 1):
            raise ValueError("place and opacity of a stop are from 0 to 1")


@dataclass(frozen=True, slots=True)
class Ramp:
    """Colours from 0 to 1; before the first stop and after the last one it goes on with that stop's colour.

    Two stops at one place make a hard edge, in the order in which they are listed.
    """

    stops: tuple[Stop, ...]

    def __post_init__(self) -> None:
        """Raises ValueError when there is no stop."""
        if not self.stops:
            raise ValueError("a ramp needs at least one stop")

    def resolved(self, foreground: QColor, background: QColor) -> Ramp:
        """The ramp with the two named colours in place of their names."""
        named = {FOREGROUND: foreground.name(), BACKGROUND: background.name()}
        return Ramp(tuple(replace(stop, color=named.get(stop.color, stop.color)) for stop in self.stops))

    def reversed(self) -> Ramp:
        return Ramp(tuple(replace(stop, at=1 - stop.at) for stop in reversed(self.stops)))

    def color(self, at: float) -> QColor:
        """The colour at 0..1, straight, with its alpha. Raises ValueError while a colour is only named."""
        blue, green, red, alpha = (float(value) for value in _table(self)[round(min(max(at, 0.0), 1.0) * (_STEPS - 1))])
        if alpha <= 0:
            return QColor(0, 0, 0, 0)
        return QColor.fromRgbF(min(red / alpha, 1.0), min(green / alpha, 1.0), min(blue / alpha, 1.0), alpha)


@dataclass(frozen=True, slots=True)
class Gradient:
    """A ramp on the document: 0 at `start`, 1 at `end`, in document pixels.

    linear goes across from start to end; reflected does so on both sides of start; radial and diamond go outwards from
    start; angle goes round start, clockwise from the line to end. `repeat` says what comes beyond 1: the last colour,
    the ramp again, or the ramp to and fro. `dither` hides the steps between the 256 levels of a channel.
    """

    ramp: Ramp
    start: Point
    end: Point
    shape: Shape = "linear"
    repeat: Repeat = "none"
    reverse: bool = False
    dither: bool = True

    def render(self, area: Bounds) -> QImage:
        """The pixels of `area`, premultiplied; any part of the plane looks the same alone as in a larger area.

        Raises ValueError while a colour of the ramp is only named (see `Ramp.resolved`).
        """
        picture = blank(max(area.width, 0), max(area.height, 0))
        if area.is_empty:
            return picture
        ramp = self.ramp.reversed() if self.reverse else self.ramp
        pixels = edit(picture)
        x = np.arange(area.x, area.right, dtype=np.float32)[None, :] + np.float32(0.5)
        for top in range(area.y, area.bottom, _ROWS_AT_ONCE):
            bottom = min(top + _ROWS_AT_ONCE, area.bottom)
            y = np.arange(top, bottom, dtype=np.float32)[:, None] + np.float32(0.5)
            places = _folded(self._along(x, y), self.repeat)
            steps = (places * np.float32(_STEPS - 1) + np.float32(0.5)).astype(np.intp)
            rows = pixels[top - area.y : bottom - area.y]
            if self.dither:
                rows[:] = (_levels(ramp)[steps] + _threshold(area.x, top, area.width, bottom - top)) >> 8
            else:
                rows.view(np.uint32)[:, :, 0] = _packed(ramp)[steps]
        return picture

    def _along(self, x: _Values, y: _Values) -> _Values:
        """How far on the ramp each place is; may lie outside of 0..1."""
        dx, dy = self.end.x - self.start.x, self.end.y - self.start.y
        length = math.hypot(dx, dy)
        shape = np.broadcast_shapes(x.shape, y.shape)
        if length < 1e-6:
            return np.ones(shape, np.float32)
        right, down = x - np.float32(self.start.x), y - np.float32(self.start.y)
        if self.shape == "radial":
            away: _Values = np.hypot(right, down) * np.float32(1 / length)
            return away
        along = right * np.float32(dx / length**2) + down * np.float32(dy / length**2)
        if self.shape == "linear":
            return along
        if self.shape == "reflected":
            return np.abs(along)
        across = down * np.float32(dx / length**2) - right * np.float32(dy / length**2)
        if self.shape == "diamond":
            return np.abs(along) + np.abs(across)
        turn: _Values = np.arctan2(across, along) * np.float32(0.5 / math.pi)
        return turn - np.floor(turn)


def _folded(places: _Values, repeat: Repeat) -> _Values:
    if repeat == "none":
        return np.clip(places, 0, 1)
    if repeat == "repeat":
        return places - np.floor(places)
    there_and_back = places - np.float32(2) * np.floor(places * np.float32(0.5))
    folded: _Values = np.float32(1) - np.abs(np.float32(1) - there_and_back)
    return folded


@lru_cache(maxsize=16)
def _table(ramp: Ramp) -> _Values:
    """(4096, 4) premultiplied B, G, R, A from 0 to 1. Mixed premultiplied, as CSS Images 3 (3.4.2) has it."""
    stops = sorted(ramp.stops, key=lambda stop: stop.at)
    at = np.array([stop.at for stop in stops], np.float64)
    # A hard edge is a very steep one: np.interp wants places that grow.
    at += np.arange(len(at)) * 1e-9
    values = np.array([_premultiplied(stop) for stop in stops], np.float64)
    wanted = np.linspace(0, 1, _STEPS)
    table = np.stack([np.interp(wanted, at, values[:, channel]) for channel in range(4)], axis=1).astype(np.float32)
    table.setflags(write=False)
    return table


@lru_cache(maxsize=16)
def _levels(ramp: Ramp) -> NDArray[np.uint16]:
    """The table in 1/256 of a level, so that a threshold of 0..255 rounds it."""
    levels = np.rint(_table(ramp) * (255 * 256)).astype(np.uint16)
    levels.setflags(write=False)
    return levels


@lru_cache(maxsize=16)
def _packed(ramp: Ramp) -> NDArray[np.uint32]:
    """The table as pixels, each level rounded."""
    pixels = ((_levels(ramp) + np.uint16(128)) >> 8).astype(np.uint8)
    packed: NDArray[np.uint32] = np.ascontiguousarray(pixels).view(np.uint32)[:, 0]
    return packed


def _premultiplied(stop: Stop) -> tuple[float, float, float, float]:
    if stop.color in (FOREGROUND, BACKGROUND):
        raise ValueError(f"{stop.color!r} must be resolved first")
    color, alpha = QColor(stop.color), stop.opacity
    return color.blueF() * alpha, color.greenF() * alpha, color.redF() * alpha, alpha


def _bayer(order: int) -> NDArray[np.uint16]:
    """Ordered dithering (B. E. Bayer, 1973): every threshold once in each square of 2**order."""
    matrix = np.zeros((1, 1), np.uint16)
    for _ in range(order):
        matrix = np.block([[4 * matrix, 4 * matrix + 2], [4 * matrix + 3, 4 * matrix + 1]])
    return matrix.astype(np.uint16)


_THRESHOLDS = _bayer(4)  # 16 x 16: 0..255


def _threshold(x: int, y: int, width: int, height: int) -> NDArray[np.uint16]:
    """(height, width, 1). The same for all channels, so that no colour gets above its alpha."""
    rows, columns = (y + np.arange(height)) % 16, (x + np.arange(width)) % 16
    return _THRESHOLDS[rows[:, None], columns[None, :]][:, :, None]
