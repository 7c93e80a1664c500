"""Move the chosen layers, or what is selected of them: seen at once, one undo step for the whole drag."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QCursor, QPainter

from sdstudio.document.align import Line, aligned, distributed, layer_at
from sdstudio.raster.dabs import Sample
from sdstudio.raster.geometry import Point
from sdstudio.raster.transform import IDENTITY, Transform
from sdstudio.raster.warp import Filter
from sdstudio.ui.canvas.camera import Camera
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.floating import Floating
from sdstudio.ui.tools.option import Live
from sdstudio.ui.tools.tool import Modifiers, Tool

translate = QCoreApplication.translate

_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
_ICONS = {
    Line.LEFT: "align-start-vertical",
    Line.CENTRE: "align-center-vertical",
    Line.RIGHT: "align-end-vertical",
    Line.TOP: "align-start-horizontal",
    Line.MIDDLE: "align-center-horizontal",
    Line.BOTTOM: "align-end-horizontal",
}
_LARGE_STEP = 10  # pixels, with Shift


class MoveTool(Tool):
    id = "move"
    icon = "move"
    shortcut = "V"
    wants_every_sample = False

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self.label = translate("Tool", "Move layer")
        self.hint = translate(
            "Tool",
            "Drag to move the layer, or what is selected of it. Arrow keys: 1 pixel, with Shift 10. "
            "Shift+drag: straight. Ctrl+click: choose the layer that is seen there.",
        )
        self.live = tuple(_align_button(self, line) for line in Line) + _distribute_buttons(self)
        self._floating: Floating | None = None
        self._grabbed = Point(0, 0)
        editor.document_replaced.connect(self._on_document_replaced)

    @property
    def is_active(self) -> bool:
        return self._floating is not None

    def cursor(self, modifiers: Modifiers) -> QCursor:
        return QCursor(Qt.CursorShape.SizeAllCursor)

    def press(self, sample: Sample, modifiers: Modifiers) -> None:
        if modifiers & Modifiers.ControlModifier:
            self._choose_at(sample.position)
        self._floating = Floating(self.editor.document)
        self._grabbed = sample.position

    def move(self, sample: Sample, modifiers: Modifiers) -> None:
        if self._floating is None:
            return
        dx = round(sample.position.x - self._grabbed.x)
        dy = round(sample.position.y - self._grabbed.y)
        if self.stage is not None:
            x, y = self.stage.snap_shift(self._floating.area.translated(dx, dy))
            dx, dy = dx + x, dy + y
        if modifiers & Modifiers.ShiftModifier:
            dx, dy = (dx, 0) if abs(dx) >= abs(dy) else (0, dy)
        self._floating.transform = Transform.move(dx, dy)
        self.update_overlay()

    def release(self, sample: Sample, modifiers: Modifiers) -> None:
        self.move(sample, modifiers)
        floating, self._floating = self._floating, None
        self.update_overlay()
        if floating is not None:
            floating.apply(Filter.SMOOTH)

    def cancel(self) -> None:
        self._floating = None
        self.update_overlay()

    def claims(self, key: Qt.Key, modifiers: Modifiers) -> bool:
        plain = modifiers & ~Modifiers.KeypadModifier
        return key in _ARROWS and plain in (Modifiers.NoModifier, Modifiers.ShiftModifier)

    def key_press(self, key: Qt.Key, modifiers: Modifiers) -> None:
        step = _LARGE_STEP if modifiers & Modifiers.ShiftModifier else 1
        dx, dy = _ARROWS[key]
        document = self.editor.document
        floating = Floating(document)
        floating.transform = Transform.move(dx * step, dy * step)
        floating.apply(Filter.SMOOTH)

    def paint_overlay(self, painter: QPainter, camera: Camera) -> None:
        if self._floating is not None and self._floating.transform != IDENTITY and self.stage is not None:
            self._floating.paint(painter, camera, self.stage.middle)

    def align(self, line: Line) -> None:
        """Bring the chosen layers to an edge or the middle of the selection, or of the canvas."""
        document = self.editor.document
        document.run(aligned(document, [layer.id for layer in document.chosen], line))

    def distribute(self, *, across: bool) -> None:
        """Give the chosen layers equal gaps."""
        document = self.editor.document
        document.run(distributed(document, [layer.id for layer in document.chosen], across=across))

    def _choose_at(self, place: Point) -> None:
        layer = layer_at(self.editor.document, place)
        if layer is not None:
            self.editor.document.set_active(layer.id)

    def _on_document_replaced(self) -> None:
        self._floating = None


def _align_button(tool: MoveTool, line: Line) -> Live:
    names = {
        Line.LEFT: translate("Tool", "Align left edges"),
        Line.CENTRE: translate("Tool", "Align centres, side to side"),
        Line.RIGHT: translate("Tool", "Align right edges"),
        Line.TOP: translate("Tool", "Align top edges"),
        Line.MIDDLE: translate("Tool", "Align middles, up and down"),
        Line.BOTTOM: translate("Tool", "Align bottom edges"),
    }
    return Live(names[line], lambda: 1.0, lambda _: tool.align(line), icon=_ICONS[line], shows_label=False)


def _distribute_buttons(tool: MoveTool) -> tuple[Live, ...]:
    return (
        Live(
            translate("Tool", "Equal gaps, side to side"),
            lambda: 1.0,
            lambda _: tool.distribute(across=True),
            icon="align-horizontal-space-between",
            shows_label=False,
        ),
        Live(
            translate("Tool", "Equal gaps, up and down"),
            lambda: 1.0,
            lambda _: tool.distribute(across=False),
            icon="align-vertical-space-between",
            shows_label=False,
        ),
    )
