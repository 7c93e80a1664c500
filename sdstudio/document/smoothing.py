"""Steadying a shaky hand: the samples of the pointer in, those that the line goes through out.

Two ways: a line that follows the hand as if pulled by a spring (the stabiliser), and one that hangs on a string and
moves only when it is taut. Must not know layers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from sdstudio.raster.dabs import Brush, Sample
from sdstudio.raster.geometry import Point

_USUAL_GAP_MS = 8.0  # between two reports, where their times say nothing
_LONGEST_GAP_MS = 50.0
_NEAR_PX = 0.05  # nobody sees what is left to go


class Direct:
    """No smoothing."""

    def add(self, sample: Sample) -> Iterator[Sample]:
        yield sample

    def rest(self, passed_ms: float) -> Iterator[Sample]:
        """Time goes by and the pointer rests."""
        yield from ()

    def finish(self) -> Iterator[Sample]:
        """The pointer is up."""
        yield from ()


class Stabiliser(Direct):
    """Exponential pull: after `pull_ms` the line has made good 63 % of what it lags behind. Catches up at the end."""

    def __init__(self, pull_ms: float) -> None:
        self._pull_ms = pull_ms
        self._hand: Sample | None = None
        self._tip: Sample | None = None

    def add(self, sample: Sample) -> Iterator[Sample]:
        hand, self._hand = self._hand, sample
        if hand is None:
            self._tip = sample
            yield sample
            return
        passed_ms = sample.time_ms - hand.time_ms
        yield from self._pull(min(passed_ms, _LONGEST_GAP_MS) if passed_ms > 0 else _USUAL_GAP_MS)

    def rest(self, passed_ms: float) -> Iterator[Sample]:
        if self._hand is not None:
            self._hand = replace(self._hand, time_ms=self._hand.time_ms + passed_ms)
            yield from self._pull(passed_ms)

    def finish(self) -> Iterator[Sample]:
        if self._hand is not None and self._hand != self._tip:
            self._tip = self._hand
            yield self._hand

    def _pull(self, passed_ms: float) -> Iterator[Sample]:
        assert self._tip is not None
        assert self._hand is not None
        if self._tip.position.distance(self._hand.position) > _NEAR_PX:
            self._tip = _between(self._tip, self._hand, 1 - math.exp(-passed_ms / self._pull_ms))
            yield self._tip


class PulledString(Direct):
    """The tip hangs on a string of `length_px` document pixels: it keeps still until the string is taut."""

    def __init__(self, length_px: float) -> None:
        self._length_px = length_px
        self._tip: Point | None = None

    def add(self, sample: Sample) -> Iterator[Sample]:
        tip = self._tip
        if tip is None:
            self._tip = sample.position
            yield sample
            return
        far = tip.distance(sample.position)
        if far > self._length_px:
            part = 1 - self._length_px / far
            self._tip = Point(
                tip.x + (sample.position.x - tip.x) * part,
                tip.y + (sample.position.y - tip.y) * part,
            )
            yield replace(sample, position=self._tip)


def smoother(brush: Brush) -> Direct:
    """The smoothing that the brush asks for, for one stroke."""
    match brush.smoothing:
        case "stabiliser":
            return Stabiliser(brush.stabiliser_ms)
        case "string":
            return PulledString(brush.string_px)
        case "none":
            return Direct()


def _between(a: Sample, b: Sample, t: float) -> Sample:
    return Sample(
        Point(a.position.x + (b.position.x - a.position.x) * t, a.position.y + (b.position.y - a.position.y) * t),
        a.pressure + (b.pressure - a.pressure) * t,
        a.tilt_x + (b.tilt_x - a.tilt_x) * t,
        a.tilt_y + (b.tilt_y - a.tilt_y) * t,
        b.time_ms,
    )
