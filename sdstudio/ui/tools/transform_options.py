"""The options of the transform tool."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from sdstudio.raster.warp import Filter
from sdstudio.ui.tools.option import Option

translate = QCoreApplication.translate


def mode_option() -> Option:
    return Option(
        "choice",
        "transform_mode",
        translate("Option", "Handles"),
        choices=(
            ("free", translate("Option", "Scale")),
            ("slant", translate("Option", "Slant")),
            ("distort", translate("Option", "Distort")),
            ("perspective", translate("Option", "Perspective")),
        ),
        help=translate("Option", "What dragging a handle of the box does"),
    )


def filter_option() -> Option:
    return Option(
        "choice",
        "transform_filter",
        "",
        choices=(
            (Filter.SMOOTH.value, translate("Option", "Smooth")),
            (Filter.BICUBIC.value, translate("Option", "Bicubic")),
            (Filter.BILINEAR.value, translate("Option", "Bilinear")),
            (Filter.NEAREST.value, translate("Option", "Hard pixels")),
        ),
        help=translate("Option", "How new pixels are made: smooth for pictures, hard pixels for pixel art"),
    )
