"""Text as a plain frozen value that serialises to JSON. Must not know how it is laid out or drawn."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from PySide6.QtGui import QFont, QFontDatabase, QFontInfo

from sdstudio.raster.transform import IDENTITY, Transform

Align = Literal["left", "centre", "right"]
SIZES = (4.0, 2000.0)
MOST_WIDTH = 100_000.0
MOST_WORDS = 20_000  # characters of one text
_Color = Annotated[str, msgspec.Meta(pattern="^#[0-9a-fA-F]{8}$")]


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """Words and how they look. `place` takes the text's own plane to the document.

    In its own plane the first line begins at y = 0. Without a `width` the lines begin, are centred or end at x = 0;
    with one they lie between 0 and `width`, and those that are longer go on in the next line.
    """

    words: Annotated[str, msgspec.Meta(max_length=MOST_WORDS)] = ""
    family: str = ""
    size: Annotated[float, msgspec.Meta(ge=SIZES[0], le=SIZES[1])] = 48.0  # pixels
    weight: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 400
    italic: bool = False
    color: _Color = "#ff000000"
    align: Align = "left"
    line_height: Annotated[float, msgspec.Meta(ge=0.2, le=5)] = 1.2  # times the size
    outline: Annotated[float, msgspec.Meta(ge=0, le=500)] = 0.0  # pixels around the letters
    outline_color: _Color = "#ffffffff"
    width: Annotated[float, msgspec.Meta(ge=0, le=MOST_WIDTH)] = 0.0  # pixels of the text's own plane; 0: none
    place: tuple[float, ...] = IDENTITY.rows

    @property
    def transform(self) -> Transform:
        return Transform(self.place) if len(self.place) == 9 else IDENTITY


def substitute(family: str) -> str | None:
    """The family that is used because this computer lacks `family`; None when it has it."""
    if not family or family in QFontDatabase.families():
        return None
    return QFontInfo(QFont(family)).family()


def width_of(words: str) -> int:
    """The number of UTF-16 units."""
    return len(words.encode("utf-16-le", "surrogatepass")) // 2
