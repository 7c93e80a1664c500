"""Where the letters of a text are, in its own plane: lines that end where the words say so, or at the edge of a box.

Positions in the text count UTF-16 units, as Qt does. Must not know documents or pixels on them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import (
    QFont,
    QFontMetricsF,
    QImage,
    QPainterPath,
    QRawFont,
    QTextLayout,
    QTextLine,
    QTextOption,
)

from sdstudio.raster.text import Text, width_of

_FIRST_PICTURE = 0x2000  # no character before this one is a picture in any font
_PICTURE_SIZES = (16.0, 256.0)  # pixels: fonts keep pictures of about 128
_COLOURED = QImage.Format.Format_ARGB32_Premultiplied


@dataclass(frozen=True)
class Picture:
    """A glyph that is no outline but a picture in its own colours, such as an emoji."""

    image: QImage
    rect: QRectF  # in the text's own plane


class Layout:
    def __init__(self, text: Text) -> None:
        self.text = text
        self._font = _font(text)
        metrics = QFontMetricsF(self._font)
        self._step = text.size * text.line_height
        self._ascent, self._height = metrics.ascent(), metrics.height()
        self._lines: list[_Line] = []
        start = 0
        for words in text.words.split("\n"):
            for line in _broken(words.replace("\t", " "), self._font, start, text.width):
                line.y = len(self._lines) * self._step
                line.x = {
                    "left": 0.0,
                    "centre": (text.width - line.width) / 2,
                    "right": text.width - line.width,
                }[text.align]
                self._lines.append(line)
            start += width_of(words) + 1

    @property
    def rect(self) -> QRectF:
        """All lines with their full height; as wide as the box, or else as the lines, or a caret at least."""
        left = min(line.x for line in self._lines)
        right = max(line.x + line.width for line in self._lines)
        if self.text.width:
            left, right = min(left, 0.0), max(right, self.text.width)
        return QRectF(left, 0, max(right - left, 1.0), self._lines[-1].y + self._height)

    def paths(self) -> list[QPainterPath]:
        """The outlines of the letters, line by line."""
        paths = []
        for line in self._lines:
            path = QPainterPath()
            if line.may_have_pictures:
                path = line.outlines().translated(line.x, line.y + self._ascent)
            else:
                path.addText(QPointF(line.x, line.y + self._ascent), self._font, line.words)
            path.setFillRule(Qt.FillRule.WindingFill)
            paths.append(path)
        return paths

    def pictures(self, scale: float = 1.0) -> list[Picture]:
        """The glyphs that have no outline, with pixels for being seen `scale` times as large."""
        return [
            Picture(image, rect.translated(line.x, line.y))
            for line in self._lines
            if line.may_have_pictures
            for image, rect in line.pictures(self.text.size * scale, self._ascent)
        ]

    def caret(self, position: int) -> QLineF:
        """The caret before the character at `position`."""
        line = self._lines[self._row_of(position)]
        x = line.x + line.x_at(position - line.start)
        return QLineF(x, line.y, x, line.y + self._height)

    def position_at(self, place: QPointF) -> int:
        """The position that is nearest to `place`."""
        row = min(max(int(place.y() // max(self._step, 1.0)), 0), len(self._lines) - 1)
        line = self._lines[row]
        return line.start + line.position_at(place.x() - line.x)

    def beside(self, position: int, rows: int) -> int:
        """The position that many lines below (or above, when negative); at the ends of the text its start or end."""
        row = self._row_of(position) + rows
        if row < 0:
            return 0
        if row >= len(self._lines):
            return self._lines[-1].start + self._lines[-1].units
        caret = self.caret(position)
        return self.position_at(QPointF(caret.x1(), (row + 0.5) * self._step))

    def ends(self, position: int) -> tuple[int, int]:
        """The first and the last position in the line of `position`."""
        line = self._lines[self._row_of(position)]
        return line.start, line.start + line.last

    def marked(self, start: int, end: int) -> list[QRectF]:
        """What a selection from `start` to `end` covers, line by line."""
        rects = []
        for line in self._lines:
            first, last = max(start, line.start), min(end, line.start + line.units)
            if first <= last and start <= line.start + line.units and end > line.start:
                left, right = line.x_at(first - line.start), line.x_at(last - line.start)
                rects.append(QRectF(line.x + left, line.y, max(right - left, 2.0), self._height))
        return rects

    def _row_of(self, position: int) -> int:
        rows = range(len(self._lines) - 1, -1, -1)
        return next((row for row in rows if self._lines[row].start <= position), 0)


class _Line:
    """`words` from position `start` on; `last` is the last position that a caret in this line can have."""

    def __init__(self, block: QTextLayout, line: QTextLine, words: str, start: int, *, goes_on: bool) -> None:
        self._block, self._line = block, line  # the line lives in the block
        self._first = line.textStart() if line.isValid() else 0
        self.words, self.start = words.rstrip() if goes_on else words, start
        self.units = width_of(words)
        self.last = max(self.units - 1, 0) if goes_on else self.units
        self.x = self.y = 0.0

    @property
    def width(self) -> float:
        return self._line.naturalTextWidth() if self._line.isValid() else 0.0

    def x_at(self, position: int) -> float:
        if not self._line.isValid():
            return 0.0
        x: Any = self._line.cursorToX(self._first + min(max(position, 0), self.units))
        return float(x[0] if isinstance(x, tuple) else x)  # PySide gives the position back beside it

    def position_at(self, x: float) -> int:
        return min(int(self._line.xToCursor(x)) - self._first, self.last) if self._line.isValid() else 0

    @property
    def may_have_pictures(self) -> bool:
        return any(ord(letter) >= _FIRST_PICTURE for letter in self.words)

    def outlines(self) -> QPainterPath:
        """The letters glyph by glyph, with room where a picture is, which Qt's own way of adding text does not keep."""
        path = QPainterPath()
        for run in self._line.glyphRuns() if self._line.isValid() else []:
            font = run.rawFont()
            for glyph, place in zip(run.glyphIndexes(), run.positions(), strict=True):
                path.addPath(font.pathForGlyph(glyph).translated(place.x(), 0))
        return path

    def pictures(self, size: float, baseline: float) -> list[tuple[QImage, QRectF]]:
        """The coloured glyphs about `size` pixels large, and where they are from the line's own corner."""
        found = []
        for run in self._line.glyphRuns() if self._line.isValid() else []:
            own = run.rawFont()
            large = _raw_font(own.familyName(), min(max(size, _PICTURE_SIZES[0]), _PICTURE_SIZES[1]))
            share = own.pixelSize() / large.pixelSize()
            for glyph, place in zip(run.glyphIndexes(), run.positions(), strict=True):
                image = large.alphaMapForGlyph(glyph, QRawFont.AntialiasingType.PixelAntialiasing)
                if image.format() == _COLOURED and not image.isNull():
                    box = large.boundingRect(glyph)
                    corner = QPointF(place.x() + box.x() * share, baseline + box.y() * share)
                    found.append((image, QRectF(corner, image.deviceIndependentSize() * share)))
        return found


def _broken(words: str, font: QFont, start: int, width: float) -> list[_Line]:
    """One paragraph as lines; `start` is its position in the text."""
    block = QTextLayout(words, font)
    option = QTextOption(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignAbsolute)
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    if width:
        block.setTextOption(option)
    block.beginLayout()
    made = [block.createLine()]
    while width and made[-1].isValid():
        made[-1].setLineWidth(width)
        made.append(block.createLine())
    block.endLayout()
    valid = [line for line in made if line.isValid()] or made[:1]
    coded = words.encode("utf-16-le", "surrogatepass")
    lines = []
    for index, line in enumerate(valid):
        first = line.textStart() if line.isValid() else 0
        last = first + line.textLength() if width and line.isValid() else len(coded) // 2
        part = coded[2 * first : 2 * last].decode("utf-16-le", "surrogatepass")
        lines.append(_Line(block, line, part, start + first, goes_on=index < len(valid) - 1))
    return lines


def _font(text: Text) -> QFont:
    font = QFont(text.family) if text.family else QFont()
    font.setPixelSize(max(1, round(text.size)))
    font.setWeight(QFont.Weight(_nearest_weight(text.weight)))
    font.setItalic(text.italic)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    font.setStyleStrategy(QFont.StyleStrategy.PreferOutline)
    return font


def _raw_font(family: str, size: float) -> QRawFont:
    """Made anew: a copy of a QRawFont of another size does not find the pictures of its glyphs (Qt 6.11)."""
    font = QFont(family)
    font.setPixelSize(round(size))
    font.setStyleStrategy(QFont.StyleStrategy.PreferOutline)
    return QRawFont.fromFont(font)


def _nearest_weight(weight: int) -> int:
    return min(max(round(weight / 100), 1), 9) * 100
