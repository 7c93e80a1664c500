"""One setting of a tool, as the options bar shows it. Plain data: the value itself lives in the editor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QCoreApplication

translate = QCoreApplication.translate


@dataclass(frozen=True)
class Option:
    """Read and written through `Editor.value(key)` and `Editor.set_value(key, value)`, in the unit given here."""

    kind: Literal["slider", "number", "toggle", "choice", "ramp", "font"]
    key: str
    label: str
    range: tuple[float, float] = (0.0, 1.0)  # of a slider or number, in `unit`
    unit: str = ""  # "px", "%", …
    logarithmic: bool = False  # a slider that needs fine steps at its low end
    choices: tuple[tuple[str, str], ...] = ()  # (value, label) of a choice
    help: str = ""  # what it does to the picture


LIVE = "live"
"""The key under which the editor tells that the live values of the tool in the hand have changed."""


@dataclass(frozen=True)
class Live:
    """A number of what a tool is doing at the moment, or a button that does something with it."""

    label: str
    read: Callable[[], float | None]  # None: there is nothing now; of a button, whether it can be pressed
    write: Callable[[float], None]  # for a button the value means nothing
    icon: str = ""  # makes it a button
    range: tuple[float, float] = (-99999.0, 99999.0)
    unit: str = ""
    decimals: int = 0
    help: str = ""
    shows_label: bool = True  # of a button, beside its icon


def size_option(kind: str) -> Option:
    """`kind` is one of the editor's BRUSH_KINDS."""
    help_text = translate("Option", "The diameter of the brush in pixels of the picture")
    label = translate("Option", "Size")
    return Option("slider", f"{kind}.size", label, (1, 2000), "px", logarithmic=True, help=help_text)


def hardness_option(kind: str) -> Option:
    help_text = translate("Option", "A hard edge, or one that fades out softly")
    return Option("slider", f"{kind}.hardness", translate("Option", "Hardness"), (0, 100), "%", help=help_text)


def opacity_option(kind: str) -> Option:
    help_text = translate("Option", "How much one whole stroke covers what is below it")
    return Option("slider", f"{kind}.opacity", translate("Option", "Opacity"), (1, 100), "%", help=help_text)


def flow_option(kind: str) -> Option:
    help_text = translate("Option", "How fast a stroke builds up where it passes again")
    return Option("slider", f"{kind}.flow", translate("Option", "Flow"), (1, 100), "%", help=help_text)


def brush_options(kind: str) -> tuple[Option, ...]:
    return size_option(kind), hardness_option(kind), opacity_option(kind)


def strength_option(kind: str, help_text: str) -> Option:
    """The opacity of a brush that puts no colour."""
    return Option("slider", f"{kind}.opacity", translate("Option", "Strength"), (1, 100), "%", help=help_text)


def smoothing_option(kind: str) -> Option:
    return Option(
        "choice",
        f"{kind}.smoothing",
        translate("Option", "Smoothing"),
        choices=(
            ("none", translate("Option", "None")),
            ("stabiliser", translate("Option", "Stabiliser")),
            ("string", translate("Option", "String")),
        ),
        help=translate("Option", "Steadies the hand: the line follows softly, or hangs on a string that must be taut"),
    )


def symmetry_option() -> Option:
    return Option(
        "choice",
        "symmetry",
        translate("Option", "Mirror"),
        choices=(
            ("none", translate("Option", "Off")),
            ("left-right", translate("Option", "Left and right")),
            ("top-bottom", translate("Option", "Top and bottom")),
            ("both", translate("Option", "Both")),
            ("rays", translate("Option", "Around the middle")),
        ),
        help=translate(
            "Option",
            "Paints every stroke again where a mirror would show it. Drag the dot at the end of an axis to move it",
        ),
    )
