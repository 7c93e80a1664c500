"""Everything of a brush that a person can set, in groups: data for the brush editor.

What the options bar shows of it is chosen by the tools.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from sdstudio.raster.dabs import PER_CENT, RANGES, Sensor, Target
from sdstudio.ui.tools.option import (
    Option,
    flow_option,
    hardness_option,
    opacity_option,
    size_option,
    smoothing_option,
)

translate = QCoreApplication.translate


def tip_options(kind: str) -> tuple[Option, ...]:
    return (
        size_option(kind),
        hardness_option(kind),
        _slider(kind, "roundness", translate("Option", "Roundness"), translate("Option", "A flat tip, or a round one")),
        _slider(kind, "angle", translate("Option", "Angle"), translate("Option", "How the tip is turned"), "°"),
        _slider(
            kind,
            "spacing",
            translate("Option", "Spacing"),
            translate("Option", "The way between two dabs, as a share of the tip"),
            logarithmic=True,
        ),
    )


def paint_options(kind: str) -> tuple[Option, ...]:
    options = (
        opacity_option(kind),
        flow_option(kind),
        _slider(
            kind,
            "build_up",
            translate("Option", "Airbrush"),
            translate("Option", "Dabs a second while the pointer rests; 0: it paints only while it moves"),
            "/s",
        ),
    )
    if kind != "smudge":
        return options
    mixed = translate("Option", "How much of the foreground colour is mixed in")
    return (*options, _slider(kind, "color_rate", translate("Option", "Colour"), mixed))


def chance_options(kind: str) -> tuple[Option, ...]:
    return (
        _slider(
            kind,
            "scatter",
            translate("Option", "Scatter"),
            translate("Option", "How far dabs may fall from the line, as a share of the size"),
            logarithmic=False,
        ),
        _slider(
            kind, "count", translate("Option", "Dabs"), translate("Option", "How many dabs fall at each place"), ""
        ),
        _slider(kind, "size_jitter", translate("Option", "Size"), translate("Option", "Makes dabs smaller by chance")),
        _slider(kind, "angle_jitter", translate("Option", "Angle"), translate("Option", "Turns dabs by chance")),
        _slider(
            kind, "opacity_jitter", translate("Option", "Opacity"), translate("Option", "Makes dabs fainter by chance")
        ),
        _slider(
            kind,
            "hue_jitter",
            translate("Option", "Hue"),
            translate("Option", "Another hue for every stroke, by chance"),
        ),
        _slider(
            kind,
            "value_jitter",
            translate("Option", "Lightness"),
            translate("Option", "Lighter or darker with every stroke, by chance"),
        ),
    )


def paper_options(kind: str) -> tuple[Option, ...]:
    return (
        _slider(
            kind,
            "grain_scale",
            translate("Option", "Scale"),
            translate("Option", "How coarse the paper is"),
            logarithmic=True,
        ),
        _slider(
            kind,
            "grain_depth",
            translate("Option", "Depth"),
            translate("Option", "How much a light touch leaves the hollows of the paper free"),
        ),
    )


def line_options(kind: str) -> tuple[Option, ...]:
    return (
        smoothing_option(kind),
        _slider(
            kind,
            "stabiliser_ms",
            translate("Option", "Stabiliser"),
            translate("Option", "How long the line takes to follow the hand"),
            "ms",
            logarithmic=True,
        ),
        _slider(
            kind,
            "string_px",
            translate("Option", "String"),
            translate("Option", "How long the string is, in pixels of the picture"),
            "px",
            logarithmic=True,
        ),
        Option(
            "toggle",
            "shape_assist",
            translate("Option", "Hold for a clean shape"),
            help=translate(
                "Option", "A stroke of the brush that is held at its end becomes a line, ellipse or rectangle"
            ),
        ),
        Option(
            "slider",
            "symmetry_rays",
            translate("Option", "Rays"),
            (2, 24),
            help=translate("Option", "How often a stroke is repeated when it is mirrored around the middle"),
        ),
    )


def target_names() -> dict[Target, str]:
    """What of a brush can follow the hand, in the order in which it is shown."""
    return {
        "size": translate("Option", "Size"),
        "opacity": translate("Option", "Opacity"),
        "flow": translate("Option", "Flow"),
        "hardness": translate("Option", "Hardness"),
        "roundness": translate("Option", "Roundness"),
        "angle": translate("Option", "Angle"),
        "scatter": translate("Option", "Scatter"),
    }


def sensor_names() -> dict[Sensor, str]:
    """What it can follow."""
    return {
        "pressure": translate("Option", "Pressure"),
        "tilt": translate("Option", "Tilt"),
        "tilt direction": translate("Option", "Direction of the tilt"),
        "speed": translate("Option", "Speed"),
        "direction": translate("Option", "Direction of the stroke"),
        "random": translate("Option", "Chance, for each dab"),
        "random per stroke": translate("Option", "Chance, for each stroke"),
        "fade": translate("Option", "Length of the stroke"),
    }


def _slider(
    kind: str, name: str, text: str, help_text: str, unit: str | None = None, *, logarithmic: bool = False
) -> Option:
    low, high = RANGES[name]
    shown = 100.0 if name in PER_CENT else 1.0
    if unit is None:
        unit = "%"
    return Option(
        "slider", f"{kind}.{name}", text, (low * shown, high * shown), unit, logarithmic=logarithmic, help=help_text
    )
