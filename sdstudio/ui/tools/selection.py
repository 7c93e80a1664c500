"""The selection tools: rectangle and lasso. What they select is also the mask of a generation.

Shift adds to the selection, Alt takes away from it, both together keep what is in both; without a key the options bar
decides. A click outside of the selection removes it.
"""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from sdstudio.document.commands import EditSelection
from sdstudio.errors import StudioError
from sdstudio.raster import masks
from sdstudio.raster.dabs import Sample
from sdstudio.raster.geometry import EMPTY, Bounds, Point
from sdstudio.raster.tiles import Mask
from sdstudio.ui.canvas.camera import Camera
from sdstudio.ui.canvas.label import paint_label
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.option import Option
from sdstudio.ui.tools.tool import Modifiers, Tool

translate = QCoreApplication.translate

_CLICK_DISTANCE = 3.0  # view pixels
_LASSO_STEP = 1.5  # view pixels between two corners of a lasso


def mode_option() -> Option:
    return Option(
        "choice",
        "selection_mode",
        translate("Option", "Mode"),
        choices=(
            ("replace", translate("Option", "Replace")),
            ("add", translate("Option", "Add")),
            ("subtract", translate("Option", "Subtract")),
            ("intersect", translate("Option", "Intersect")),
        ),
        help=translate("Option", "What a new shape does to the selection that is there"),
    )


def combined(selection: Mask, shape: Mask, mode: str, canvas: Bounds) -> Mask:
    """`selection` after `shape` has been put to it by `mode`: "replace", "add", "subtract" or "intersect"."""
    area = shape.bounds().intersected(canvas)
    result = selection.snapshot() if mode in ("add", "subtract") else Mask()
    if area.is_empty:
        return result
    drawn, there = shape.read(area), selection.read(area)
    match mode:
        case "add":
            drawn = np.maximum(there, drawn)
        case "subtract":
            drawn = np.minimum(there, 255 - drawn)
        case "intersect":
            drawn = np.minimum(there, drawn)
    result.write(area, drawn)
    result.drop_empty()
    return result


class SelectionTool(Tool):
    """A drag draws a shape; what the shape is, is the business of the two tools below."""

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self.options = (mode_option(),)
        self._points: list[Point] = []
        self._mode = "replace"
        editor.document_replaced.connect(self.cancel)

    @property
    def is_active(self) -> bool:
        return bool(self._points)

    def press(self, sample: Sample, modifiers: Modifiers) -> None:
        self._mode = self._mode_for(modifiers)
        self._points = [sample.position]

    def release(self, sample: Sample, modifiers: Modifiers) -> None:
        self.move(sample, modifiers)
        points, self._points = self._points, []
        self.update_overlay()
        if not points:
            return
        if self._is_click(points):
            self._deselect_around(points[0])
        else:
            self._select(self._shape(points))

    def cancel(self) -> None:
        self._points = []
        self.update_overlay()

    def paint_overlay(self, painter: QPainter, camera: Camera) -> None:
        if self._points:
            line = self._line(camera)
            for color, style in (
                (QColor(0, 0, 0, 200), Qt.PenStyle.SolidLine),
                (QColor("white"), Qt.PenStyle.DashLine),
            ):
                painter.setPen(QPen(color, 1, style))
                painter.drawPolyline(line)

    def _shape(self, points: list[Point]) -> Mask:
        raise NotImplementedError

    def _line(self, camera: Camera) -> QPolygonF:
        raise NotImplementedError

    def _mode_for(self, modifiers: Modifiers) -> str:
        shift, alt = bool(modifiers & Modifiers.ShiftModifier), bool(modifiers & Modifiers.AltModifier)
        if not shift and not alt:
            return self.editor.settings.selection_mode
        return "intersect" if shift and alt else "add" if shift else "subtract"

    def _is_click(self, points: list[Point]) -> bool:
        assert self.stage is not None, "a tool works only on a canvas"
        reach = max(points[0].distance(point) for point in points)
        return reach * self.stage.camera.scale < _CLICK_DISTANCE

    def _deselect_around(self, at: Point) -> None:
        document = self.editor.document
        pixel = Bounds(math.floor(at.x), math.floor(at.y), 1, 1)
        if self._mode == "replace" and not document.selection.is_empty and not document.selection.read(pixel).any():
            document.run(EditSelection(Mask(), translate("Tool", "Deselect")))

    def _select(self, shape: Mask) -> None:
        document = self.editor.document
        selection = combined(document.selection, shape, self._mode, Bounds.of(document.extent))
        if self._mode == "intersect" and selection.is_empty:
            sentence = translate("Tool", "The shape lies outside of the selection, so the selection stays as it is.")
            raise StudioError(sentence)
        if selection.is_empty and document.selection.is_empty:
            return
        document.run(EditSelection(selection, translate("Tool", "Select")))


class RectangleTool(SelectionTool):
    """Sides lie on whole pixels; with Ctrl they are of equal length."""

    id = "rectangle"
    icon = "square-dashed"
    shortcut = "M"

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self.label = translate("Tool", "Rectangle selection")
        self.hint = translate(
            "Tool",
            "Drag to select. Shift adds, Alt subtracts, both intersect, Ctrl makes a square. Click outside: deselect.",
        )

    def move(self, sample: Sample, modifiers: Modifiers) -> None:
        if not self._points:
            return
        start, end = self._points[0], sample.position
        if modifiers & Modifiers.ControlModifier:
            side = max(abs(end.x - start.x), abs(end.y - start.y))
            end = Point(start.x + math.copysign(side, end.x - start.x), start.y + math.copysign(side, end.y - start.y))
        self._points = [start, end]
        self.update_overlay()

    def paint_overlay(self, painter: QPainter, camera: Camera) -> None:
        area = self._area(self._points) if len(self._points) == 2 else EMPTY
        if not area.is_empty:
            super().paint_overlay(painter, camera)
            corner = camera.to_view(self._points[1])
            paint_label(painter, QRectF(corner, corner).translated(14, 14).topLeft(), str(area.extent))

    def _shape(self, points: list[Point]) -> Mask:
        return masks.rectangle(self._area(points))

    def _line(self, camera: Camera) -> QPolygonF:
        outline = camera.outline(self._area(self._points))
        outline.append(outline.first())
        return outline

    def _area(self, points: list[Point]) -> Bounds:
        """Pixels whose middle the drag went past; at least one."""
        first, last = points[0], points[-1]
        left, right = sorted((round(first.x), round(last.x)))
        top, bottom = sorted((round(first.y), round(last.y)))
        area = Bounds(left, top, max(right - left, 1), max(bottom - top, 1))
        return area.intersected(Bounds.of(self.editor.document.extent))


class LassoTool(SelectionTool):
    id = "lasso"
    icon = "lasso"
    shortcut = "L"

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self.label = translate("Tool", "Lasso selection")
        self.hint = translate(
            "Tool", "Draw around what to select. Shift adds, Alt subtracts, both intersect. Click outside: deselect."
        )

    def move(self, sample: Sample, modifiers: Modifiers) -> None:
        if not self._points or self.stage is None:
            return
        if self._points[-1].distance(sample.position) * self.stage.camera.scale >= _LASSO_STEP:
            self._points.append(sample.position)
            self.update_overlay()

    def _shape(self, points: list[Point]) -> Mask:
        return masks.polygon(points)

    def _line(self, camera: Camera) -> QPolygonF:
        return QPolygonF([QPointF(camera.to_view(point)) for point in (*self._points, self._points[0])])
