"""The numbers of a transformed box: read from its shape, and what another number makes of the transform.

Plain geometry in document coordinates; must not know tools, documents or widgets.
"""

from __future__ import annotations

import math

from sdstudio.raster.geometry import Bounds, Point
from sdstudio.raster.transform import Transform
from sdstudio.ui.tools.transform_box import angle_of, handle, size_of

NAMES = ("x", "y", "width", "height", "angle", "slant")
"""The upper left corner of the upright rectangle around it, the lengths of its top and left side (all in pixels), how
far it is turned clockwise, and how far its top leans to the right (both in degrees)."""

MOST_SLANT = 85.0  # degrees; at 90 the box would be flat


def number(area: Bounds, transform: Transform, name: str) -> float:
    """One of `NAMES`."""
    quad = transform.quad(area)
    width, height = size_of(area, transform)
    match name:
        case "x":
            return min(corner.x for corner in quad)
        case "y":
            return min(corner.y for corner in quad)
        case "width":
            return width
        case "height":
            return height
        case "angle":
            return angle_of(area, transform)
    across, down = _left_side(area, transform)
    return math.degrees(math.atan2(across, abs(down)))


def with_number(
    area: Bounds, transform: Transform, pivot: Point, name: str, value: float, *, linked: bool = False
) -> Transform:
    """The transform with one of its numbers changed; turns and slants keep `pivot` (a place of the box) in its place.

    `linked` lets height follow width and the other way round.
    """
    now, fixed = number(area, transform, name), transform.map(pivot)
    match name:
        case "x":
            return transform.then(Transform.move(value - now, 0))
        case "y":
            return transform.then(Transform.move(0, value - now))
        case "width" | "height":
            share = value / max(now, 1e-6)
            x = share if name == "width" or linked else 1.0
            y = share if name == "height" or linked else 1.0
            return Transform.scale(x, y, handle(area, -1, -1)).then(transform)
        case "angle":
            return transform.then(Transform.rotate(value - now, fixed))
    across, down = _left_side(area, transform)
    wanted = math.tan(math.radians(min(max(value, -MOST_SLANT), MOST_SLANT)))
    lean = Transform.slant((across - wanted * abs(down)) / down, 0.0, fixed)
    angle = angle_of(area, transform)
    return transform.then(Transform.rotate(-angle, fixed)).then(lean).then(Transform.rotate(angle, fixed))


def _left_side(area: Bounds, transform: Transform) -> tuple[float, float]:
    """How far its top lies along the top side of the box, and its bottom away from that; the latter is never 0."""
    first, second, _, fourth = transform.quad(area)
    along = math.atan2(second.y - first.y, second.x - first.x)
    dx, dy = fourth.x - first.x, fourth.y - first.y
    across, down = dx * math.cos(along) + dy * math.sin(along), dy * math.cos(along) - dx * math.sin(along)
    return -across, down if abs(down) > 1e-9 else 1e-9
