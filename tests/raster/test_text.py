from __future__ import annotations

import msgspec
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QApplication

from sdstudio.raster.geometry import Bounds, Point
from sdstudio.raster.text import Layout, Text, drawn, substitute, width_of
from sdstudio.raster.transform import Transform

pytestmark = pytest.mark.usefixtures("qapp")
LIMITS = Bounds(-500, -500, 2000, 2000)


def test_it_survives_json() -> None:
    text = Text(words="Grüße\n🎨", family="Serif", size=33.5, italic=True, align="right")
    assert msgspec.json.decode(msgspec.json.encode(text), type=Text) == text


@pytest.mark.parametrize("align", ["left", "centre", "right"])
def test_lines_keep_to_their_side(align: str) -> None:
    layout = Layout(msgspec.structs.replace(Text(words="wide line\ni"), align=align))
    assert [layout.caret(10).x1() < layout.caret(0).x1(), layout.caret(10).x1() == layout.caret(0).x1()] == {
        "left": [False, True],
        "centre": [False, False],
        "right": [False, False],
    }[align]
    box = layout.rect
    side = {"left": box.left(), "centre": box.center().x(), "right": box.right()}[align]
    assert side == pytest.approx(0, abs=0.6)


def test_carets_go_along_the_line_and_places_lead_back_to_them() -> None:
    layout = Layout(Text(words="hello\nworld"))
    for position in range(len("hello\nworld") + 1):
        caret = layout.caret(position)
        assert layout.position_at(QPointF(caret.x1(), caret.center().y())) == position
    assert layout.caret(2).x1() > layout.caret(1).x1()
    assert layout.caret(6).y1() > layout.caret(5).y1()


def test_positions_count_as_qt_does() -> None:
    assert width_of("a🎨b") == 4
    layout = Layout(Text(words="🎨\nx"))
    assert layout.caret(3).y1() > layout.caret(2).y1()


def test_what_is_marked_covers_each_line() -> None:
    layout = Layout(Text(words="one\n\ntwo"))
    assert len(layout.marked(1, 7)) == 3
    assert len(layout.marked(0, 2)) == 1


@pytest.mark.parametrize("scale", [0.5, 1, 3])
def test_it_is_drawn_at_any_size(scale: float) -> None:
    small = drawn(Text(words="Text", size=40), LIMITS).content_bounds()
    place = Transform.scale(scale, scale).rows
    large = drawn(Text(words="Text", size=40, place=place), LIMITS).content_bounds()
    assert large.width == pytest.approx(small.width * scale, abs=2)


def test_it_turns_and_takes_the_colour() -> None:
    text = Text(words="IIIIIIII", size=30, color="#ff00ff00", place=Transform.rotate(90, Point(0, 0)).rows)
    surface = drawn(text, LIMITS)
    area = surface.content_bounds()
    assert area.height > 2 * area.width
    image = surface.read(area)
    greens = {image.pixelColor(x, y).name() for x in range(area.width) for y in range(0, area.height, 5)}
    assert "#00ff00" in greens


def test_an_outline_makes_it_wider() -> None:
    plain, outlined = (drawn(Text(words="Text", outline=o), LIMITS).content_bounds() for o in (0, 10))
    assert outlined.width == pytest.approx(plain.width + 20, abs=2)


@pytest.mark.parametrize("words", ["", "\n\n", "   ", "\t", "\x00\x01", "🎨", "שלום", "a" * 500])
def test_odd_words_do_no_harm(words: str) -> None:
    layout = Layout(Text(words=words))
    assert layout.rect.height() > 0
    layout.paths()
    drawn(Text(words=words), Bounds(0, 0, 10, 10))


def test_a_missing_font_has_a_substitute(qapp: QApplication) -> None:
    assert substitute("") is None
    assert substitute("No Such Font At All") != "No Such Font At All"
    assert substitute("No Such Font At All") is not None
