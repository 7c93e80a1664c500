"""The magic wand: selects the area of like colour that is clicked."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from sdstudio.document.seen import reader
from sdstudio.raster.dabs import Sample
from sdstudio.raster.wand import Likeness, like_area
from sdstudio.ui.editor import Editor
from sdstudio.ui.patience import Cancelled, worked_out
from sdstudio.ui.tools.likeness import (
    contiguous_option,
    gap_option,
    grow_option,
    looked_at_layer,
    source_option,
    takes_long,
    tolerance_option,
)
from sdstudio.ui.tools.selection import SelectionTool, antialias_option, feather_option, mode_option
from sdstudio.ui.tools.tool import Modifiers

translate = QCoreApplication.translate


class WandTool(SelectionTool):
    id = "wand"
    icon = "wand-sparkles"
    shortcut = "W"

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self.label = translate("Tool", "Magic wand")
        self.hint = translate(
            "Tool",
            "Click to select an area of like colour. Shift adds, Alt subtracts, both intersect. Drag inside: move the "
            "selection.",
        )
        self.options = (
            mode_option(),
            tolerance_option("wand"),
            contiguous_option("wand"),
            source_option("wand"),
            gap_option("wand"),
            grow_option("wand"),
            antialias_option(),
            feather_option(),
        )

    def begin(self, sample: Sample, modifiers: Modifiers) -> None:
        self._touch(sample)

    def click_inside(self, sample: Sample) -> None:
        self._touch(sample)

    def _touch(self, sample: Sample) -> None:
        document, settings = self.editor.document, self.editor.settings
        read = reader(document.snapshot(), looked_at_layer(self.editor, settings.wand_source), settings.wand_source)
        likeness = Likeness(
            settings.wand_tolerance,
            settings.wand_contiguous,
            settings.wand_gap,
            settings.selection_antialias,
            settings.wand_grow,
        )
        try:
            found = worked_out(
                lambda tell: like_area(read, document.bounds, sample.position, likeness, tell),
                translate("Tool", "Looking for like colours…"),
                is_long=takes_long(likeness, document.bounds),
            )
        except Cancelled:
            return
        if found.is_empty:
            self.deselect_around(sample.position)
        else:
            self.select(found)
