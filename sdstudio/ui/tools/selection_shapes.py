"""The selection tools that draw a shape: rectangle, ellipse, lasso and polygon."""

from __future__ import annotations

import math

from PySide6.QtCore import QCoreApplication, QPointF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPolygonF

from sdstudio.raster import masks
from sdstudio.raster.dabs import Sample
from sdstudio.raster.geometry import EMPTY, Bounds, Point
from sdstudio.raster.tiles import Mask
from sdstudio.ui.canvas.camera import Camera
from sdstudio.ui.canvas.label import paint_label
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.selection import SelectionTool, feather_option, mode_option, outline, paint_line
from sdstudio.ui.tools.tool import Modifiers

translate = QCoreApplication.translate

_LASSO_STEP = 1.5  # view pixels between two corners of a lasso
_LABEL_OFFSET = QPointF(14, 14)
_EQUAL = Modifiers.ShiftModifier | Modifiers.ControlModifier


class _Box(SelectionTool):
    """Two corners, or the middle and a corner."""

    snaps = "always"

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self._corners: tuple[Point, Point] | None = None
        self._start = Point(0, 0)

    @property
    def is_active(self) -> bool:
        return self._corners is not None or super().is_active

    def begin(self, sample: Sample, modifiers: Modifiers) -> None:
        self._start = sample.position
        self._corners = (self._start, self._start)

    def go_on(self, sample: Sample, modifiers: Modifiers) -> None:
        if self._corners is None:
            return
        start, end = self._start, sample.position
        dx, dy = end.x - start.x, end.y - start.y
        if modifiers & _EQUAL:
            side = max(abs(dx), abs(dy))
            dx, dy = math.copysign(side, dx), math.copysign(side, dy)
        first = Point(start.x - dx, start.y - dy) if modifiers & Modifiers.AltModifier else start
        self._corners = (first, Point(start.x + dx, start.y + dy))
        self.update_overlay()

    def end(self, sample: Sample, modifiers: Modifiers) -> None:
        self.go_on(sample, modifiers)
        corners, self._corners = self._corners, None
        self.update_overlay()
        if corners is None:
            return
        if self.is_click(self._start, *corners):
            self.deselect_around(self._start)
        else:
            self.select(self._shape(self._area(corners)))

    def cancel(self) -> None:
        self._corners = None
        super().cancel()

    def paint_overlay(self, painter: QPainter, camera: Camera) -> None:
        area = self._area(self._corners) if self._corners is not None else EMPTY
        if not area.is_empty and self._corners is not None:
            paint_line(painter, self._line(area, camera))
            corner = camera.to_view(self._corners[1])
            paint_label(painter, corner + _LABEL_OFFSET, str(area.extent))

    def _area(self, corners: tuple[Point, Point]) -> Bounds:
        """Pixels whose middle the drag went past; at least one."""
        left, right = sorted((round(corners[0].x), round(corners[1].x)))
        top, bottom = sorted((round(corners[0].y), round(corners[1].y)))
        return Bounds(left, top, max(right - left, 1), max(bottom - top, 1))

    def _shape(self, area: Bounds) -> Mask:
        raise NotImplementedError

    def _line(self, area: Bounds, camera: Camera) -> QPolygonF:
        raise NotImplementedError


class RectangleTool(_Box):
    id = "rectangle"
    icon = "square-dashed"
    shortcut = "M"

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self.options = (mode_option(), feather_option())
        self.label = translate("Tool", "Rectangle selection")
        self.hint = translate(
            "Tool",
            "Drag to select. Shift adds, Alt subtracts, both intersect; during the drag Shift makes a square, Alt goes "
            "from the middle. Drag inside: move. Click outside: deselect.",
        )

    def _area(self, corners: tuple[Point, Point]) -> Bounds:
        return super()._area(corners).intersected(self.editor.document.bounds)

    def _shape(self, area: Bounds) -> Mask:
        return masks.rectangle(area)

    def _line(self, area: Bounds, camera: Camera) -> QPolygonF:
        line = camera.outline(area)
        line.append(line.first())
        return line


class EllipseTool(_Box):
    id = "ellipse"
    icon = "circle-dashed"
    shortcut = "J"

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self.label = translate("Tool", "Ellipse selection")
        self.hint = translate(
            "Tool",
            "Drag to select. Shift adds, Alt subtracts, both intersect; during the drag Shift makes a circle, Alt goes "
            "from the middle. Drag inside: move. Click outside: deselect.",
        )

    def _shape(self, area: Bounds) -> Mask:
        smooth = self.editor.settings.selection_antialias
        return masks.ellipse(area.x, area.y, area.right, area.bottom, antialias=smooth)

    def _line(self, area: Bounds, camera: Camera) -> QPolygonF:
        path = QPainterPath()
        path.addEllipse(area.x, area.y, area.width, area.height)
        return camera.transform.map(path).toFillPolygon()


class LassoTool(SelectionTool):
    id = "lasso"
    icon = "lasso"
    shortcut = "L"

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self.label = translate("Tool", "Lasso selection")
        self.hint = translate(
            "Tool",
            "Draw around what to select. Shift adds, Alt subtracts, both intersect. Drag inside: move. Click outside: "
            "deselect.",
        )
        self._points: list[Point] = []

    @property
    def is_active(self) -> bool:
        return bool(self._points) or super().is_active

    def begin(self, sample: Sample, modifiers: Modifiers) -> None:
        self._points = [sample.position]

    def go_on(self, sample: Sample, modifiers: Modifiers) -> None:
        if not self._points or self.stage is None:
            return
        if self._points[-1].distance(sample.position) * self.stage.camera.scale >= _LASSO_STEP:
            self._points.append(sample.position)
            self.update_overlay()

    def end(self, sample: Sample, modifiers: Modifiers) -> None:
        self.go_on(sample, modifiers)
        points, self._points = self._points, []
        self.update_overlay()
        if not points:
            return
        if self.is_click(*points):
            self.deselect_around(points[0])
        else:
            self.select(masks.polygon(points, antialias=self.editor.settings.selection_antialias))

    def cancel(self) -> None:
        self._points = []
        super().cancel()

    def paint_overlay(self, painter: QPainter, camera: Camera) -> None:
        if self._points:
            paint_line(painter, outline(camera, [*self._points, self._points[0]]))


class PolygonTool(SelectionTool):
    """Corners are clicked one after the other, so it is active between clicks as well."""

    id = "polygon"
    icon = "vector-polygon"
    shortcut = "Shift+L"
    snaps = "always"

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self.label = translate("Tool", "Polygon selection")
        self.hint = translate(
            "Tool",
            "Click corner after corner; Shift: in steps of 45°. Backspace or Ctrl+Z takes the last one back. Enter, a "
            "double click or a click on the first corner closes, Esc gives up.",
        )
        self._corners: list[Point] = []
        self._undone: list[Point] = []  # corners that were taken back, the last one first to come again
        self._next: Point | None = None  # where the pointer is

    @property
    def is_active(self) -> bool:
        return bool(self._corners) or super().is_active

    def press(self, sample: Sample, modifiers: Modifiers) -> None:
        if self._corners:
            self._go_to(sample.position, modifiers)
        else:
            super().press(sample, modifiers)

    def begin(self, sample: Sample, modifiers: Modifiers) -> None:
        self._corners, self._undone = [sample.position], []
        self._next = sample.position
        self.tell_live()
        self.update_overlay()

    def click_inside(self, sample: Sample) -> None:
        self.begin(sample, Modifiers.NoModifier)

    def go_on(self, sample: Sample, modifiers: Modifiers) -> None:
        self._go_to(sample.position, modifiers)

    def hover(self, position: Point | None, modifiers: Modifiers) -> None:
        super().hover(position, modifiers)
        if self._corners and position is not None:
            self._go_to(position, modifiers)

    def end(self, sample: Sample, modifiers: Modifiers) -> None:
        if not self._corners:
            return
        self._go_to(sample.position, modifiers)
        corner = self._next or sample.position
        is_double_click = len(self._corners) > 1 and self.is_click(self._corners[-1], corner)
        is_back = len(self._corners) > 2 and self.is_click(self._corners[0], corner)
        if is_double_click or is_back:
            self._close()
        elif not self.is_click(self._corners[-1], corner):
            self._corners.append(corner)
            self._undone.clear()
            self.tell_live()

    def cancel(self) -> None:
        self._corners, self._undone, self._next = [], [], None
        super().cancel()
        self.tell_live()

    @property
    def can_redo(self) -> bool:
        return bool(self._undone)

    def undo(self) -> None:
        if len(self._corners) < 2:
            self.cancel()
            return
        self._undone.append(self._corners.pop())
        self.tell_live()
        self.update_overlay()

    def redo(self) -> None:
        self._corners.append(self._undone.pop())
        self.tell_live()
        self.update_overlay()

    def claims(self, key: Qt.Key, modifiers: Modifiers) -> bool:
        ours = (Qt.Key.Key_Backspace, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape)
        return key in ours if self._corners else super().claims(key, modifiers)

    def key_press(self, key: Qt.Key, modifiers: Modifiers) -> None:
        if not self._corners:
            super().key_press(key, modifiers)
        elif key == Qt.Key.Key_Backspace:
            self.undo()
        elif key == Qt.Key.Key_Escape:
            self.cancel()
        else:
            self._close()

    def paint_overlay(self, painter: QPainter, camera: Camera) -> None:
        if self._corners:
            paint_line(painter, outline(camera, [*self._corners, self._next or self._corners[-1]]))
            start = camera.to_view(self._corners[0])
            painter.drawRect(round(start.x()) - 3, round(start.y()) - 3, 6, 6)

    def _go_to(self, at: Point, modifiers: Modifiers) -> None:
        self._next = at
        if modifiers & Modifiers.ShiftModifier and self._corners:
            last = self._corners[-1]
            turn = round(math.atan2(at.y - last.y, at.x - last.x) / (math.pi / 4)) * (math.pi / 4)
            way = (at.x - last.x) * math.cos(turn) + (at.y - last.y) * math.sin(turn)
            self._next = Point(last.x + way * math.cos(turn), last.y + way * math.sin(turn))
        self.update_overlay()

    def _close(self) -> None:
        corners, self._corners, self._undone, self._next = self._corners, [], [], None
        self.tell_live()
        self.update_overlay()
        if len(corners) > 2:
            self.select(masks.polygon(corners, antialias=self.editor.settings.selection_antialias))
        elif corners:
            self.deselect_around(corners[0])
