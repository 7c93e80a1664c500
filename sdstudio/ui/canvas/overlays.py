"""What lies over the picture and moves by itself: preview, guests, context box, ants, tool and brush outline.

Knows where each of them is, so that the canvas repaints no more than that. Must not know widgets or events.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QPainterPath

from sdstudio.raster.geometry import Bounds
from sdstudio.ui.canvas.ants import Ants
from sdstudio.ui.canvas.brush_outline import outline_rect, paint_outline
from sdstudio.ui.canvas.camera import Camera
from sdstudio.ui.canvas.context_box import paint_box
from sdstudio.ui.canvas.guest import Guest
from sdstudio.ui.canvas.preview import Preview
from sdstudio.ui.tools.tool import Tool


class Overlays:
    """`pointer` is where the brush's outline is, in view coordinates; None when it is not on the canvas."""

    def __init__(self) -> None:
        self.ants = Ants()
        self.ants_shown = False
        self.preview: Preview | None = None
        self.guests: list[Guest] = []
        self.tool: Tool | None = None
        self.pointer: QPointF | None = None
        self.diameter = 0.0  # of the brush, in view pixels; 0: no brush in the hand
        self.shape: QPainterPath | None = None  # of a brush that is not round, around the pointer
        self.takes_away = False
        self._box: tuple[Bounds, str] | None = None

    def set_box(self, area: Bounds | None, text: str) -> bool:
        """Show the context box there, or not at all; False when it is there already."""
        box = (area, text) if area is not None and not area.is_empty else None
        changed, self._box = box != self._box, box
        return changed

    def outline_rect(self) -> QRectF:
        """Where the brush's outline is, in view coordinates; empty when there is none."""
        if self.pointer is None or self.diameter <= 0:
            return QRectF()
        return outline_rect(self.pointer, self.diameter)

    def paint(self, painter: QPainter, camera: Camera, view: QRectF) -> None:
        """All of them, in view coordinates."""
        if self.preview is not None:
            painter.save()
            self.preview.paint(painter, camera)
            painter.restore()
        for guest in self.guests:
            painter.save()
            guest.paint(painter, camera, view)
            painter.restore()
        if self._box is not None:
            paint_box(painter, camera, *self._box, view)
        if self.ants_shown:
            painter.save()
            self.ants.paint(painter, camera)
            painter.restore()
        if self.tool is not None:
            painter.save()
            self.tool.paint_overlay(painter, camera)
            painter.restore()
        if self.pointer is not None and self.diameter > 0:
            paint_outline(painter, self.pointer, self.diameter, takes_away=self.takes_away, shape=self.shape)
