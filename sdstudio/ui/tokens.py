"""The colours of the running theme, by role. Knows neither widgets nor the application.

A theme is a JSON file in resources/themes that gives each role one colour. All greys are neutral (R = G = B), so that
the window never tints a picture; the accent roles are the only coloured ones.
"""

from __future__ import annotations

import json

from PySide6.QtGui import QColor

from sdstudio import paths

ICON_SIZE = 18

# Which text must be readable on which ground; the test computes the contrast of each pair.
TEXT_PAIRS: tuple[tuple[str, str], ...] = (
    ("text", "panel"),
    ("text", "base"),
    ("text", "raised"),
    ("text", "hover"),
    ("text", "pressed"),
    ("text", "selected"),
    ("text", "toast"),
    ("muted", "panel"),
    ("muted", "base"),
    ("on_accent", "accent"),
    ("on_accent", "accent_hover"),
    ("accent_text", "panel"),
    ("accent_text", "base"),
    ("accent_text", "toast"),
)


def load(theme: str) -> dict[str, QColor]:
    """Role -> colour of the theme "dark" or "light"."""
    text = (paths.resources() / "themes" / f"{theme}.json").read_text(encoding="utf-8")
    return {role: QColor(value) for role, value in json.loads(text).items()}


def contrast(first: QColor, second: QColor) -> float:
    """WCAG 2.2 contrast ratio of two opaque colours, 1..21."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: QColor) -> float:
    def linear(value: float) -> float:
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    return 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF()) + 0.0722 * linear(color.blueF())


class CurrentTokens:
    """The tokens in force; `theme.apply` sets them, painting code asks for them at paint time."""

    def __init__(self) -> None:
        self._colors: dict[str, QColor] = {}
        self.generation = 0  # grows with every change, so that caches of coloured pictures can notice

    def use(self, colors: dict[str, QColor]) -> None:
        self._colors = colors
        self.generation += 1

    def color(self, role: str) -> QColor:
        if not self._colors:
            self._colors = load("dark")
        return QColor(self._colors[role])


current = CurrentTokens()
