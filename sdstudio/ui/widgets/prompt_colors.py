"""What the parts of a prompt look like in its editor. Must not know how they are edited."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtGui import QColor, QFont, QTextCharFormat

from sdstudio.prompting.tree import (
    Alternating,
    Choice,
    Emphasis,
    Item,
    Leaf,
    Mistake,
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


def spans(prompt: Prompt) -> list[Span]:
    """Formats by character, parents before what lies in them, so that the later ones win."""
    found = [span for part in prompt.parts for item in part.items for span in _of(item, 1.0)]
    found += [_wave(mistake) for mistake in prompt.mistakes]
    return found


def _of(item: Item, weight: float) -> Iterator[Span]:
    match item:
        case Emphasis():
            own = _weight_of(item)
            weight *= own
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
        case Leaf(kind="text" | "escape"):
            yield item.start, item.end, _ink(_weight_color(weight))
    for child in item.children:
        yield from _of(child, weight)


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


def _wave(mistake: Mistake) -> Span:
    made = QTextCharFormat()
    made.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
    made.setUnderlineColor(_color("mistake"))
    return mistake.start, mistake.end, made
