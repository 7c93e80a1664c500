"""A line of Bézier curves through anchors, as a person draws and bends it. Plain values; must not know tools."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainterPath

from sdstudio.raster.geometry import Point

Part = Literal["anchor", "before", "after"]

_STEP_PX = 2.0  # document pixels between two samples of a brush stroke along the path


@dataclass(frozen=True)
class Anchor:
    """A point of the line with the handles that bend it before and after; None where it is not bent."""

    at: Point
    before: Point | None = None
    after: Point | None = None

    def moved_to(self, place: Point) -> Anchor:
        dx, dy = place.x - self.at.x, place.y - self.at.y
        return Anchor(place, _shifted(self.before, dx, dy), _shifted(self.after, dx, dy))

    def bent_to(self, place: Point) -> Anchor:
        """With handles on both sides, the one after it at `place`."""
        return replace(self, before=_opposite(self.at, place), after=place)

    def with_handle(self, part: Part, place: Point, *, alone: bool) -> Anchor:
        """One handle elsewhere; unless `alone`, the other one turns with it and keeps its length."""
        changed = replace(self, before=place) if part == "before" else replace(self, after=place)
        other = self.after if part == "before" else self.before
        if alone or other is None or place.distance(self.at) == 0:
            return changed
        share = -other.distance(self.at) / place.distance(self.at)
        turned = Point(self.at.x + (place.x - self.at.x) * share, self.at.y + (place.y - self.at.y) * share)
        return replace(changed, after=turned) if part == "before" else replace(changed, before=turned)

    def sharp(self) -> Anchor:
        return Anchor(self.at)

    def parts(self) -> Iterator[tuple[Part, Point]]:
        """What can be taken hold of, handles first."""
        if self.after is not None:
            yield "after", self.after
        if self.before is not None:
            yield "before", self.before
        yield "anchor", self.at


@dataclass(frozen=True)
class Line:
    """Anchors in order; a closed one goes back to its first."""

    anchors: tuple[Anchor, ...] = ()
    is_closed: bool = False

    def with_anchor(self, anchor: Anchor) -> Line:
        return replace(self, anchors=(*self.anchors, anchor))

    def changed(self, index: int, anchor: Anchor) -> Line:
        return replace(self, anchors=(*self.anchors[:index], anchor, *self.anchors[index + 1 :]))

    def without(self, index: int) -> Line:
        anchors = self.anchors[:index] + self.anchors[index + 1 :]
        return Line(anchors, self.is_closed and len(anchors) > 2)

    def closed(self) -> Line:
        return replace(self, is_closed=len(self.anchors) > 1)

    def path(self) -> QPainterPath:
        """The line in document coordinates."""
        path = QPainterPath()
        if not self.anchors:
            return path
        path.moveTo(_qt(self.anchors[0].at))
        for first, second in self._pieces():
            path.cubicTo(_qt(first.after or first.at), _qt(second.before or second.at), _qt(second.at))
        if self.is_closed:
            path.closeSubpath()
        return path

    def split(self, place: Point, reach: float) -> tuple[Line, int] | None:
        """The line with one anchor more where it passes `place`, and that anchor; None when it passes farther away.

        De Casteljau's construction keeps its shape.
        """
        best: tuple[float, int, float] | None = None
        for index, (first, second) in enumerate(self._pieces()):
            for step in range(1, _STEPS):
                share = step / _STEPS
                distance = _on_curve(first, second, share)[2].distance(place)
                if best is None or distance < best[0]:
                    best = (distance, index, share)
        if best is None or best[0] > reach:
            return None
        _, index, share = best
        count = len(self.anchors)
        first, second = self.anchors[index], self.anchors[(index + 1) % count]
        is_straight = first.after is None and second.before is None
        first_after, (before, after), middle, second_before = _on_curve(first, second, share)
        if is_straight:
            return replace(self, anchors=_inserted(self.anchors, index + 1, Anchor(middle))), index + 1
        line = self.changed(index, replace(first, after=first_after))
        line = line.changed((index + 1) % count, replace(second, before=second_before))
        return replace(line, anchors=_inserted(line.anchors, index + 1, Anchor(middle, before, after))), index + 1

    def _pieces(self) -> Iterator[tuple[Anchor, Anchor]]:
        yield from zip(self.anchors, self.anchors[1:], strict=False)
        if self.is_closed and len(self.anchors) > 1:
            yield self.anchors[-1], self.anchors[0]


def along(path: QPainterPath) -> list[Point]:
    """Places along a path, near enough to each other for a brush."""
    length = path.length()
    count = max(round(length / _STEP_PX), 1)
    places = [path.pointAtPercent(path.percentAtLength(length * step / count)) for step in range(count + 1)]
    return [Point(place.x(), place.y()) for place in places]


_STEPS = 64  # places that are looked at on each curve


def _on_curve(first: Anchor, second: Anchor, share: float) -> tuple[Point, tuple[Point, Point], Point, Point]:
    """What splits a curve: the first handle, those of the new anchor, the new anchor, the last handle."""
    a, b, c, d = first.at, first.after or first.at, second.before or second.at, second.at
    ab, bc, cd = _between(a, b, share), _between(b, c, share), _between(c, d, share)
    abc, bcd = _between(ab, bc, share), _between(bc, cd, share)
    return ab, (abc, bcd), _between(abc, bcd, share), cd


def _inserted(anchors: tuple[Anchor, ...], index: int, anchor: Anchor) -> tuple[Anchor, ...]:
    return (*anchors[:index], anchor, *anchors[index:])


def _between(first: Point, second: Point, share: float) -> Point:
    return Point(first.x + (second.x - first.x) * share, first.y + (second.y - first.y) * share)


def _opposite(middle: Point, place: Point) -> Point:
    return Point(2 * middle.x - place.x, 2 * middle.y - place.y)


def _shifted(place: Point | None, dx: float, dy: float) -> Point | None:
    return Point(place.x + dx, place.y + dy) if place is not None else None


def _qt(point: Point) -> QPointF:
    return QPointF(point.x, point.y)
