"""The options that the magic wand and the bucket have in common. `kind` is "wand" or "fill"."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from sdstudio.errors import StudioError
from sdstudio.raster.geometry import Bounds
from sdstudio.raster.wand import Likeness
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.option import Option

translate = QCoreApplication.translate

_LONG, _LONG_WITH_GAPS = 3_000_000, 1_500_000  # pixels of the canvas from which on a tenth of a second is not enough


def tolerance_option(kind: str) -> Option:
    help_text = translate("Option", "How different a colour may be from the one that is clicked and still belong to it")
    return Option("slider", f"{kind}_tolerance", translate("Option", "Tolerance"), (0, 255), help=help_text)


def contiguous_option(kind: str) -> Option:
    help_text = translate("Option", "Only what is connected; otherwise like colours anywhere in the picture")
    return Option("toggle", f"{kind}_contiguous", translate("Option", "Connected"), help=help_text)


def gap_option(kind: str) -> Option:
    help_text = translate("Option", "Openings in the lines up to this width count as closed")
    return Option("number", f"{kind}_gap", translate("Option", "Close gaps"), (0, 100), "px", help=help_text)


def grow_option(kind: str) -> Option:
    help_text = translate("Option", "How far the area reaches under the lines around it")
    return Option("number", f"{kind}_grow", translate("Option", "Grow"), (0, 100), "px", help=help_text)


def source_option(kind: str) -> Option:
    return Option(
        "choice",
        f"{kind}_source",
        translate("Option", "Look at"),
        choices=(
            ("merged", translate("Option", "All layers")),
            ("layer", translate("Option", "This layer")),
            ("below", translate("Option", "This and below")),
        ),
        help=translate("Option", "The picture in which like colours are looked for"),
    )


def takes_long(likeness: Likeness, canvas: Bounds) -> bool:
    """Whether finding an area takes so long that the window must not wait for it."""
    pixels = canvas.width * canvas.height
    return pixels > (_LONG_WITH_GAPS if likeness.gap_px > 0 and likeness.contiguous else _LONG)


def looked_at_layer(editor: Editor, source: str) -> str:
    """The id of the active layer; any text will do when the whole picture is looked at. Raises StudioError."""
    layer_id = editor.document.active_id
    if layer_id is None and source != "merged":
        raise StudioError(translate("Tool", "There is no layer to look at. Choose or add one in the layer list."))
    return layer_id or ""
