"""The box around what is transformed: where its handles are, and what a drag of one makes of the transform.

Plain geometry in document coordinates; must not know tools, documents or widgets.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sdstudio.raster.geometry import Bounds, Point
from sdstudio.raster.transform import Quad, Transform, is_convex

ANGLE_STEP = 15.0  # degrees, with Shift
_LEAST_SIDE = 0.5  # pixels that a side keeps
_EDGES = ((0, -1), (1, 0), (0, 1), (-1, 0))
_CORNERS = ((-1, -1), (1, -1), (1, 1), (-1, 1))
HANDLES = (*_CORNERS, *_EDGES)
"""Across and down from the middle, each -1, 0 or 1."""


@dataclass(frozen=True)
class Grip:
    """What the hand holds: "move", "turn", "scale", "slant", "distort", "perspective" or "pivot", by which handle."""

    kind: str
    across: int = 0
    down: int = 0


@dataclass(frozen=True)
class Pull:
    """A drag from `start` to `now`. `keeps_shape` is Shift, `around_pivot` is Alt.

    `pivot` is what turns go around: a place of the box before the transform, its middle when None.
    """

    start: Point
    now: Point
    keeps_shape: bool = False
    around_pivot: bool = False
    pivot: Point | None = None


def handle(area: Bounds, across: int, down: int) -> Point:
    """Where a handle is before the transform."""
    return Point(area.x + area.width * (1 + across) / 2, area.y + area.height * (1 + down) / 2)


def kind_for(mode: str, across: int, down: int, *, freely: bool, steeply: bool) -> str:
    """What a handle does in a mode of the tool; `freely` is Ctrl, `steeply` is Ctrl, Alt and Shift together."""
    is_corner = bool(across and down)
    if steeply:
        return "perspective" if is_corner else "slant"
    if freely:
        return "distort" if is_corner else "slant"
    if mode == "slant":
        return "scale" if is_corner else "slant"
    if mode == "perspective":
        return "perspective" if is_corner else "slant"
    return "distort" if mode == "distort" else "scale"


def dragged(area: Bounds, before: Transform, grip: Grip, pull: Pull) -> Transform | None:
    """The transform after a drag; None when there is no picture that way."""
    match grip.kind:
        case "move":
            after = before.then(_moved(pull))
        case "turn":
            after = before.then(_turned(area, before, pull))
        case "scale":
            after = _scaled(area, before, grip, pull)
        case "slant":
            after = _slanted(area, before, grip, pull)
        case _:
            return _distorted(area, before, grip, pull)
    return after if is_convex(after.quad(area), 1e-3) else None


def on_whole_pixels(transform: Transform) -> Transform:
    """A quarter turn or mirror, less than a pixel beside where it was, so that it is exact; others as they are."""
    a, b, dx, c, d, dy, *rest = transform.rows
    neat = Transform((a, b, float(round(dx)), c, d, float(round(dy)), *rest))
    return neat if neat.is_exact else transform


def angle_of(area: Bounds, transform: Transform) -> float:
    """How far it is turned: degrees clockwise, in (-180, 180]."""
    first, second, *_ = transform.quad(area)
    return math.degrees(math.atan2(second.y - first.y, second.x - first.x))


def size_of(area: Bounds, transform: Transform) -> tuple[float, float]:
    """The lengths of the top and the left side; negative when mirrored is not told apart."""
    first, second, _, fourth = transform.quad(area)
    return first.distance(second), first.distance(fourth)


def _pivot_of(area: Bounds, pull: Pull) -> Point:
    return handle(area, 0, 0) if pull.pivot is None else pull.pivot


def _moved(pull: Pull) -> Transform:
    dx, dy = round(pull.now.x - pull.start.x), round(pull.now.y - pull.start.y)
    if pull.keeps_shape:
        dx, dy = (dx, 0) if abs(dx) >= abs(dy) else (0, dy)
    return Transform.move(dx, dy)


def _turned(area: Bounds, before: Transform, pull: Pull) -> Transform:
    middle = before.map(_pivot_of(area, pull))
    start = math.atan2(pull.start.y - middle.y, pull.start.x - middle.x)
    now = math.atan2(pull.now.y - middle.y, pull.now.x - middle.x)
    degrees = math.degrees(now - start)
    if pull.keeps_shape:
        angle = angle_of(area, before)
        degrees = round((angle + degrees) / ANGLE_STEP) * ANGLE_STEP - angle
    return Transform.rotate(degrees, middle)


def _scaled(area: Bounds, before: Transform, grip: Grip, pull: Pull) -> Transform:
    held = handle(area, grip.across, grip.down)
    anchor = _pivot_of(area, pull) if pull.around_pivot else handle(area, -grip.across, -grip.down)
    place = before.map(held)
    target = Point(place.x + pull.now.x - pull.start.x, place.y + pull.now.y - pull.start.y)
    if before.is_affine and abs(before.rows[1]) + abs(before.rows[3]) < 1e-9 and not pull.keeps_shape:
        target = Point(round(target.x), round(target.y))  # upright edges stay between pixels, and so stay sharp
    there = before.inverse.map(target)
    x = (there.x - anchor.x) / (held.x - anchor.x) if grip.across and held.x != anchor.x else 1.0
    y = (there.y - anchor.y) / (held.y - anchor.y) if grip.down and held.y != anchor.y else 1.0
    if pull.keeps_shape:
        x = y = _common_scale(there, anchor, held, grip, x, y)
    width, height = size_of(area, before)
    return Transform.scale(_at_least(x, width), _at_least(y, height), anchor).then(before)


def _common_scale(there: Point, anchor: Point, held: Point, grip: Grip, x: float, y: float) -> float:
    if not (grip.across and grip.down):
        return x if grip.across else y
    way = (held.x - anchor.x, held.y - anchor.y)
    if way == (0, 0):
        return 1.0  # the pivot lies on the handle: nothing can be pulled away from itself
    return ((there.x - anchor.x) * way[0] + (there.y - anchor.y) * way[1]) / (way[0] ** 2 + way[1] ** 2)


def _at_least(scale: float, side: float) -> float:
    least = _LEAST_SIDE / max(side, _LEAST_SIDE)
    return math.copysign(max(abs(scale), least), scale)


def _slanted(area: Bounds, before: Transform, grip: Grip, pull: Pull) -> Transform:
    anchor = _pivot_of(area, pull) if pull.around_pivot else handle(area, -grip.across, -grip.down)
    held = handle(area, grip.across, grip.down)
    if held.y == anchor.y if grip.down else held.x == anchor.x:
        return before  # a side that goes through the pivot stays where it is
    place = before.map(held)
    there = before.inverse.map(Point(place.x + pull.now.x - pull.start.x, place.y + pull.now.y - pull.start.y))
    if grip.down:
        return Transform.slant((there.x - held.x) / (held.y - anchor.y), 0.0, anchor).then(before)
    return Transform.slant(0.0, (there.y - held.y) / (held.x - anchor.x), anchor).then(before)


def _distorted(area: Bounds, before: Transform, grip: Grip, pull: Pull) -> Transform | None:
    quad = list(before.quad(area))
    dx, dy = pull.now.x - pull.start.x, pull.now.y - pull.start.y
    if grip.kind == "perspective":
        quad = _leaning(quad, grip, dx, dy)
    else:
        for index, (across, down) in enumerate(_CORNERS):
            if grip.across in (0, across) and grip.down in (0, down):
                quad[index] = Point(quad[index].x + dx, quad[index].y + dy)
    if not is_convex(quad):
        return None
    source: Quad = Transform.move(0, 0).quad(area)
    after = Transform.between(source, quad)
    return after if after.shows(area) else None


def _leaning(quad: list[Point], grip: Grip, dx: float, dy: float) -> list[Point]:
    """The corner moves along one of its sides, and the other end of that side moves the other way."""
    held = _CORNERS.index((grip.across, grip.down))
    beside, below = _CORNERS.index((-grip.across, grip.down)), _CORNERS.index((grip.across, -grip.down))
    pull = np.array([dx, dy])
    best, partner = np.zeros(2), beside
    for other in (beside, below):
        side = np.array([quad[held].x - quad[other].x, quad[held].y - quad[other].y])
        along = side * (pull @ side) / max(float(side @ side), 1e-9)
        if np.linalg.norm(along) > np.linalg.norm(best):
            best, partner = along, other
    moved = list(quad)
    moved[held] = Point(quad[held].x + float(best[0]), quad[held].y + float(best[1]))
    moved[partner] = Point(quad[partner].x - float(best[0]), quad[partner].y - float(best[1]))
    return moved
