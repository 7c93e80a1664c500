"""Take a colour from the picture as it is seen."""

from __future__ import annotations

import math

from PySide6.QtCore import QCoreApplication, QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from sdstudio.document.composite import pick
from sdstudio.raster.dabs import Sample
from sdstudio.raster.geometry import Point
from sdstudio.ui.canvas.camera import Camera
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.tool import Modifiers, Tool

translate = QCoreApplication.translate

_RING_RADIUS = 34.0  # view pixels
_RING_WIDTH = 12.0


class PickerTool(Tool):
    """While the button is down a ring shows the colour under the pointer above the colour before."""

    id = "picker"
    icon = "pipette"
    shortcut = "I"

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self.label = translate("Tool", "Colour picker")
        self.hint = translate("Tool", "Click to pick the colour of the brush. Ctrl+click: the second colour.")
        self._at: Point | None = None
        self._is_second = False
        self._before = QColor()
        self._picked = QColor()

    @property
    def is_active(self) -> bool:
        return self._at is not None

    def press(self, sample: Sample, modifiers: Modifiers) -> None:
        self._is_second = bool(modifiers & Modifiers.ControlModifier)
        self._before = self.editor.background if self._is_second else self.editor.foreground
        self._picked = self._before
        self._pick(sample)

    def move(self, sample: Sample, modifiers: Modifiers) -> None:
        self._pick(sample)

    def release(self, sample: Sample, modifiers: Modifiers) -> None:
        self._at = None
        self.update_overlay()

    def cancel(self) -> None:
        self._at = None
        self._take(self._before)
        self.update_overlay()

    def paint_overlay(self, painter: QPainter, camera: Camera) -> None:
        if self._at is None:
            return
        middle = camera.to_view(self._at)
        ring = QRectF(-_RING_RADIUS, -_RING_RADIUS, 2 * _RING_RADIUS, 2 * _RING_RADIUS).translated(middle)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for color, width in ((QColor(0, 0, 0, 160), _RING_WIDTH + 4), (QColor(255, 255, 255, 220), _RING_WIDTH + 2)):
            painter.setPen(QPen(color, width))
            painter.drawEllipse(ring)
        for color, start in ((self._picked, 0), (self._before, 180)):
            pen = QPen(color, _RING_WIDTH)
            pen.setCapStyle(pen.capStyle().FlatCap)
            painter.setPen(pen)
            painter.drawArc(ring, start * 16, 180 * 16)

    def _pick(self, sample: Sample) -> None:
        self._at = sample.position
        self.update_overlay()
        extent = self.editor.document.extent
        x, y = math.floor(sample.position.x), math.floor(sample.position.y)
        if not (0 <= x < extent.width and 0 <= y < extent.height):
            return
        color = pick(self.editor.document, sample.position)
        if color.alpha() == 0:
            return  # nothing is painted here: there is no colour to take
        self._picked = QColor(color.rgb())
        self._take(self._picked)

    def _take(self, color: QColor) -> None:
        if self._is_second:
            self.editor.background = color
        else:
            self.editor.foreground = color
