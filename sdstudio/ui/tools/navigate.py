"""The tools that move the view and never the picture: pan, zoom and rotate.

All three keep the document point that was grabbed, so that the picture follows the hand however the view is turned.
"""

from __future__ import annotations

import math

from PySide6.QtCore import QCoreApplication, QLineF, QPointF, Qt
from PySide6.QtGui import QCursor

from sdstudio.raster.dabs import Sample
from sdstudio.raster.geometry import Point
from sdstudio.ui.canvas.camera import Camera
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.tool import Modifiers, Stage, Tool

translate = QCoreApplication.translate

_CLICK_DISTANCE = 3.0  # view pixels that a hand may move during a click
_DRAG_PER_OCTAVE = 100.0  # view pixels to the right that double the zoom
_ROTATION_STEP = 15.0  # degrees, with Shift


class NavigationTool(Tool):
    wants_every_sample = False

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self._grabbed: Point | None = None
        self._before: Camera | None = None

    @property
    def is_active(self) -> bool:
        return self._grabbed is not None

    def press(self, sample: Sample, modifiers: Modifiers) -> None:
        self._grabbed = sample.position
        self._before = self._stage.camera

    def release(self, sample: Sample, modifiers: Modifiers) -> None:
        self._grabbed = self._before = None

    def cancel(self) -> None:
        if self._before is not None:
            self._stage.look_through(self._before)
        self._grabbed = self._before = None

    @property
    def _stage(self) -> Stage:
        assert self.stage is not None, "a tool works only on a canvas"
        return self.stage


class PanTool(NavigationTool):
    id = "pan"
    icon = "hand"
    shortcut = "H"

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self.label = translate("Tool", "Pan")
        self.hint = translate("Tool", "Drag to move the view. With any tool: hold Space, or drag the middle button.")

    def cursor(self, modifiers: Modifiers) -> QCursor:
        return QCursor(Qt.CursorShape.ClosedHandCursor if self.is_active else Qt.CursorShape.OpenHandCursor)

    def move(self, sample: Sample, modifiers: Modifiers) -> None:
        if self._grabbed is not None:
            camera = self._stage.camera
            way = camera.to_view(sample.position) - camera.to_view(self._grabbed)
            self._stage.look_through(camera.panned(way.x(), way.y()))


class ZoomTool(NavigationTool):
    id = "zoom"
    icon = "zoom-in"
    shortcut = "Z"

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self.label = translate("Tool", "Zoom")
        self.hint = translate("Tool", "Click to zoom in, Alt+click to zoom out, drag left or right to zoom freely.")
        self._dragged = False

    def cursor(self, modifiers: Modifiers) -> QCursor:
        return QCursor(Qt.CursorShape.CrossCursor)

    def press(self, sample: Sample, modifiers: Modifiers) -> None:
        super().press(sample, modifiers)
        self._dragged = False

    def move(self, sample: Sample, modifiers: Modifiers) -> None:
        if self._grabbed is None or self._before is None:
            return
        at = self._stage.camera.to_view(self._grabbed)
        distance = self._stage.camera.to_view(sample.position).x() - at.x()
        self._dragged = self._dragged or abs(distance) > _CLICK_DISTANCE
        if self._dragged:
            self._stage.look_through(self._before.with_zoom(self._before.zoom * 2 ** (distance / _DRAG_PER_OCTAVE), at))

    def release(self, sample: Sample, modifiers: Modifiers) -> None:
        if self._grabbed is not None and not self._dragged:
            camera = self._stage.camera
            direction = -1 if modifiers & Modifiers.AltModifier else 1
            self._stage.look_through(camera.with_zoom(camera.next_stop(direction), camera.to_view(sample.position)))
        super().release(sample, modifiers)


class RotateTool(NavigationTool):
    """Turns the view around its middle; Shift turns it in steps."""

    id = "rotate"
    icon = "rotate-cw"
    shortcut = "R"

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self.label = translate("Tool", "Rotate view")
        self.hint = translate("Tool", "Drag to turn the view, with Shift in steps of 15 degrees.")

    def move(self, sample: Sample, modifiers: Modifiers) -> None:
        if self._grabbed is None or self._before is None:
            return
        middle = QPointF(self._stage.middle)
        pointer = self._stage.camera.to_view(sample.position)
        start = self._before.to_view(self._grabbed)
        degrees = QLineF(middle, start).angle() - QLineF(middle, pointer).angle()
        if modifiers & Modifiers.ShiftModifier:
            wanted = self._before.rotation + degrees
            degrees = math.floor(wanted / _ROTATION_STEP + 0.5) * _ROTATION_STEP - self._before.rotation
        self._stage.look_through(self._before.rotated_by(degrees, middle))

    def cursor(self, modifiers: Modifiers) -> QCursor:
        return QCursor(Qt.CursorShape.ClosedHandCursor if self.is_active else Qt.CursorShape.OpenHandCursor)
