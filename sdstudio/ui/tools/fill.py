"""The bucket: an area of like colour gets one colour, or is emptied."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QColor

from sdstudio.document.document import Document
from sdstudio.document.fill import Bucket, Fill
from sdstudio.document.history import Command
from sdstudio.document.mask_stroke import grey_of, mask_area, painted_mask
from sdstudio.document.permissions import maskable
from sdstudio.errors import StudioError
from sdstudio.raster.dabs import Sample
from sdstudio.raster.geometry import Point
from sdstudio.raster.wand import Likeness
from sdstudio.raster.warp import Progress, share_of
from sdstudio.ui.editor import Editor
from sdstudio.ui.long_edits import run_long
from sdstudio.ui.patience import Cancelled, Report, worked_out
from sdstudio.ui.tools.likeness import (
    contiguous_option,
    gap_option,
    grow_option,
    source_option,
    takes_long,
    tolerance_option,
)
from sdstudio.ui.tools.option import Option
from sdstudio.ui.tools.tool import Modifiers, Tool

translate = QCoreApplication.translate


class FillTool(Tool):
    """A drag over several areas fills each of them; all together are one undo step."""

    id = "fill"
    icon = "paint-bucket"
    shortcut = "G"

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self.label = translate("Tool", "Fill")
        self.hint = translate(
            "Tool", "Click to fill an area of like colour, drag to fill several. Alt+click: pick a colour."
        )
        self.options = (
            _with_option(),
            tolerance_option("fill"),
            contiguous_option("fill"),
            source_option("fill"),
            gap_option("fill"),
            grow_option("fill"),
            Option(
                "toggle",
                "fill_antialias",
                translate("Option", "Smooth edge"),
                help=translate("Option", "Covers the mixed pixels of soft lines by their share"),
            ),
            Option(
                "slider",
                "fill_opacity",
                translate("Option", "Opacity"),
                (1, 100),
                "%",
                help=translate("Option", "How much the fill covers what is below it"),
            ),
        )
        self._fill: Fill | None = None
        editor.document_replaced.connect(self._on_document_replaced)

    @property
    def is_active(self) -> bool:
        return self._fill is not None

    def press(self, sample: Sample, modifiers: Modifiers) -> None:
        document = self.editor.document
        if document.active_id is None:
            raise StudioError(translate("Tool", "There is no layer to fill. Choose or add one in the layer list."))
        bucket = self._bucket()
        if document.paints_mask:
            self._fill_mask(document.active_id, sample.position, bucket)
            return
        self._fill = Fill(document, document.active_id, bucket)
        self._add(sample)

    def move(self, sample: Sample, modifiers: Modifiers) -> None:
        self._add(sample)

    def release(self, sample: Sample, modifiers: Modifiers) -> None:
        if self._fill is not None:
            fill, self._fill = self._fill, None
            fill.commit()

    def cancel(self) -> None:
        if self._fill is not None:
            fill, self._fill = self._fill, None
            fill.cancel()

    def _add(self, sample: Sample) -> None:
        fill, at = self._fill, sample.position
        if fill is None or not fill.wants(at):
            return

        def work(tell: Report) -> None:
            fill.work_out(fill.find(at, share_of(tell, 0, 2)), at, share_of(tell, 1, 2))

        try:
            is_long = takes_long(fill.likeness, self.editor.document.bounds)
            worked_out(work, translate("Tool", "Filling…"), is_long=is_long)
            fill.show()
        except Cancelled:
            self.cancel()
        except StudioError:
            self.cancel()
            raise

    def _fill_mask(self, layer_id: str, at: Point, bucket: Bucket) -> None:
        document = self.editor.document
        maskable(document, layer_id)
        grey = grey_of(bucket.color) if bucket.color is not None else 0
        is_merged, label = bucket.source != "layer", translate("Tool", "Fill mask")

        def make(snapshot: Document, tell: Progress) -> Command:
            area = mask_area(snapshot, layer_id, at, bucket.likeness, is_merged, share_of(tell, 0, 2))
            return painted_mask(snapshot, layer_id, area, grey, label, share_of(tell, 1, 2))

        is_quick = not takes_long(bucket.likeness, document.bounds)
        run_long(document, translate("Tool", "Filling…"), make, is_quick=is_quick)

    def _bucket(self) -> Bucket:
        settings = self.editor.settings
        colors: dict[str, QColor | None] = {
            "foreground": self.editor.foreground,
            "background": self.editor.background,
            "nothing": None,
        }
        likeness = Likeness(
            settings.fill_tolerance,
            settings.fill_contiguous,
            settings.fill_gap,
            settings.fill_antialias,
            settings.fill_grow,
        )
        return Bucket(colors[settings.fill_with], likeness, settings.fill_source, settings.fill_opacity)

    def _on_document_replaced(self) -> None:
        self._fill = None


def _with_option() -> Option:
    return Option(
        "choice",
        "fill_with",
        translate("Option", "Fill with"),
        choices=(
            ("foreground", translate("Option", "Colour")),
            ("background", translate("Option", "Second colour")),
            ("nothing", translate("Option", "Nothing (erase)")),
        ),
        help=translate("Option", "What the area is filled with"),
    )
