"""Text as a plain frozen value that serialises to JSON, laid out and drawn as outlines of any size and transform.

Positions in the text count UTF-16 units, as Qt does. Must not know layers or widgets.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QFontInfo,
    QFontMetricsF,
    QPainter,
    QPainterPath,
    QTextLayout,
    QTransform,
)

from sdstudio.raster.geometry import Bounds
from sdstudio.raster.pixels import PREMULTIPLIED, color_table, over
from sdstudio.raster.shapes import coverage, outlined
from sdstudio.raster.tiles import Mask, Surface
from sdstudio.raster.transform import IDENTITY, Transform

Align = Literal["left", "centre", "right"]
SIZES = (4.0, 2000.0)
MOST_WORDS = 20_000  # characters of one text
_Color = Annotated[str, msgspec.Meta(pattern="^#[0-9a-fA-F]{8}$")]


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """Words and how they look. `place` takes the text's own plane to the document.

    In its own plane the first line begins at y = 0 and the lines begin, are centred or end at x = 0.
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


class Layout:
    """Where the letters of a text are, in its own plane."""

    def __init__(self, text: Text) -> None:
        self.text = text
        self._font = _font(text)
        metrics = QFontMetricsF(self._font)
        self._step = text.size * text.line_height
        self._ascent, self._height = metrics.ascent(), metrics.height()
        self._lines: list[_Line] = []
        start = 0
        for row, words in enumerate(text.words.split("\n")):
            line = _Line(words.replace("\t", " "), self._font, start, row * self._step)
            line.x = {"left": 0.0, "centre": -line.width / 2, "right": -line.width}[text.align]
            self._lines.append(line)
            start += width_of(words) + 1

    @property
    def rect(self) -> QRectF:
        """All lines with their full height; as wide as a caret at least."""
        left = min(line.x for line in self._lines)
        right = max(line.x + line.width for line in self._lines)
        return QRectF(left, 0, max(right - left, 1.0), self._lines[-1].y + self._height)

    def paths(self) -> list[QPainterPath]:
        """The outlines of the letters, line by line."""
        paths = []
        for line in self._lines:
            path = QPainterPath()
            path.addText(QPointF(line.x, line.y + self._ascent), self._font, line.words)
            path.setFillRule(Qt.FillRule.WindingFill)
            paths.append(path)
        return paths

    def caret(self, position: int) -> QLineF:
        """The caret before the character at `position`."""
        line = self._line_of(position)
        x = line.x + line.x_at(position - line.start)
        return QLineF(x, line.y, x, line.y + self._height)

    def position_at(self, place: QPointF) -> int:
        """The position that is nearest to `place`."""
        row = min(max(int(place.y() // max(self._step, 1.0)), 0), len(self._lines) - 1)
        line = self._lines[row]
        return line.start + line.position_at(place.x() - line.x)

    def marked(self, start: int, end: int) -> list[QRectF]:
        """What a selection from `start` to `end` covers, line by line."""
        rects = []
        for line in self._lines:
            first, last = max(start, line.start), min(end, line.start + line.units)
            if first <= last and start <= line.start + line.units and end > line.start:
                left, right = line.x_at(first - line.start), line.x_at(last - line.start)
                rects.append(QRectF(line.x + left, line.y, max(right - left, 2.0), self._height))
        return rects

    def _line_of(self, position: int) -> _Line:
        return next((line for line in reversed(self._lines) if line.start <= position), self._lines[0])


class _Line:
    def __init__(self, words: str, font: QFont, start: int, y: float) -> None:
        self.words, self.start, self.y, self.x = words, start, y, 0.0
        self._layout = QTextLayout(words, font)
        self._layout.beginLayout()
        self._line = self._layout.createLine()
        self._layout.endLayout()

    @property
    def width(self) -> float:
        return self._line.naturalTextWidth() if self._line.isValid() else 0.0

    @property
    def units(self) -> int:
        return width_of(self.words)

    def x_at(self, position: int) -> float:
        if not self._line.isValid():
            return 0.0
        x: Any = self._line.cursorToX(min(max(position, 0), self.units))
        return float(x[0] if isinstance(x, tuple) else x)  # PySide gives the position back beside it

    def position_at(self, x: float) -> int:
        return int(self._line.xToCursor(x)) if self._line.isValid() else 0


def drawn(text: Text, limits: Bounds) -> Surface:
    """The pixels of the text inside of `limits`."""
    surface = Surface()
    letters = Layout(text).paths()
    way = qt_transform(text.transform)
    if text.outline > 0:
        around = [way.map(outlined(line, 2 * text.outline)) for line in letters]
        _lay(surface, coverage(around, limits), QColor(text.outline_color))
    _lay(surface, coverage([way.map(line) for line in letters], limits), QColor(text.color))
    return surface


def qt_transform(transform: Transform) -> QTransform:
    """The same map for QPainter."""
    m = transform.matrix
    return QTransform(m[0, 0], m[1, 0], m[2, 0], m[0, 1], m[1, 1], m[2, 1], m[0, 2], m[1, 2], m[2, 2])


def _lay(surface: Surface, covered: Mask, color: QColor) -> None:
    table = color_table(color)
    for key in covered:
        tile = covered.tile(key)
        assert tile is not None
        pixels = table[tile]
        painter = QPainter(surface.editable(key))
        painter.drawImage(0, 0, over(pixels, PREMULTIPLIED))
        painter.end()
    surface.drop_empty()


def _font(text: Text) -> QFont:
    font = QFont(text.family) if text.family else QFont()
    font.setPixelSize(max(1, round(text.size)))
    font.setWeight(QFont.Weight(_nearest_weight(text.weight)))
    font.setItalic(text.italic)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    font.setStyleStrategy(QFont.StyleStrategy.PreferOutline)
    return font


def _nearest_weight(weight: int) -> int:
    return min(max(round(weight / 100), 1), 9) * 100
