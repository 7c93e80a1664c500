"""The way of a stroke: raw samples become evenly spaced touches of the tip along a smooth curve.

Must not know layers, documents or coverage.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from sdstudio.raster.dabs import Sample
from sdstudio.raster.dynamics import Dynamics, Touch
from sdstudio.raster.geometry import Point

_PIECE_PX = 2.0  # curves are walked in straight pieces of about this length
_MAX_PIECES = 256
_FULL_SPEED = 3.0  # document pixels a millisecond that count as fastest
_NEW_SPEED = 0.35  # how much the newest report changes the speed, for reports come unevenly
_FLAT_TILT_DEGREES = 60.0  # what pens report at most


@dataclass(frozen=True, slots=True)
class _Report:
    """A sample, and what follows from it and those before."""

    position: Point
    pressure: float
    tilt: float
    azimuth: float
    speed: float
    time_ms: float


class Path:
    """Touches along a smooth curve through the samples.

    The curve between two samples needs the one after them, so the last piece appears with `finish`.
    """

    def __init__(self, dynamics: Dynamics) -> None:
        self._dynamics = dynamics
        self._reports: list[_Report] = []  # at most the last three
        self._to_next = 0.0  # pixels left until the next touch
        self._gone_px = 0.0
        self._held: Touch | None = None  # the first one, until it is known where the stroke goes
        self._last: Touch | None = None

    def add(self, sample: Sample) -> Iterator[Touch]:
        """The touches that `sample` makes certain."""
        report = self._reported(sample)
        if not self._reports:
            self._reports.append(report)
            yield from self._begun(_touch(report))
            return
        last = self._reports[-1]
        if report.position == last.position:
            if report.pressure > last.pressure:  # a pen that is pressed harder where it stands
                self._reports[-1] = report
                yield from self._pressed_harder(report)
            return
        self._reports.append(report)
        if len(self._reports) >= 3:
            yield from self._walk(self._reports[0], *self._reports[-3:])
        self._reports = self._reports[-3:]

    def finish(self) -> Iterator[Touch]:
        """The touches of the last piece; nothing the second time."""
        reports, self._reports = self._reports, []
        if len(reports) >= 2:
            yield from self._walk(reports[0], reports[-2], reports[-1], reports[-1])
        if self._held is not None:
            yield self._noted(self._held)

    def rest(self) -> Touch | None:
        """One more touch where the tip came down last; None when it has not yet."""
        return self._last

    def _begun(self, touch: Touch) -> Iterator[Touch]:
        self._to_next = self._dynamics.step(touch)
        if self._dynamics.needs_direction:
            self._held = touch
        else:
            yield self._noted(touch)

    def _pressed_harder(self, report: _Report) -> Iterator[Touch]:
        if self._held is not None:
            self._held = _touch(report)
        else:
            direction = self._last.direction if self._last is not None else 0.0
            yield self._noted(_touch(report)._replace(direction=direction, gone_px=self._gone_px))

    def _noted(self, touch: Touch) -> Touch:
        self._held, self._last = None, touch
        return touch

    def _reported(self, sample: Sample) -> _Report:
        tilt = min(math.hypot(sample.tilt_x, sample.tilt_y) / _FLAT_TILT_DEGREES, 1.0)
        azimuth = math.atan2(-sample.tilt_y, sample.tilt_x) / math.tau % 1 if tilt else 0.0
        speed = 0.0
        if self._reports:
            last = self._reports[-1]
            speed = last.speed
            passed_ms = sample.time_ms - last.time_ms
            if passed_ms > 0:
                now = min(sample.position.distance(last.position) / passed_ms / _FULL_SPEED, 1.0)
                speed += (now - speed) * _NEW_SPEED
        return _Report(sample.position, sample.pressure, tilt, azimuth, speed, sample.time_ms)

    def _walk(self, p0: _Report, p1: _Report, p2: _Report, p3: _Report) -> Iterator[Touch]:
        length = p1.position.distance(p2.position)
        pieces = min(_MAX_PIECES, max(1, math.ceil(length / _PIECE_PX)))
        curve = _Curve(p0.position, p1.position, p2.position, p3.position)
        next_step = self._dynamics.step
        pressure, tilt, azimuth, speed = p1.pressure, p1.tilt, p1.azimuth, p1.speed
        more_pressure, more_tilt, more_speed = p2.pressure - pressure, p2.tilt - tilt, p2.speed - speed
        turn = (p2.azimuth - azimuth + 0.5) % 1 - 0.5  # the short way round
        # Plain numbers: a small tip comes down so often that to make points of them would cost more than the dabs.
        here_x, here_y = p1.position.x, p1.position.y
        for piece in range(1, pieces + 1):
            there_x, there_y = curve.at(piece / pieces)
            way_x, way_y = there_x - here_x, there_y - here_y
            step = math.hypot(way_x, way_y)
            direction = math.atan2(-way_y, way_x) / math.tau % 1
            if self._held is not None:
                yield self._noted(self._held._replace(direction=direction))
            gone = 0.0
            while self._to_next <= step - gone:
                gone += self._to_next
                part = gone / step
                t = (piece - 1 + part) / pieces
                # As `Touch` makes itself, without the call.
                touch = tuple.__new__(
                    Touch,
                    (
                        Point(here_x + way_x * part, here_y + way_y * part),
                        pressure + more_pressure * t,
                        tilt + more_tilt * t,
                        (azimuth + turn * t) % 1,
                        speed + more_speed * t,
                        direction,
                        self._gone_px + gone,
                    ),
                )
                self._to_next = next_step(touch)
                self._last = touch
                yield touch
            self._to_next -= step - gone
            self._gone_px += step
            here_x, here_y = there_x, there_y


def _touch(report: _Report) -> Touch:
    return Touch(report.position, report.pressure, report.tilt, report.azimuth, report.speed)


class _Curve:
    """The centripetal Catmull-Rom curve from p1 to p2, in Hermite form.

    Centripetal, because the uniform one makes loops where the pointer slows down (Yuksel, Schaefer and Keyser,
    "Parameterization and Applications of Catmull-Rom Curves", 2011).
    """

    def __init__(self, p0: Point, p1: Point, p2: Point, p3: Point) -> None:
        self._p1, self._p2 = p1, p2
        d01, d12, d23 = (math.sqrt(a.distance(b)) for a, b in ((p0, p1), (p1, p2), (p2, p3)))
        self._m1x, self._m1y = (
            _tangent(b - a, c - b, d01, d12) for a, b, c in ((p0.x, p1.x, p2.x), (p0.y, p1.y, p2.y))
        )
        self._m2x, self._m2y = (
            _tangent(c - d, b - c, d23, d12) * -1 for b, c, d in ((p1.x, p2.x, p3.x), (p1.y, p2.y, p3.y))
        )

    def at(self, t: float) -> tuple[float, float]:
        """x and y; 0 is p1, 1 is p2."""
        a, b = (1 + 2 * t) * (1 - t) ** 2, t * (1 - t) ** 2
        c, d = t * t * (3 - 2 * t), t * t * (t - 1)
        x = a * self._p1.x + b * self._m1x + c * self._p2.x + d * self._m2x
        y = a * self._p1.y + b * self._m1y + c * self._p2.y + d * self._m2y
        return x, y


def _tangent(before: float, after: float, d_before: float, d_after: float) -> float:
    """How the curve leaves a point, per length of the piece after it; straight on where there is nothing before."""
    if d_before == 0:
        return after
    return after + d_after * (before / d_before - (before + after) / (d_before + d_after))
