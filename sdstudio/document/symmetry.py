"""Painting in mirrors: every press of the tip again at the places that mirror it.

Must not know strokes or layers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from sdstudio.raster.dynamics import Press
from sdstudio.raster.geometry import Point
from sdstudio.raster.tips import ROUND, Shape


@dataclass(frozen=True, slots=True)
class Symmetry:
    """Mirrors through `center` in document pixels: left and right, top and bottom, and `rays` turned copies."""

    center: Point
    left_right: bool = False
    top_bottom: bool = False
    rays: int = 1

    def copies(self, press: Press) -> Iterator[Press]:
        """The press itself first, always as many in the same order."""
        mirrored = [press]
        if self.left_right:
            mirrored += [self._mirrored(one, -1, 1) for one in mirrored]
        if self.top_bottom:
            mirrored += [self._mirrored(one, 1, -1) for one in mirrored]
        for ray in range(self.rays):
            for one in mirrored:
                yield self._turned(one, 360 * ray / self.rays) if ray else one

    def _mirrored(self, press: Press, x_sign: int, y_sign: int) -> Press:
        center = Point(
            self.center.x + x_sign * (press.center.x - self.center.x),
            self.center.y + y_sign * (press.center.y - self.center.y),
        )
        # A picture seen in a mirror above or below is one seen in a mirror at its side, upside down.
        angle = -press.shape.angle + (180 if y_sign < 0 else 0)
        return press._replace(center=center, shape=_held(press.shape, angle, not press.shape.is_flipped))

    def _turned(self, press: Press, degrees: float) -> Press:
        """Anticlockwise, as angles are; y grows downwards."""
        cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
        dx, dy = press.center.x - self.center.x, press.center.y - self.center.y
        center = Point(self.center.x + dx * cos + dy * sin, self.center.y - dx * sin + dy * cos)
        angle = press.shape.angle + degrees
        return press._replace(center=center, shape=_held(press.shape, angle, press.shape.is_flipped))


def _held(shape: Shape, angle: float, is_flipped: bool) -> Shape:
    return ROUND if shape is ROUND else shape._replace(angle=angle, is_flipped=is_flipped)
