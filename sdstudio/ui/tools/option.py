"""One setting of a tool, as the options bar shows it. Plain data: the value itself lives in the editor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QCoreApplication

translate = QCoreApplication.translate


@dataclass(frozen=True)
class Option:
    """Read and written through `Editor.value(key)` and `Editor.set_value(key, value)`, in the unit given here."""

    kind: Literal["slider", "toggle", "choice"]
    key: str
    label: str
    range: tuple[float, float] = (0.0, 1.0)  # of a slider, in `unit`
    unit: str = ""  # "px", "%", …
    logarithmic: bool = False  # a slider that needs fine steps at its low end
    choices: tuple[tuple[str, str], ...] = ()  # (value, label) of a choice
    help: str = ""  # what it does to the picture


def size_option(kind: str) -> Option:
    """`kind` is the brush: "paint", "eraser" or "mask"."""
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


def pressure_options(kind: str) -> tuple[Option, ...]:
    return (
        Option(
            "toggle",
            f"{kind}.size_by_pressure",
            translate("Option", "Pen: size"),
            help=translate("Option", "A light touch of the pen draws a thinner line"),
        ),
        Option(
            "toggle",
            f"{kind}.opacity_by_pressure",
            translate("Option", "Pen: opacity"),
            help=translate("Option", "A light touch of the pen draws a fainter line"),
        ),
    )
