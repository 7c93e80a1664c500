"""Fingers on the canvas: one paints (or pans, once a pen is in use), two pan, zoom and turn the view.

Must not know documents or tools; it drives the pointer and looks through cameras.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from PySide6.QtCore import QEvent, QPointF
from PySide6.QtGui import QEventPoint, QTouchEvent

from sdstudio.ui.canvas.camera import Camera
from sdstudio.ui.canvas.pointer import Pointer

_LEAST_SPREAD = 24.0  # view pixels between two fingers, below which they do not zoom
_TURN_FROM_DEGREES = 8.0  # hands that only zoom turn a little as well


class Fingers:
    """`camera` is the present camera, `look_through` shows another."""

    def __init__(self, pointer: Pointer, camera: Callable[[], Camera], look_through: Callable[[Camera], None]) -> None:
        self._pointer, self._camera, self._look_through = pointer, camera, look_through
        self._paints = False  # with one finger
        self._is_done = False  # what follows a gesture until all fingers are up means nothing
        self._gesture: _Gesture | None = None

    def touched(self, event: QTouchEvent) -> None:
        """A touch began, went on or ended."""
        points = [point for point in event.points() if point.state() != QEventPoint.State.Released]
        match event.type():
            case QEvent.Type.TouchCancel:
                self._cancel()
            case QEvent.Type.TouchEnd:
                self._end(event)
            case _ if len(points) >= 2:
                self._with_two(points[0].position(), points[1].position())
            case _ if points and not self._is_done:
                self._with_one(event, points[0])

    def _with_one(self, event: QTouchEvent, point: QEventPoint) -> None:
        if self._gesture is not None and self._gesture.has_two:  # one of two fingers was lifted
            self._gesture, self._is_done = None, True
        elif self._gesture is not None:
            self._look_through(self._gesture.camera(point.position(), point.position()))
        elif event.type() == QEvent.Type.TouchBegin:
            self._paints = not self._pointer.knows_a_pen
            if self._paints:
                self._pointer.finger_pressed(point.position(), float(event.timestamp()))
            else:
                self._gesture = _Gesture(self._camera(), point.position(), None)
        elif self._paints:
            self._pointer.finger_moved(point.position(), float(event.timestamp()))

    def _with_two(self, first: QPointF, second: QPointF) -> None:
        if self._paints:  # the first finger came a moment before the second: that was no stroke
            self._paints = False
            self._pointer.cancel()
        if self._gesture is None or not self._gesture.has_two:
            self._gesture = _Gesture(self._camera(), first, second)
        self._look_through(self._gesture.camera(first, second))

    def _end(self, event: QTouchEvent) -> None:
        points = event.points()
        if self._paints and points:
            self._pointer.finger_released(points[0].position(), float(event.timestamp()))
        self._paints, self._is_done, self._gesture = False, False, None

    def _cancel(self) -> None:
        if self._paints:
            self._pointer.cancel()
        self._paints, self._is_done, self._gesture = False, False, None


class _Gesture:
    """The view as it was when the fingers came down, and where they were."""

    def __init__(self, camera: Camera, first: QPointF, second: QPointF | None) -> None:
        self._start = camera
        self.has_two = second is not None
        self._middle, self._spread, self._angle = _pair(first, second if second is not None else first)
        self._turns = False

    def camera(self, first: QPointF, second: QPointF) -> Camera:
        """The view that keeps what was under each finger under it."""
        middle, spread, angle = _pair(first, second)
        way = middle - self._middle
        camera = self._start.panned(way.x(), way.y())
        if self._spread >= _LEAST_SPREAD and spread >= _LEAST_SPREAD:
            camera = camera.with_zoom(self._start.zoom * spread / self._spread, middle)
            turned = (angle - self._angle + 180) % 360 - 180
            self._turns = self._turns or abs(turned) >= _TURN_FROM_DEGREES
            if self._turns:
                camera = camera.rotated_by(turned, middle)
        return camera


def _pair(first: QPointF, second: QPointF) -> tuple[QPointF, float, float]:
    """The middle between two places, their distance, and the angle from one to the other in degrees clockwise."""
    way = second - first
    return (first + second) / 2, math.hypot(way.x(), way.y()), math.degrees(math.atan2(way.y(), way.x()))
