"""Fill an area of like colour with the foreground colour."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from sdstudio.document.fill import fill
from sdstudio.document.mask_stroke import fill_mask, grey_of
from sdstudio.errors import StudioError
from sdstudio.raster.dabs import Sample
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.option import Option
from sdstudio.ui.tools.tool import Modifiers, Tool

translate = QCoreApplication.translate


class FillTool(Tool):
    id = "fill"
    icon = "paint-bucket"
    shortcut = "G"

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self.label = translate("Tool", "Fill")
        self.hint = translate("Tool", "Click to fill an area of like colour. Alt+click: pick a colour.")
        self.options = (
            Option(
                "slider",
                "fill_tolerance",
                translate("Option", "Tolerance"),
                (0, 255),
                help=translate("Option", "How different a colour may be and still be filled"),
            ),
            Option(
                "toggle",
                "fill_merged",
                translate("Option", "All layers"),
                help=translate("Option", "Look at the whole picture instead of the active layer alone"),
            ),
        )

    def press(self, sample: Sample, modifiers: Modifiers) -> None:
        editor = self.editor
        layer_id = editor.document.active_id
        if layer_id is None:
            sentence = translate("Tool", "There is no layer to fill. Choose or add one in the layer list.")
            raise StudioError(sentence)
        document, at, color = editor.document, sample.position, editor.foreground
        tolerance, merged = editor.settings.fill_tolerance, editor.settings.fill_merged
        if document.paints_mask:
            fill_mask(document, layer_id, at, grey_of(color), tolerance, merged)
        else:
            fill(document, layer_id, at, color, tolerance, merged)
