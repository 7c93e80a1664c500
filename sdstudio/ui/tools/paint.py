"""The tools that drag a brush: paint, eraser and mask. One drag is one stroke and one undo step."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QCursor

from sdstudio.document.stroke import MaskStroke, Stroke
from sdstudio.errors import StudioError
from sdstudio.raster.dabs import Sample
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.option import (
    Option,
    flow_option,
    hardness_option,
    opacity_option,
    pressure_options,
    size_option,
)
from sdstudio.ui.tools.tool import Modifiers, Tool

translate = QCoreApplication.translate


class StrokeTool(Tool):
    """A drag becomes a stroke; with Shift, a straight line from where the last stroke ended."""

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self._stroke: Stroke | MaskStroke | None = None
        self._last: Sample | None = None
        editor.document_replaced.connect(self._on_document_replaced)

    @property
    def is_active(self) -> bool:
        return self._stroke is not None

    def cursor(self, modifiers: Modifiers) -> QCursor:
        return QCursor(Qt.CursorShape.BlankCursor)  # the canvas draws the brush's outline instead

    def press(self, sample: Sample, modifiers: Modifiers) -> None:
        stroke = self._begin(modifiers)
        if modifiers & Modifiers.ShiftModifier and self._last is not None:
            stroke.add(replace(self._last, pressure=sample.pressure))
        stroke.add(sample)
        self._stroke, self._last = stroke, sample

    def move(self, sample: Sample, modifiers: Modifiers) -> None:
        if self._stroke is not None:
            self._stroke.add(sample)
            self._last = sample

    def release(self, sample: Sample, modifiers: Modifiers) -> None:
        if self._stroke is None:
            return
        stroke, self._stroke = self._stroke, None
        # A pen that leaves reports no pressure; what matters is a mouse that moved since its last report.
        if sample.pressure > 0 and self._last is not None and sample.position != self._last.position:
            stroke.add(sample)
            self._last = sample
        stroke.commit()

    def cancel(self) -> None:
        if self._stroke is not None:
            stroke, self._stroke = self._stroke, None
            stroke.cancel()

    def _begin(self, modifiers: Modifiers) -> Stroke | MaskStroke:
        raise NotImplementedError

    def _layer_id(self) -> str:
        layer_id = self.editor.document.active_id
        if layer_id is None:
            sentence = translate("Tool", "There is no layer to paint on. Choose or add one in the layer list.")
            raise StudioError(sentence)
        return layer_id

    def _on_document_replaced(self) -> None:
        self._stroke = self._last = None


class BrushTool(StrokeTool):
    id = "brush"
    icon = "paintbrush"
    shortcut = "B"
    brush_kind = "paint"

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self.label = translate("Tool", "Brush")
        self.hint = translate("Tool", "Drag to paint. Shift+click: straight line. Alt+click: pick a colour.")
        self.options = (*_common("paint"), flow_option("paint"), *pressure_options("paint"))

    def _begin(self, modifiers: Modifiers) -> Stroke:
        editor = self.editor
        return Stroke(editor.document, self._layer_id(), editor.brushes["paint"], editor.foreground)


class EraserTool(StrokeTool):
    id = "eraser"
    icon = "eraser"
    shortcut = "E"
    brush_kind = "eraser"

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self.label = translate("Tool", "Eraser")
        self.hint = translate("Tool", "Drag to erase from the active layer. Shift+click: straight line.")
        self.options = (*_common("eraser"), *pressure_options("eraser"))

    def _begin(self, modifiers: Modifiers) -> Stroke:
        editor = self.editor
        return Stroke(editor.document, self._layer_id(), editor.brushes["eraser"], editor.foreground, erase=True)


class MaskTool(StrokeTool):
    """Paints the selection itself, which is the part that a generation may change."""

    id = "mask"
    icon = "highlighter"
    shortcut = "Q"
    brush_kind = "mask"

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self.label = translate("Tool", "Mask brush")
        self.hint = translate("Tool", "Drag over what may change. Hold Alt, or press X, to take away from the mask.")
        self.options = (
            Option(
                "slider",
                "mask_value",
                translate("Option", "Amount"),
                (1, 100),
                "%",
                help=translate("Option", "How much the masked part may change"),
            ),
            Option(
                "toggle",
                "mask_erases",
                translate("Option", "Take away"),
                help=translate("Option", "Remove from the mask instead of adding to it (X)"),
            ),
            size_option("mask"),
            hardness_option("mask"),
        )

    def claims(self, key: Qt.Key, modifiers: Modifiers) -> bool:
        return key == Qt.Key.Key_X and modifiers == Modifiers.NoModifier

    def key_press(self, key: Qt.Key, modifiers: Modifiers) -> None:
        self.editor.set_setting(mask_erases=not self.editor.settings.mask_erases)

    def takes_away(self, modifiers: Modifiers) -> bool:
        return self.editor.settings.mask_erases != bool(modifiers & Modifiers.AltModifier)

    def _begin(self, modifiers: Modifiers) -> MaskStroke:
        editor = self.editor
        value = 0 if self.takes_away(modifiers) else editor.mask_value
        return MaskStroke(editor.document, editor.brushes["mask"], value)


def _common(kind: str) -> tuple[Option, ...]:
    return size_option(kind), hardness_option(kind), opacity_option(kind)
