"""What a fill layer shows, as plain frozen values that serialise to JSON. Must not know layers."""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec
from PySide6.QtGui import QColor, QImage

from sdstudio.raster.geometry import Bounds, Point
from sdstudio.raster.gradient import Gradient, Ramp, Repeat, Shape, Stop
from sdstudio.raster.pixels import filled

MAX_STOPS = 64
_Color = Annotated[str, msgspec.Meta(pattern="^#[0-9a-fA-F]{6}$")]
_Share = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]
_Place = Annotated[float, msgspec.Meta(ge=-1e6, le=1e6)]


class SolidFill(msgspec.Struct, frozen=True, tag="solid"):
    """One colour, "#aarrggbb" as QColor writes it, everywhere."""

    title: ClassVar[str] = "Solid colour"
    color: Annotated[str, msgspec.Meta(pattern="^#[0-9a-fA-F]{8}$")] = "#ff000000"

    @staticmethod
    def of(color: QColor) -> SolidFill:
        return SolidFill(color.name(QColor.NameFormat.HexArgb))


class GradientStop(msgspec.Struct, frozen=True):
    """One colour of a gradient and its place, 0..1."""

    at: _Share
    color: _Color
    opacity: _Share = 1.0


class GradientFill(msgspec.Struct, frozen=True, tag="gradient"):
    """A gradient from start to end, in document pixels; see `raster.gradient.Gradient` for shape and repeat."""

    title: ClassVar[str] = "Gradient"
    stops: Annotated[tuple[GradientStop, ...], msgspec.Meta(min_length=1, max_length=MAX_STOPS)]
    start: tuple[_Place, _Place]
    end: tuple[_Place, _Place]
    shape: Shape = "linear"
    repeat: Repeat = "none"
    reverse: bool = False

    @property
    def ramp(self) -> Ramp:
        return Ramp(tuple(Stop(stop.at, stop.color, stop.opacity) for stop in self.stops))

    def with_ramp(self, ramp: Ramp) -> GradientFill:
        """The same with other colours, which must not be only named."""
        stops = tuple(GradientStop(stop.at, stop.color, stop.opacity) for stop in ramp.stops[:MAX_STOPS])
        return msgspec.structs.replace(self, stops=stops)

    def moved(self, dx: float, dy: float) -> GradientFill:
        (x0, y0), (x1, y1) = self.start, self.end
        return msgspec.structs.replace(self, start=(x0 + dx, y0 + dy), end=(x1 + dx, y1 + dy))

    def scaled(self, factor: float) -> GradientFill:
        """The same on a canvas `factor` times as large."""
        (x0, y0), (x1, y1) = self.start, self.end
        return msgspec.structs.replace(self, start=(x0 * factor, y0 * factor), end=(x1 * factor, y1 * factor))


Fill = SolidFill | GradientFill


def draw_fill(fill: Fill, area: Bounds) -> QImage:
    """What the fill shows in `area`, premultiplied; any part looks the same alone as in a larger area."""
    if isinstance(fill, SolidFill):
        return filled(area.width, area.height, QColor(fill.color))
    start, end = Point(*fill.start), Point(*fill.end)
    return Gradient(fill.ramp, start, end, fill.shape, fill.repeat, fill.reverse).render(area)
