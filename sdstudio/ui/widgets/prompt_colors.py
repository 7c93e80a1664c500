"""What the parts of a prompt look like in its editor. Must not know how they are edited."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtGui import QColor, QFont, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from sdstudio.prompting.tree import (
    Alternating,
    Choice,
    Emphasis,
    Item,
    Leaf,
    Network,
    Prompt,
    Scheduled,
    as_number,
)
from sdstudio.ui import theme, tokens

Span = tuple[int, int, QTextCharFormat]
# Hues that are told apart by people who see red and green alike, too: the signs differ as well.
_HUES = {"schedule": 275, "chance": 190, "network": 130, "raised": 32, "lowered": 212, "mistake": 4}
_FULL = 1.6  # a weight that has its whole colour; 1 has none


class PromptColors(QSyntaxHighlighter):
    """Lays the formats over a document without changing it: they are no step of undo."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self._spans: list[Span] = []

    def show_spans(self, found: list[Span]) -> None:
        """`found` in positions of Qt's, rising and none over another."""
        self._spans = found
        self.rehighlight()

    def highlightBlock(self, text: str) -> None:
        first = self.currentBlock().position()
        for start, end, look in self._spans:
            if start < first + len(text) and end > first:
                begin = max(start - first, 0)
                self.setFormat(begin, end - first - begin, look)


def spans(prompt: Prompt) -> list[Span]:
    """Formats by character, none over another: Qt mixes up those that overlap."""
    looks: list[QTextCharFormat | None] = [None] * len(prompt.source)
    for part in prompt.parts:
        if part.sign >= 0:
            looks[part.sign : part.sign + 3] = [_ink(theme.color("accent_text"), bold=True)] * 3
        for start, end, look in _all_of(part.items, 1.0):
            looks[start:end] = [look] * (end - start)
    for mistake in prompt.mistakes:
        for place in range(mistake.start, min(mistake.end, len(looks))):
            looks[place] = _waved(looks[place])
    return list(_runs(looks))


def _runs(looks: list[QTextCharFormat | None]) -> Iterator[Span]:
    start = 0
    for end in range(1, len(looks) + 1):
        look = looks[start]
        if end == len(looks) or looks[end] is not look:
            if look is not None:
                yield start, end, look
            start = end


def _all_of(items: tuple[Item, ...], weight: float) -> Iterator[Span]:
    """Parents before their children; brackets without a partner weigh what follows them."""
    loose: list[tuple[str, float]] = []
    for item in items:
        if isinstance(item, Leaf) and item.kind == "open":
            loose.append((item.text, 1.1 if item.text == "(" else 1 / 1.1))
        factor = weight
        for _, more in loose:
            factor *= more
        yield from _of(item, factor)
        if isinstance(item, Leaf) and item.kind == "close":
            partner = {")": "(", "]": "["}[item.text[-1]]
            place = next((n for n in range(len(loose) - 1, -1, -1) if loose[n][0] == partner), None)
            if place is not None:
                del loose[place]


def _of(item: Item, weight: float) -> Iterator[Span]:
    match item:
        case Emphasis():
            weight *= _weight_of(item)
            yield item.start, item.end, _ink(_weight_color(weight))
        case Scheduled() | Alternating():
            yield item.start, item.end, _ink(_color("schedule"), bold=True)
        case Choice():
            yield item.start, item.end, _ink(_color("chance"), bold=True)
        case Network():
            yield item.start, item.end, _ink(_color("network"))
        case Leaf(kind="wildcard"):
            yield item.start, item.end, _ink(_color("chance"), bold=True)
        case Leaf(kind="comment"):
            yield item.start, item.end, _ink(theme.color("muted"), italic=True)
        case Leaf(kind="break"):
            yield item.start, item.end, _ink(theme.color("accent_text"), bold=True)
        case Leaf():
            yield item.start, item.end, _ink(_weight_color(weight))
    yield from _all_of(item.children, weight)


def _weight_of(item: Emphasis) -> float:
    if item.opening == "[":
        return 1 / 1.1
    number = as_number(item.closing[1:-1]) if item.closing.startswith(":") else None
    return 1.1 if number is None else number


def _weight_color(weight: float) -> QColor:
    """From the text's own colour towards orange for what counts more, towards blue for what counts less."""
    if weight == 1:
        return theme.color("text")
    share = min(abs(weight - 1) / (_FULL - 1), 1.0) * 0.7 + 0.3
    return _mixed(theme.color("text"), _color("raised" if weight > 1 else "lowered"), share)


def _color(kind: str) -> QColor:
    """A hue at a lightness that is readable on the field's ground."""
    base = theme.color("base")
    for lightness in range(165, 256, 6) if theme.is_dark() else range(110, 0, -6):
        color = QColor.fromHsl(_HUES[kind], 170, lightness)
        if tokens.contrast(color, base) >= 4.5:
            return color
    return theme.color("text")


def _mixed(first: QColor, second: QColor, share: float) -> QColor:
    return QColor.fromRgbF(
        first.redF() + (second.redF() - first.redF()) * share,
        first.greenF() + (second.greenF() - first.greenF()) * share,
        first.blueF() + (second.blueF() - first.blueF()) * share,
    )


def _ink(color: QColor, *, bold: bool = False, italic: bool = False) -> QTextCharFormat:
    made = QTextCharFormat()
    made.setForeground(color)
    if bold:
        made.setFontWeight(QFont.Weight.DemiBold)
    made.setFontItalic(italic)
    return made


def _waved(look: QTextCharFormat | None) -> QTextCharFormat:
    made = QTextCharFormat() if look is None else QTextCharFormat(look)
    made.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
    made.setUnderlineColor(_color("mistake"))
    return made
