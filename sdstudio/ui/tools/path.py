"""Draw a path of straight lines and Bézier curves, bend it, then paint it, stroke it with the brush or select it."""

from __future__ import annotations

import math

from PySide6.QtCore import QCoreApplication, QPointF, Qt
from PySide6.QtGui import QColor, QCursor, QPainter, QPainterPath, QPen

from sdstudio.document.edits import EditSelection
from sdstudio.document.shapes import draw_paths
from sdstudio.document.stroke import Stroke
from sdstudio.errors import StudioError
from sdstudio.raster.dabs import Sample
from sdstudio.raster.geometry import Point
from sdstudio.raster.shapes import coverage
from sdstudio.ui.canvas.camera import Camera
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.handles import paint_handle
from sdstudio.ui.tools.option import Live
from sdstudio.ui.tools.path_line import Anchor, Line, Part, along
from sdstudio.ui.tools.shape import ink_options, inked_path, refuse_no_ink, smooth_option
from sdstudio.ui.tools.tool import Modifiers, Tool
from sdstudio.ui.tools.trail import Trail

translate = QCoreApplication.translate

_REACH = 8.0  # view pixels around a handle that belong to it
_BEND = 3.0  # view pixels that a drag must go to bend
_ANGLE_STEP = 15.0
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_REMOVE = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)
_LINE = ((QColor(0, 0, 0, 190), 3.0), (QColor(255, 255, 255), 1.2))


class PathTool(Tool):
    """The path stays when another tool is taken, until it is used or discarded."""

    id = "path"
    icon = "pen-tool"
    shortcut = "P"
    snaps = "drags"
    wants_every_sample = False

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self.label = translate("Tool", "Path")
        self.hint = translate(
            "Tool",
            "Click: corner, drag: curve, click the first point: close. Drag points and handles to bend, Alt+click: "
            "corner or curve, Delete: remove. Enter paints it, Escape discards it.",
        )
        self.options = (*ink_options(), smooth_option())
        self.live = _buttons(self)
        self.line = Line()
        self._chosen: int | None = None  # the anchor that was touched last
        self._held: tuple[int, Part] | None = None
        self._pressed_at = Point(0, 0)
        self._bends = False  # the drag bends the held anchor instead of moving it
        self._before_drag = Line()
        self._trail: Trail[Line] = Trail()
        self._hovered: Point | None = None
        editor.document_replaced.connect(self.discard)

    @property
    def is_active(self) -> bool:
        return bool(self.line.anchors)

    def put_down(self) -> None:
        """A half-drawn path waits for its tool."""
        self._held = None

    def cursor(self, modifiers: Modifiers) -> QCursor:
        over = self._hovered is not None and self._part_at(self._hovered) is not None
        return QCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.CrossCursor)

    def hover(self, position: Point | None, modifiers: Modifiers) -> None:
        self._hovered = position
        if self.line.anchors and not self.line.is_closed and self._held is None:
            self.update_overlay()

    def press(self, sample: Sample, modifiers: Modifiers) -> None:
        self._before_drag, self._pressed_at, self._bends = self.line, sample.position, False
        found = self._part_at(sample.position)
        if found is None:
            self._add(sample.position, modifiers)
        else:
            self._take(*found, modifiers)
        self.update_overlay()

    def move(self, sample: Sample, modifiers: Modifiers) -> None:
        if self._held is None or not self._has_moved(sample.position):
            return
        index, part = self._held
        anchor, alone = self.line.anchors[index], bool(modifiers & Modifiers.AltModifier)
        place = self._straightened(anchor.at, sample.position, modifiers) if part != "anchor" else sample.position
        if self._bends:
            changed = anchor.bent_to(self._straightened(anchor.at, sample.position, modifiers))
        elif part == "anchor":
            changed = anchor.moved_to(place)
        else:
            changed = anchor.with_handle(part, place, alone=alone)
        self.line = self.line.changed(index, changed)
        self.update_overlay()

    def release(self, sample: Sample, modifiers: Modifiers) -> None:
        self.move(sample, modifiers)
        self._held = None
        if self.line != self._before_drag:
            self._trail.leave(self._before_drag)
        self.tell_live()
        self.update_overlay()

    def cancel(self) -> None:
        """In the middle of a drag only that drag; else all of the path."""
        if self._held is not None:
            self._put(self._before_drag)
        else:
            self.discard()

    @property
    def can_redo(self) -> bool:
        return self._trail.can_go_on

    def undo(self) -> None:
        if self._held is None and self._trail.can_go_back:
            self._put(self._trail.back(self.line))
        else:
            self.cancel()

    def redo(self) -> None:
        self._put(self._trail.on(self.line))

    def claims(self, key: Qt.Key, modifiers: Modifiers) -> bool:
        plain = modifiers & ~Modifiers.KeypadModifier == Modifiers.NoModifier
        return self.is_active and plain and key in (*_ENTER, *_REMOVE, Qt.Key.Key_Escape)

    def key_press(self, key: Qt.Key, modifiers: Modifiers) -> None:
        if key in _ENTER:
            self.paint_path()
        elif key == Qt.Key.Key_Escape:
            self.discard()
        else:
            self._remove()

    def paint_overlay(self, painter: QPainter, camera: Camera) -> None:
        if not self.line.anchors:
            return
        path = camera.transform.map(self.line.path())
        rubber = self._rubber(camera)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for color, width in _LINE:
            painter.setPen(QPen(color, width))
            painter.drawPath(path)
            painter.setPen(QPen(color, width, Qt.PenStyle.DotLine))
            painter.drawPath(rubber)
        for index, anchor in enumerate(self.line.anchors):
            self._paint_anchor(painter, camera, anchor, is_chosen=index == self._chosen)

    # What can be done with the path

    def paint_path(self) -> None:
        """Fill and outline it as the options say: one undo step, and the path is used up."""
        self._refuse_short()
        refuse_no_ink(self.editor)
        document, settings = self.editor.document, self.editor.settings
        inked = inked_path(self.editor, self.line.path())
        label = translate("Tool", "Path")
        document.run(draw_paths(document, document.active_id, inked, smooth=settings.shape_smooth, label=label))
        self.discard()

    def stroke_with_brush(self) -> None:
        """Let the paint brush go along it."""
        self._refuse_short()
        document, editor = self.editor.document, self.editor
        stroke = Stroke(document, document.active_id or "", editor.brushes["paint"], editor.foreground)
        for place in along(self.line.path()):
            stroke.add(Sample(place))
        stroke.commit()
        self.discard()

    def select(self) -> None:
        """Make what it encloses the selection."""
        self._refuse_short()
        document, path = self.editor.document, self.line.path()
        path.closeSubpath()
        path.setFillRule(Qt.FillRule.WindingFill)
        mask = coverage(path, document.bounds, smooth=self.editor.settings.shape_smooth)
        if mask.is_empty:
            raise StudioError(translate("Tool", "The path encloses nothing on the canvas, so nothing was selected."))
        document.run(EditSelection(mask, translate("Tool", "Select path")))
        self.discard()

    def discard(self) -> None:
        self.line, self._chosen, self._held = Line(), None, None
        self._trail.clear()
        self.tell_live()
        self.update_overlay()

    # Within

    def _put(self, line: Line) -> None:
        self.line, self._chosen, self._held = line, None, None
        self.tell_live()
        self.update_overlay()

    def _add(self, place: Point, modifiers: Modifiers) -> None:
        split = self.line.split(place, _REACH / self._scale)
        if split is not None:
            self.line, index = split
        elif self.line.is_closed:
            return
        else:
            if self.line.anchors:
                place = self._straightened(self.line.anchors[-1].at, place, modifiers)
            self.line = self.line.with_anchor(Anchor(place))
            index, self._bends = len(self.line.anchors) - 1, True
        self._chosen, self._held = index, (index, "anchor")

    def _take(self, index: int, part: Part, modifiers: Modifiers) -> None:
        anchor = self.line.anchors[index]
        is_alt = bool(modifiers & Modifiers.AltModifier)
        if part == "anchor" and index == 0 and len(self.line.anchors) > 1 and not self.line.is_closed and not is_alt:
            self.line, self._bends = self.line.closed(), anchor.before is None and anchor.after is None
        elif part == "anchor" and is_alt:
            is_bent = anchor.before is not None or anchor.after is not None
            self.line, self._bends = self.line.changed(index, anchor.sharp() if is_bent else anchor), True
        self._chosen, self._held = index, (index, part)

    def _remove(self) -> None:
        index = self._chosen if self._chosen is not None else len(self.line.anchors) - 1
        self._trail.leave(self.line)
        self.line, self._chosen = self.line.without(index), None
        self.tell_live()
        self.update_overlay()

    def _part_at(self, place: Point) -> tuple[int, Part] | None:
        """What a press there takes hold of; handles only of the anchor that was touched last."""
        reach = _REACH / self._scale
        order = sorted(range(len(self.line.anchors)), key=lambda index: index != self._chosen)
        for index in order:
            for part, there in self.line.anchors[index].parts():
                if there.distance(place) <= reach and (part == "anchor" or index == self._chosen):
                    return index, part
        return None

    @property
    def _scale(self) -> float:
        assert self.stage is not None, "a tool works only on a canvas"
        return self.stage.camera.scale

    def _has_moved(self, place: Point) -> bool:
        return (self.line != self._before_drag and not self._bends) or (
            self._pressed_at.distance(place) * self._scale >= _BEND
        )

    def _straightened(self, start: Point, place: Point, modifiers: Modifiers) -> Point:
        """With Shift in steps of 15 degrees around `start`."""
        if not modifiers & Modifiers.ShiftModifier:
            return place
        angle = math.degrees(math.atan2(place.y - start.y, place.x - start.x))
        angle = math.radians(round(angle / _ANGLE_STEP) * _ANGLE_STEP)
        length = start.distance(place)
        return Point(start.x + length * math.cos(angle), start.y + length * math.sin(angle))

    def _refuse_short(self) -> None:
        if len(self.line.anchors) < 2:
            raise StudioError(translate("Tool", "The path has only one point. Click where it goes on."))

    def _rubber(self, camera: Camera) -> QPainterPath:
        """From the last anchor to the pointer."""
        path, line = QPainterPath(), self.line
        if self._hovered is None or line.is_closed or self._held is not None:
            return path
        last = line.anchors[-1]
        path.moveTo(camera.to_view(last.at))
        there = camera.to_view(self._hovered)
        path.cubicTo(camera.to_view(last.after or last.at), there, there)
        return path

    def _paint_anchor(self, painter: QPainter, camera: Camera, anchor: Anchor, *, is_chosen: bool) -> None:
        at = camera.to_view(anchor.at)
        if is_chosen:
            for handle in (anchor.before, anchor.after):
                if handle is not None:
                    there: QPointF = camera.to_view(handle)
                    for color, width in _LINE:
                        painter.setPen(QPen(color, width))
                        painter.drawLine(at, there)
                    paint_handle(painter, there, is_round=True)
        paint_handle(painter, at, is_full=is_chosen)


def _buttons(tool: PathTool) -> tuple[Live, ...]:
    def can() -> float:
        return float(len(tool.line.anchors) > 1)

    def is_there() -> float:
        return float(tool.is_active)

    return (
        Live(translate("Tool", "Paint"), can, lambda _: tool.paint_path(), icon="check",
             help=translate("Tool", "Fills and outlines the path as chosen here (Enter)")),
        Live(translate("Tool", "Brush"), can, lambda _: tool.stroke_with_brush(), icon="paintbrush",
             help=translate("Tool", "Lets the paint brush go along the path")),
        Live(translate("Tool", "Select"), can, lambda _: tool.select(), icon="square-dashed",
             help=translate("Tool", "Selects what the path encloses")),
        Live(translate("Tool", "Discard"), is_there, lambda _: tool.discard(), icon="x",
             help=translate("Tool", "Throws the path away (Escape)")),
    )  # fmt: skip
