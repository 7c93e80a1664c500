"""The options of the text tool."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from sdstudio.raster.text import SIZES
from sdstudio.ui.tools.option import Option

translate = QCoreApplication.translate


def text_options() -> tuple[Option, ...]:
    return (
        Option("font", "text_family", "", help=translate("Option", "The font, one of those on this computer")),
        Option(
            "slider",
            "text_size",
            translate("Option", "Size"),
            SIZES,
            "px",
            logarithmic=True,
            help=translate("Option", "The height of the letters in pixels of the picture"),
        ),
        Option(
            "choice",
            "text_weight",
            "",
            choices=(
                ("300", translate("Option", "Light")),
                ("400", translate("Option", "Regular")),
                ("500", translate("Option", "Medium")),
                ("700", translate("Option", "Bold")),
                ("900", translate("Option", "Black")),
            ),
            help=translate("Option", "How heavy the letters are, where the font has such"),
        ),
        Option("toggle", "text_italic", translate("Option", "Italic"), help=translate("Option", "Slanted letters")),
        Option(
            "choice",
            "text_align",
            "",
            choices=(
                ("left", translate("Option", "Left")),
                ("centre", translate("Option", "Centred")),
                ("right", translate("Option", "Right")),
            ),
            help=translate("Option", "On which side lines begin at the same place"),
        ),
        Option(
            "slider",
            "text_line_height",
            translate("Option", "Lines"),
            (50, 300),
            "%",
            help=translate("Option", "From one line to the next, in per cent of the size"),
        ),
        Option(
            "slider",
            "text_outline",
            translate("Option", "Outline"),
            (0, 50),
            "px",
            help=translate("Option", "A line around the letters in the second colour"),
        ),
    )
