"""Puts a theme on the application: tokens, palette and one style sheet. Knows no single widget.

`color` and `icon` are what painting code asks at paint time; widgets learn of another theme by QEvent.StyleChange.
"""

from __future__ import annotations

import re

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from sdstudio import paths
from sdstudio.settings import Settings
from sdstudio.ui import tokens
from sdstudio.ui.icons import icon

__all__ = ["apply", "color", "follow_system", "icon", "is_dark", "name"]

_PALETTE: tuple[tuple[QPalette.ColorRole, str], ...] = (
    (QPalette.ColorRole.Window, "panel"),
    (QPalette.ColorRole.WindowText, "text"),
    (QPalette.ColorRole.Base, "base"),
    (QPalette.ColorRole.AlternateBase, "panel"),
    (QPalette.ColorRole.Text, "text"),
    (QPalette.ColorRole.PlaceholderText, "muted"),
    (QPalette.ColorRole.Button, "raised"),
    (QPalette.ColorRole.ButtonText, "text"),
    (QPalette.ColorRole.BrightText, "on_accent"),
    (QPalette.ColorRole.Highlight, "accent"),
    (QPalette.ColorRole.HighlightedText, "on_accent"),
    (QPalette.ColorRole.Accent, "accent"),
    (QPalette.ColorRole.Link, "accent_text"),
    (QPalette.ColorRole.LinkVisited, "accent_text"),
    (QPalette.ColorRole.ToolTipBase, "toast"),
    (QPalette.ColorRole.ToolTipText, "text"),
    (QPalette.ColorRole.Light, "hover"),
    (QPalette.ColorRole.Midlight, "raised"),
    (QPalette.ColorRole.Mid, "outline"),
    (QPalette.ColorRole.Dark, "line"),
    (QPalette.ColorRole.Shadow, "line"),
)
_state = {"name": "dark"}


def apply(app: QApplication, theme: str) -> None:
    """Show everything in `theme`: "dark", "light" or "system" (as the desktop says; dark when it says nothing)."""
    wanted = _system_theme() if theme == "system" else theme
    if wanted not in ("dark", "light"):
        wanted = "dark"
    colors = tokens.load(wanted)
    _state["name"] = wanted
    tokens.current.use(colors)
    if (
        not app.styleSheet() and app.style().objectName().lower() != "fusion"
    ):  # under a sheet it is ours, without a name
        app.setStyle("Fusion")
    app.setPalette(_palette(colors))
    sheet = _style_sheet(wanted, colors, app)
    if app.styleSheet() != sheet:  # to set it again would dress every widget anew
        app.setStyleSheet(sheet)


def follow_system(app: QApplication, settings: Settings) -> None:
    """Re-apply when the desktop switches between dark and light, while the setting says "system"."""

    def on_scheme_changed(_scheme: Qt.ColorScheme) -> None:
        if settings.get("theme") == "system" and _system_theme() != name():
            apply(app, "system")

    QGuiApplication.styleHints().colorSchemeChanged.connect(on_scheme_changed)


def name() -> str:
    """ "dark" or "light": what is on the screen now."""
    return _state["name"]


def is_dark() -> bool:
    return name() == "dark"


def color(role: str) -> QColor:
    """The colour of a token ("text", "accent", "surround", …) in the running theme."""
    return tokens.current.color(role)


def _system_theme() -> str:
    scheme = QGuiApplication.styleHints().colorScheme()
    return "light" if scheme == Qt.ColorScheme.Light else "dark"


def _palette(colors: dict[str, QColor]) -> QPalette:
    palette = QPalette()
    for role, token in _PALETTE:
        palette.setColor(role, colors[token])
    for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, colors["disabled"])
    palette.setColor(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Highlight, colors["hover"])
    return palette


def _style_sheet(theme: str, colors: dict[str, QColor], app: QApplication) -> str:
    folder = paths.resources() / "themes"
    text = (folder / "studio.qss").read_text(encoding="utf-8")
    values = {role: value.name() for role, value in colors.items()}
    values["small"] = f"{max(8.0, app.font().pointSizeF() * 0.9):.1f}pt"
    values["images"] = (folder / theme).as_posix()
    return re.sub(r"@(\w+)", lambda match: values[match.group(1)], text)
