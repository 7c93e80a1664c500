"""The options of the transform tool, and the numbers and buttons of what it is doing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from sdstudio.raster.warp import Filter
from sdstudio.ui.tools.box_numbers import MOST_SLANT
from sdstudio.ui.tools.option import Live, Option

if TYPE_CHECKING:
    from sdstudio.ui.tools.transform import TransformTool

translate = QCoreApplication.translate


def mode_option() -> Option:
    return Option(
        "choice",
        "transform_mode",
        "",
        choices=(
            ("free", translate("Option", "Scale")),
            ("slant", translate("Option", "Slant")),
            ("distort", translate("Option", "Distort")),
            ("perspective", translate("Option", "Perspective")),
        ),
        help=translate("Option", "What dragging a handle of the box does"),
    )


def target_option() -> Option:
    return Option(
        "choice",
        "transform_target",
        "",
        choices=(
            ("layers", translate("Option", "Picture")),
            ("selection", translate("Option", "Selection")),
        ),
        help=translate(
            "Option",
            "The picture of the chosen layers, or what is selected of it; or the outline of the selection alone",
        ),
    )


def linked_option() -> Option:
    return Option(
        "toggle",
        "transform_linked",
        translate("Option", "Keep proportions"),
        help=translate("Option", "Width and height change together; Shift does the opposite while it is held"),
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


def numbers(tool: TransformTool) -> tuple[Live, ...]:
    names = {
        "x": (translate("Option", "X"), "px", (-99999.0, 99999.0)),
        "y": (translate("Option", "Y"), "px", (-99999.0, 99999.0)),
        "width": (translate("Option", "W"), "px", (0.5, 99999.0)),
        "height": (translate("Option", "H"), "px", (0.5, 99999.0)),
        "angle": (translate("Option", "Angle"), "°", (-360.0, 360.0)),
        "slant": (translate("Option", "Slant"), "°", (-MOST_SLANT, MOST_SLANT)),
    }

    def live(name: str) -> Live:
        text, unit, limits = names[name]
        return Live(
            text,
            lambda: tool.number(name),
            lambda value: tool.set_number(name, value),
            unit=unit,
            range=limits,
            decimals=1,
        )

    return tuple(live(name) for name in names)


def buttons(tool: TransformTool) -> tuple[Live, ...]:
    def live(text: str, icon: str, act: Callable[[], None], *, needs_change: bool = False) -> Live:
        def can() -> float:
            return float(tool.is_active if needs_change else tool.number("x") is not None)

        return Live(text, can, lambda _: act(), icon=icon, shows_label=False)

    return (
        live(translate("Tool", "Turn left by 90°"), "rotate-ccw", lambda: tool.turn(-90)),
        live(translate("Tool", "Turn right by 90°"), "rotate-cw", lambda: tool.turn(90)),
        live(translate("Tool", "Flip left to right"), "flip-vertical-2", lambda: tool.flip(-1, 1)),
        live(translate("Tool", "Flip top to bottom"), "flip-horizontal-2", lambda: tool.flip(1, -1)),
        live(translate("Tool", "Turn around the middle again"), "locate-fixed", tool.reset_pivot),
        live(translate("Tool", "Apply (Enter)"), "check", tool.apply, needs_change=True),
        live(translate("Tool", "Cancel (Escape)"), "x", tool.cancel, needs_change=True),
    )
