"""From what the hand does to how the tip is pressed: pressure, tilt, speed and chance through their curves.

Chance comes from a seed, so that the same stroke gives the same dabs. Must not know coverage, layers or documents.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random
from typing import NamedTuple

from sdstudio.raster.curves import Table, look_up, table
from sdstudio.raster.dabs import MIN_SPACING_PX, Brush, Sensor, Target
from sdstudio.raster.geometry import Point
from sdstudio.raster.tips import ROUND, Shape

_FADE_DIAMETERS = 20
_BY_CHANCE = ("random", "random per stroke")


class Touch(NamedTuple):
    """A place on the way where the tip comes down, and how the hand was there. All but the place are 0..1."""

    position: Point
    pressure: float = 1.0
    tilt: float = 0.0  # 0 upright, 1 flat
    azimuth: float = 0.0  # where the pen leans to, in turns anticlockwise from the right
    speed: float = 0.0
    direction: float = 0.0  # where it goes, in turns anticlockwise from the right
    gone_px: float = 0.0  # since the stroke began


class Press(NamedTuple):
    """One press of the tip, ready to be put on pixels. Opacity is the ceiling, flow the share on the way there."""

    center: Point
    diameter: float
    hardness: float
    opacity: float
    flow: float
    shape: Shape = ROUND


class Dynamics:
    """One brush during one stroke."""

    def __init__(self, brush: Brush, seed: int = 0) -> None:
        self.brush = brush
        self._random = Random(seed)
        self._per_stroke = self._random.random()
        self._followers: dict[Target, tuple[tuple[Sensor, Table], ...]] = {}
        for one in brush.dynamics:
            self._followers[one.target] = (*self._followers.get(one.target, ()), (one.sensor, table(one.curve)))
        self.needs_direction = any(one.sensor == "direction" for one in brush.dynamics)
        self._is_plain = (
            brush.count == 1
            and not (brush.scatter or brush.size_jitter or brush.angle_jitter or brush.opacity_jitter)
            and self._followers.keys() <= {"size", "opacity"}
        )
        steady = [one for one in self._followers.get("size", ()) if one[0] not in _BY_CHANCE]
        self._steady_size = tuple(steady)
        size = self._followers.get("size", ())
        self._size_curve = size[0][1] if len(size) == 1 and size[0][0] == "pressure" else None
        self._pressure, self._by_pressure = -1.0, 1.0  # the last one, and how much of the size it gave
        # A flat tip would leave steps at its narrow sides.
        self._full_step = brush.spacing * brush.size * brush.roundness
        self._shape = Shape(brush.angle, brush.roundness, brush.tip) if brush.tip or brush.roundness < 1 else ROUND

    def step(self, touch: Touch) -> float:
        """The way to the next dab in pixels; chance does not change it."""
        if self._size_curve is not None:
            return max(MIN_SPACING_PX, self._full_step * self._size(touch))
        if not self._steady_size:
            return max(MIN_SPACING_PX, self._full_step)
        return max(MIN_SPACING_PX, self._full_step * self._product(self._steady_size, touch))

    @property
    def even_opacity(self) -> float | None:
        """The opacity of every press, where that and flow are the same for all of them; else None."""
        brush = self.brush
        is_even = not brush.opacity_jitter and self._followers.keys().isdisjoint({"opacity", "flow"})
        return brush.opacity if is_even else None

    def presses(self, touch: Touch) -> Sequence[Press]:
        """The dabs of one place. Must be asked for every place once and in order: each takes its share of chance."""
        brush = self.brush
        if self._is_plain:
            diameter = brush.size * (self._size(touch) if self._size_curve is not None else self._factor("size", touch))
            opacity = brush.opacity * self._factor("opacity", touch)
            # As `Press` makes itself, without the call: a small tip comes down a thousand times in a stroke.
            fields = (touch.position, diameter, brush.hardness, opacity, brush.flow, self._shape)
            return (tuple.__new__(Press, fields),)
        return [self._varied(touch) for _ in range(brush.count)]

    def _size(self, touch: Touch) -> float:
        """How much of the size there is, for the usual brush whose size follows pressure and nothing else."""
        if touch.pressure != self._pressure and self._size_curve is not None:
            self._pressure, self._by_pressure = touch.pressure, look_up(self._size_curve, touch.pressure)
        return self._by_pressure

    def _varied(self, touch: Touch) -> Press:
        brush, chance = self.brush, self._random.random
        diameter = brush.size * self._factor("size", touch) * (1 - brush.size_jitter * chance())
        opacity = brush.opacity * self._factor("opacity", touch) * (1 - brush.opacity_jitter * chance())
        flow = brush.flow * self._factor("flow", touch)
        hardness = brush.hardness * self._factor("hardness", touch)
        angle = brush.angle + 360 * self._turns(touch) + 180 * brush.angle_jitter * (2 * chance() - 1)
        roundness = brush.roundness * self._factor("roundness", touch)
        where, far = math.tau * chance(), math.sqrt(chance())  # evenly over a disc
        far *= brush.scatter * self._factor("scatter", touch) * brush.size
        center = Point(touch.position.x + far * math.cos(where), touch.position.y + far * math.sin(where))
        shape = Shape(angle, roundness, brush.tip) if brush.tip or roundness < 1 else ROUND
        return Press(center, diameter, hardness, opacity, flow, shape)

    def _factor(self, target: Target, touch: Touch) -> float:
        followers = self._followers.get(target)
        return self._product(followers, touch) if followers else 1.0

    def _product(self, followers: tuple[tuple[Sensor, Table], ...], touch: Touch) -> float:
        share = 1.0
        for sensor, values in followers:
            share *= look_up(values, touch.pressure if sensor == "pressure" else self._sensed(sensor, touch))
        return share

    def _turns(self, touch: Touch) -> float:
        return sum(look_up(values, self._sensed(sensor, touch)) for sensor, values in self._followers.get("angle", ()))

    def _sensed(self, sensor: Sensor, touch: Touch) -> float:
        match sensor:
            case "pressure":
                return touch.pressure
            case "tilt":
                return touch.tilt
            case "tilt direction":
                return touch.azimuth
            case "speed":
                return touch.speed
            case "direction":
                return touch.direction
            case "random":
                return self._random.random()
            case "random per stroke":
                return self._per_stroke
            case "fade":
                return min(touch.gone_px / (_FADE_DIAMETERS * self.brush.size), 1.0)
