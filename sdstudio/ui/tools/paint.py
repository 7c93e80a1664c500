"""The tools that put paint, or strength, where the brush goes: paint, eraser and mask."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt

from sdstudio.document.mask_stroke import LayerMaskStroke, grey_of
from sdstudio.document.stroke import MaskStroke, Stroke
from sdstudio.raster.dabs import Sample
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.option import (
    Option,
    brush_options,
    flow_option,
    hardness_option,
    size_option,
    smoothing_option,
    symmetry_option,
)
from sdstudio.ui.tools.stroke_tool import StrokeTool
from sdstudio.ui.tools.tool import Modifiers

translate = QCoreApplication.translate


class _PixelTool(StrokeTool):
    """Works on the active layer's pixels, or on its mask while that is the target."""

    def _on_mask(self, value: int) -> LayerMaskStroke:
        document = self.editor.document
        return LayerMaskStroke(
            document, self._layer_id(), self.brush, value, seed=self._count, symmetry=self.symmetry()
        )


class BrushTool(_PixelTool):
    id = "brush"
    icon = "paintbrush"
    shortcut = "B"
    brush_kind = "paint"
    assists_shapes = True

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self.label = translate("Tool", "Brush")
        self.hint = translate(
            "Tool",
            "Drag to paint. Shift: straight line. Alt+click: pick a colour. Ctrl+Alt+drag: size and opacity. "
            "Hold at the end: a clean shape.",
        )
        self.options = (
            *brush_options("paint"),
            flow_option("paint"),
            smoothing_option("paint"),
            symmetry_option(),
        )

    def _begin(self, sample: Sample, modifiers: Modifiers) -> Stroke | LayerMaskStroke:
        editor = self.editor
        if editor.document.paints_mask:
            return self._on_mask(grey_of(editor.foreground))
        return Stroke(
            editor.document, self._layer_id(), self.brush, editor.foreground, seed=self._count, symmetry=self.symmetry()
        )


class EraserTool(_PixelTool):
    id = "eraser"
    icon = "eraser"
    shortcut = "E"
    brush_kind = "eraser"

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self.label = translate("Tool", "Eraser")
        self.hint = translate(
            "Tool", "Drag to erase from the active layer. Shift: straight line. Ctrl+Alt+drag: size and opacity."
        )
        self.options = (
            *brush_options("eraser"),
            smoothing_option("eraser"),
            symmetry_option(),
        )

    def _begin(self, sample: Sample, modifiers: Modifiers) -> Stroke | LayerMaskStroke:
        editor = self.editor
        if editor.document.paints_mask:
            return self._on_mask(0)
        return Stroke(
            editor.document,
            self._layer_id(),
            self.brush,
            editor.foreground,
            erase=True,
            seed=self._count,
            symmetry=self.symmetry(),
        )


class MaskTool(StrokeTool):
    """Paints the selection itself, which is the part that a generation may change."""

    id = "mask"
    icon = "highlighter"
    shortcut = "Q"
    brush_kind = "mask"

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self.label = translate("Tool", "Mask brush")
        self.hint = translate(
            "Tool",
            "Drag over what may change: the mask is the selection. Alt, or X, takes away. Q again: the tool before.",
        )
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
            smoothing_option("mask"),
            symmetry_option(),
        )

    def claims(self, key: Qt.Key, modifiers: Modifiers) -> bool:
        return key == Qt.Key.Key_X and modifiers == Modifiers.NoModifier

    def key_press(self, key: Qt.Key, modifiers: Modifiers) -> None:
        self.editor.set_setting(mask_erases=not self.editor.settings.mask_erases)

    def takes_away(self, modifiers: Modifiers) -> bool:
        return self.editor.settings.mask_erases != bool(modifiers & Modifiers.AltModifier)

    def _begin(self, sample: Sample, modifiers: Modifiers) -> MaskStroke:
        editor = self.editor
        value = 0 if self.takes_away(modifiers) else editor.mask_value
        return MaskStroke(editor.document, self.brush, value, seed=self._count, symmetry=self.symmetry())
