"""The options of the text tool, and how they and a text tell each other how it is set."""

from __future__ import annotations

from typing import cast

import msgspec
from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QColor

from sdstudio.raster.text import SIZES, Align, Text
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.option import Option

translate = QCoreApplication.translate

STYLE = ("text_family", "text_size", "text_weight", "text_italic", "text_align", "text_line_height", "text_outline")
"""The settings of the editor that say how a text is set; its colours are those of the editor."""


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


def load_style(editor: Editor, text: Text) -> None:
    """Let the options show how this text is set."""
    editor.set_setting(
        text_family=text.family,
        text_size=text.size,
        text_weight=str(text.weight),
        text_italic=text.italic,
        text_align=text.align,
        text_line_height=text.line_height * 100,
        text_outline=text.outline,
    )
    editor.foreground = QColor(text.color)
    if text.outline:
        editor.background = QColor(text.outline_color)


def styled(editor: Editor, text: Text) -> Text:
    """`text` as the options say."""
    settings = editor.settings
    return msgspec.structs.replace(
        text,
        family=settings.text_family,
        size=settings.text_size,
        weight=int(settings.text_weight),
        italic=settings.text_italic,
        align=cast(Align, settings.text_align),
        line_height=settings.text_line_height / 100,
        outline=settings.text_outline,
        color=editor.foreground.name(QColor.NameFormat.HexArgb),
        outline_color=editor.background.name(QColor.NameFormat.HexArgb),
    )
