"""The gradients that come with the program. Names are translated in the context "Ramps". Must not know widgets."""

from __future__ import annotations

from dataclasses import dataclass

from sdstudio.raster.gradient import BACKGROUND, FOREGROUND, Ramp, Stop


@dataclass(frozen=True)
class NamedRamp:
    name: str
    ramp: Ramp


def _even(*colors: str) -> Ramp:
    last = len(colors) - 1
    return Ramp(tuple(Stop(index / last, color) for index, color in enumerate(colors)))


PRESETS: tuple[NamedRamp, ...] = (
    NamedRamp("Colour to second colour", _even(FOREGROUND, BACKGROUND)),
    NamedRamp("Colour to transparent", Ramp((Stop(0, FOREGROUND), Stop(1, FOREGROUND, 0)))),
    NamedRamp("Band of colour", Ramp((Stop(0, FOREGROUND, 0), Stop(0.5, FOREGROUND), Stop(1, FOREGROUND, 0)))),
    NamedRamp("Black to white", _even("#000000", "#ffffff")),
    NamedRamp("Black to transparent", Ramp((Stop(0, "#000000"), Stop(1, "#000000", 0)))),
    NamedRamp("White to transparent", Ramp((Stop(0, "#ffffff"), Stop(1, "#ffffff", 0)))),
    NamedRamp("Clear sky", _even("#1b5fae", "#6fb1e8", "#dbeef8")),
    NamedRamp("Sunset", _even("#1d1b4c", "#7a2a6b", "#e2574c", "#f9a852", "#ffe6a3")),
    NamedRamp("Night", _even("#050816", "#131c45", "#3b3f86")),
    NamedRamp("Skin", _even("#4a2418", "#a8623f", "#e3a67f", "#f9dcc4")),
    NamedRamp("Foliage", _even("#12240f", "#3d6b2a", "#8fae4b", "#e3dc8a")),
    NamedRamp("Metal", _even("#2b2f33", "#c8ced3", "#5b6369", "#f4f6f7", "#3c4247")),
    NamedRamp("Gold", _even("#4b2f05", "#b5831f", "#fbe79b", "#c9942e", "#5c3a0a")),
    NamedRamp("Fire", _even("#1a0000", "#a31508", "#f0741b", "#ffd44d", "#fffbe0")),
    NamedRamp("Rainbow", _even("#e0262b", "#f08a1d", "#f3e03a", "#3aa648", "#2f6fd0", "#7b3fb5", "#d4338a")),
)  # fmt: skip
