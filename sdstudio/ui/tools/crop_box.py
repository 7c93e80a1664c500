"""The rectangle of the crop tool: what a drag makes of it, with a ratio and a step that sides are multiples of.

Plain geometry in whole document pixels; must not know tools or documents.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from sdstudio.raster.geometry import Bounds, Point
from sdstudio.ui.tools.transform_box import Grip, Pull


@dataclass(frozen=True)
class CropRule:
    """`ratio` is width / height, None when it is free; both sides are multiples of `step` pixels."""

    ratio: float | None = None
    step: int = 1
    most: int = 16384

    def sides(self, width: float, height: float, *, leading: str = "width") -> tuple[int, int]:
        """Sides near these that follow the rule; the `leading` one decides where there is a ratio."""
        if self.ratio is not None and leading == "width":
            height = width / self.ratio
        elif self.ratio is not None:
            width = height * self.ratio
        return self._side(width), self._side(height)

    def _side(self, length: float) -> int:
        most = max(self.most // self.step, 1) * self.step
        return min(max(math.floor(length / self.step + 0.5), 1) * self.step, most)


def drawn(start: Point, now: Point, rule: CropRule) -> Bounds:
    """A new rectangle from one corner to the other."""
    corner = Bounds(round(start.x), round(start.y), 0, 0)
    return pulled(corner, Grip("scale", 1, 1), Pull(start, now), rule)


def pulled(before: Bounds, grip: Grip, pull: Pull, rule: CropRule) -> Bounds:
    """The rectangle after a drag of a handle or of its inside."""
    dx, dy = pull.now.x - pull.start.x, pull.now.y - pull.start.y
    if grip.kind == "move":
        return before.translated(round(dx), round(dy))
    if pull.keeps_shape and rule.ratio is None and not before.is_empty:
        rule = CropRule(before.width / before.height, rule.step, rule.most)
    times = 2 if pull.around_pivot else 1
    width = before.width + times * grip.across * dx
    height = before.height + times * grip.down * dy
    leading = "width" if grip.across and (not grip.down or _leads(width, height, rule.ratio)) else "height"
    sides = rule.sides(abs(width), abs(height), leading=leading)
    x = _start(before.x, before.width, sides[0], grip.across * _sign(width), from_middle=pull.around_pivot)
    y = _start(before.y, before.height, sides[1], grip.down * _sign(height), from_middle=pull.around_pivot)
    if width < 0 and grip.across and not pull.around_pivot:
        x = before.x - sides[0] if grip.across > 0 else before.right
    if height < 0 and grip.down and not pull.around_pivot:
        y = before.y - sides[1] if grip.down > 0 else before.bottom
    return Bounds(x, y, *sides)


def _leads(width: float, height: float, ratio: float | None) -> bool:
    return ratio is None or abs(width) >= abs(height) * ratio


def _sign(length: float) -> int:
    return -1 if length < 0 else 1


def _start(place: int, before: int, after: int, side: int, *, from_middle: bool) -> int:
    """Where the rectangle begins when its `side` (-1, 0 or 1) was pulled and the other stays."""
    if side == 0 or from_middle:
        return place + (before - after) // 2
    return place if side > 0 else place + before - after
