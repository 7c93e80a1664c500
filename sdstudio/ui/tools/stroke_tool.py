"""What all tools that drag a brush share: one drag is one stroke and one undo step.

With Shift a drag draws a straight line instead; a drag that ends in a rest may become a line or a shape.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import msgspec
from PySide6.QtCore import QCoreApplication, QPointF, Qt, QTimer
from PySide6.QtGui import QCursor, QPainter

from sdstudio.document.drag import TipDrag
from sdstudio.document.mirrors import MirrorKind, mirrors_of
from sdstudio.document.symmetry import Symmetry
from sdstudio.errors import StudioError
from sdstudio.raster.dabs import Brush, Sample
from sdstudio.raster.geometry import Point
from sdstudio.ui.canvas.camera import Camera
from sdstudio.ui.canvas.mirror_axes import paint_axes
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.shape_assist import ShapeAssist
from sdstudio.ui.tools.tool import Modifiers, Tool

translate = QCoreApplication.translate

_TICK_MS = 20  # while the pointer rests
_SNAP_DEGREES = 15


class StrokeTool(Tool):
    """Subclasses say which stroke begins."""

    brush_kind = "paint"
    assists_shapes = False

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self._stroke: TipDrag | None = None
        self._last: Sample | None = None
        self._line_from: Sample | None = None  # a straight line is drawn from here
        self._count = 0  # of strokes in this document: the seed of what is left to chance
        self._assist = ShapeAssist()
        self._tick = QTimer(editor, interval=_TICK_MS)
        self._tick.timeout.connect(self._on_tick)
        editor.document_replaced.connect(self._on_document_replaced)
        editor.option_changed.connect(self._on_option_changed)

    @property
    def is_active(self) -> bool:
        return self._stroke is not None

    @property
    def brush(self) -> Brush:
        return self.editor.brushes[self.brush_kind or "paint"]

    def cursor(self, modifiers: Modifiers) -> QCursor:
        return QCursor(Qt.CursorShape.BlankCursor)  # the canvas draws the brush's outline instead

    def press(self, sample: Sample, modifiers: Modifiers) -> None:
        self._count += 1
        stroke = self._begin(sample, modifiers)
        if modifiers & Modifiers.ShiftModifier:
            self._line_from = self._last or sample
            self._draw_line(stroke, sample, modifiers)
        else:
            self._line_from = None
            stroke.add(sample)
        self._stroke, self._last = stroke, sample
        self._assist.begin(sample)
        self._watch_time()

    def move(self, sample: Sample, modifiers: Modifiers) -> None:
        self.moves((sample,), modifiers)

    def moves(self, samples: Sequence[Sample], modifiers: Modifiers) -> None:
        stroke, newest = self._stroke, samples[-1]
        if stroke is None:
            return
        self._last = newest
        if self._line_from is not None:
            self._draw_line(stroke, newest, modifiers)
        elif self._assist.is_drawn:
            stroke.redraw(self._assist.follow(newest))
        else:
            self._assist.add(samples)
            stroke.add_all(samples)
            self._watch_time()

    def release(self, sample: Sample, modifiers: Modifiers) -> None:
        if self._stroke is None:
            return
        # A pen that leaves reports no pressure; what matters is a mouse that moved since its last report.
        if sample.pressure > 0 and self._last is not None and sample.position != self._last.position:
            self.move(sample, modifiers)
        stroke = self._end()
        if stroke is not None:
            stroke.commit()

    def cancel(self) -> None:
        stroke = self._end()
        if stroke is not None:
            stroke.cancel()

    def paint_overlay(self, painter: QPainter, camera: Camera) -> None:
        """The mirrors."""
        symmetry = self.symmetry()
        if symmetry is None:
            return
        paint_axes(painter, camera, symmetry, self.editor.document.extent)

    # For subclasses

    def _begin(self, sample: Sample, modifiers: Modifiers) -> TipDrag:
        raise NotImplementedError

    def _layer_id(self) -> str:
        layer_id = self.editor.document.active_id
        if layer_id is None:
            sentence = translate("Tool", "There is no layer to paint on. Choose or add one in the layer list.")
            raise StudioError(sentence)
        return layer_id

    def symmetry(self) -> Symmetry | None:
        """The mirrors that are set, where the document has them."""
        settings, document = self.editor.settings, self.editor.document
        chosen = msgspec.structs.replace(
            mirrors_of(document), kind=cast(MirrorKind, settings.symmetry), rays=settings.symmetry_rays
        )
        return chosen.symmetry(document.extent)

    # Within

    def _draw_line(self, stroke: TipDrag, end: Sample, modifiers: Modifiers) -> None:
        start = self._line_from
        assert start is not None
        self.wants_every_sample = False
        if modifiers & Modifiers.ControlModifier:
            end = replace(end, position=_snapped(start.position, end.position))
        # A line is of one pressure, or its start would keep that of a stroke long gone.
        line = [replace(start, pressure=end.pressure, time_ms=end.time_ms), end]
        stroke.redraw(line if start.position != end.position else line[1:])

    def _end(self) -> TipDrag | None:
        stroke, self._stroke = self._stroke, None
        self._line_from = None
        self.wants_every_sample = True
        self._tick.stop()
        return stroke

    def _watch_time(self) -> None:
        """Start to count from this report on, when anything happens while the pointer rests."""
        if self._stroke is not None and (self._stroke.is_restless or self._may_assist):
            self._tick.start()

    @property
    def _may_assist(self) -> bool:
        return self.assists_shapes and self.editor.settings.shape_assist and not self.brush.build_up

    def _on_tick(self) -> None:
        stroke = self._stroke
        if stroke is None or self._line_from is not None:
            self._tick.stop()
            return
        try:
            self._pass_time(stroke)
        except StudioError as error:
            self.cancel()
            self.editor.message.emit(error.message)

    def _pass_time(self, stroke: TipDrag) -> None:
        if stroke.is_restless and not self._assist.is_drawn:
            stroke.rest(_TICK_MS)
        if self._may_assist and self.stage is not None:
            shape = self._assist.rest(_TICK_MS, self.stage.camera.scale)
            if shape:
                self.wants_every_sample = False
                stroke.redraw(shape)

    def _on_option_changed(self, key: str) -> None:
        if key.startswith("symmetry"):
            self.update_overlay()

    def _on_document_replaced(self) -> None:
        self._end()
        self._last = None
        self._count = 0


def _snapped(start: Point, end: Point) -> Point:
    """`end` turned around `start` to the next multiple of 15 degrees."""
    way = QPointF(end.x - start.x, end.y - start.y)
    step = math.radians(_SNAP_DEGREES)
    angle = round(math.atan2(way.y(), way.x()) / step) * step
    length = math.hypot(way.x(), way.y())
    return Point(start.x + length * math.cos(angle), start.y + length * math.sin(angle))
