"""The brush: what a person sets, and what one report of the pointer says.

Plain data that serialises to JSON. How it becomes coverage is the business of `dynamics` and `tips`. Must not know
layers, colours or strokes.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, Literal

from sdstudio.raster.curves import STRAIGHT, Points
from sdstudio.raster.geometry import Point

Target = Literal["size", "opacity", "flow", "hardness", "roundness", "angle", "scatter"]
Sensor = Literal["pressure", "tilt", "tilt direction", "speed", "direction", "random", "random per stroke", "fade"]
Smoothing = Literal["none", "stabiliser", "string"]

MIN_SPACING_PX = 0.5


@dataclass(frozen=True, slots=True)
class Sample:
    """One report of the pointer. Pressure 0..1, tilt in degrees, time since any fixed moment."""

    position: Point
    pressure: float = 1.0
    tilt_x: float = 0.0
    tilt_y: float = 0.0
    time_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Dynamic:
    """One property that follows one thing that the hand does.

    The curve's value multiplies the property (0..1); an angle is turned by 360 degrees times the value instead.
    """

    target: Target
    sensor: Sensor
    curve: Points = STRAIGHT


@dataclass(frozen=True, slots=True)
class Brush:
    """Size is the diameter in document pixels, scatter a fraction of it, spacing a fraction of its shorter side.

    Angles are degrees anticlockwise; all else is 0..1 unless `RANGES` says otherwise.
    """

    size: float = 20.0
    hardness: float = 0.8
    opacity: float = 1.0
    flow: float = 1.0
    spacing: float = 0.1
    dynamics: tuple[Dynamic, ...] = (Dynamic("size", "pressure"),)
    angle: float = 0.0
    roundness: float = 1.0
    tip: str = ""  # a picture that `tips` knows; empty: round
    grain: str = ""  # a picture that `tips` knows, repeated over the canvas like paper; empty: smooth
    grain_scale: float = 1.0
    grain_depth: float = 0.7
    scatter: float = 0.0
    count: int = 1  # dabs at each place
    size_jitter: float = 0.0
    angle_jitter: float = 0.0
    opacity_jitter: float = 0.0
    hue_jitter: float = 0.0  # these two: of the colour, once for a stroke
    value_jitter: float = 0.0
    build_up: float = 0.0  # dabs a second while the pointer rests: an airbrush
    color_rate: float = 0.0  # of a smudge: how much of the own colour it carries
    smoothing: Smoothing = "none"
    stabiliser_ms: float = 60.0  # how long the line takes to follow the hand
    string_px: float = 30.0

    @property
    def size_by_pressure(self) -> bool:
        return self.follows("size", "pressure")

    @property
    def opacity_by_pressure(self) -> bool:
        return self.follows("opacity", "pressure")

    def follows(self, target: Target, sensor: Sensor) -> bool:
        return any(one.target == target and one.sensor == sensor for one in self.dynamics)

    def curve(self, target: Target, sensor: Sensor) -> Points:
        """The curve by which `target` follows `sensor`; the straight one where it does not."""
        found = (one.curve for one in self.dynamics if one.target == target and one.sensor == sensor)
        return next(found, STRAIGHT)

    def following(self, target: Target, sensor: Sensor, curve: Points | None = STRAIGHT) -> Brush:
        """The same brush whose `target` follows `sensor` by `curve`, or (None) no longer does."""
        others = tuple(one for one in self.dynamics if (one.target, one.sensor) != (target, sensor))
        mine = () if curve is None else (Dynamic(target, sensor, curve),)
        return replace(self, dynamics=others + mine)


RANGES: dict[str, tuple[float, float]] = {
    "size": (1.0, 2000.0),
    "hardness": (0.0, 1.0),
    "opacity": (0.01, 1.0),
    "flow": (0.01, 1.0),
    "spacing": (0.02, 5.0),
    "angle": (-180.0, 180.0),
    "roundness": (0.05, 1.0),
    "grain_scale": (0.1, 10.0),
    "grain_depth": (0.0, 1.0),
    "scatter": (0.0, 5.0),
    "count": (1, 16),
    "size_jitter": (0.0, 1.0),
    "angle_jitter": (0.0, 1.0),
    "opacity_jitter": (0.0, 1.0),
    "hue_jitter": (0.0, 1.0),
    "value_jitter": (0.0, 1.0),
    "build_up": (0.0, 100.0),
    "color_rate": (0.0, 1.0),
    "stabiliser_ms": (5.0, 1000.0),
    "string_px": (1.0, 500.0),
}
"""What each number of a brush may be, both ends included."""
PER_CENT = frozenset(name for name, (_, high) in RANGES.items() if high == 1.0) | {"spacing", "scatter", "grain_scale"}
"""The numbers that a person sees in per cent."""
BY_PRESSURE: dict[str, Target] = {"size_by_pressure": "size", "opacity_by_pressure": "opacity"}
"""Names by which `with_changes` turns on or off what follows pressure."""


def with_changes(brush: Brush, changes: dict[str, Any]) -> Brush:
    """`brush` with other values by their names; numbers are brought into their range."""
    for name, target in BY_PRESSURE.items():
        if name in changes and bool(changes[name]) != brush.follows(target, "pressure"):
            brush = brush.following(target, "pressure", STRAIGHT if changes[name] else None)
    return replace(
        brush, **{name: _in_range(name, value) for name, value in changes.items() if name not in BY_PRESSURE}
    )


def as_changes(brush: Brush) -> dict[str, Any]:
    """Every value of a brush by its name, for `with_changes`."""
    return {field.name: getattr(brush, field.name) for field in fields(Brush)}


def _in_range(name: str, value: Any) -> Any:
    if name == "dynamics":
        return tuple(one for one in value if one.curve)  # a curve without points says nothing
    if name not in RANGES:
        return value
    low, high = RANGES[name]
    kept = min(max(float(value), low), high)
    return round(kept) if name == "count" else kept
