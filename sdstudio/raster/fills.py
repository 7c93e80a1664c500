"""What a fill layer shows, as plain frozen values that serialise to JSON. Must not know layers."""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec
from PySide6.QtGui import QColor, QImage

from sdstudio.raster.geometry import Bounds
from sdstudio.raster.pixels import filled


class SolidFill(msgspec.Struct, frozen=True, tag="solid"):
    """One colour, "#aarrggbb" as QColor writes it, everywhere."""

    title: ClassVar[str] = "Solid colour"
    color: Annotated[str, msgspec.Meta(pattern="^#[0-9a-fA-F]{8}$")] = "#ff000000"

    @staticmethod
    def of(color: QColor) -> SolidFill:
        return SolidFill(color.name(QColor.NameFormat.HexArgb))


Fill = SolidFill


def draw_fill(fill: Fill, area: Bounds) -> QImage:
    """What the fill shows in `area`, premultiplied."""
    return filled(area.width, area.height, QColor(fill.color))
