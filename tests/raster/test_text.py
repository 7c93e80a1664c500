from __future__ import annotations

import msgspec
import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from sdstudio.raster.geometry import Bounds, Point
from sdstudio.raster.pixels import filled
from sdstudio.raster.text import Text, substitute, width_of
from sdstudio.raster.text_drawing import drawn
from sdstudio.raster.text_layout import Layout, Picture
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


def test_long_lines_go_on_below_inside_of_the_box() -> None:
    words = "some words that go on and on\nand another paragraph"
    narrow, wide = Layout(Text(words=words, width=200)), Layout(Text(words=words, width=2000))
    assert narrow.rect.height() > wide.rect.height()
    assert (narrow.rect.left(), narrow.rect.width()) == (0, 200)
    assert drawn(Text(words=words, width=200), LIMITS).content_bounds().right <= 200
    tall = drawn(Text(words=words, width=200), LIMITS).content_bounds()
    assert tall.height > 3 * drawn(Text(words="some words"), LIMITS).content_bounds().height


def test_a_word_that_is_wider_than_the_box_is_broken() -> None:
    area = drawn(Text(words="W" * 40, width=150), LIMITS).content_bounds()
    assert area.right <= 150
    assert area.height > 200


@pytest.mark.parametrize(("align", "free"), [("left", "right"), ("right", "left"), ("centre", "both")])
def test_lines_keep_to_their_side_of_the_box(align: str, free: str) -> None:
    area = drawn(msgspec.structs.replace(Text(words="II", width=400), align=align), LIMITS).content_bounds()
    left, right = area.x, 400 - area.right
    assert {"right": left < 20 < right, "left": right < 20 < left, "both": abs(left - right) < 8}[free]


def test_carets_in_a_box_go_through_every_position() -> None:
    words = "one two three four five\nsix 🎨 seven"
    layout = Layout(Text(words=words, width=160))
    places = [layout.caret(position).p1() for position in range(width_of(words) + 1)]
    rows = [place.y() for place in places]
    assert rows == sorted(rows)
    assert len(set(rows)) > 2
    for position in range(len("one two three")):
        caret = layout.caret(position)
        assert layout.position_at(QPointF(caret.x1(), caret.center().y())) == position


def test_up_and_down_and_the_ends_go_by_the_lines_that_are_seen() -> None:
    layout = Layout(Text(words="aaaa aaaa aaaa", width=170))
    first, last = layout.ends(2)
    assert (first, layout.caret(last).y1()) == (0, 0)
    below = layout.beside(2, 1)
    assert below > last
    assert layout.beside(below, -1) == 2
    assert layout.beside(2, -1) == 0
    assert layout.beside(2, 50) == 14


def test_glyphs_that_are_pictures_are_laid_where_their_letters_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether a font has such glyphs depends on the computer; what becomes of them does not."""
    picture = Picture(filled(10, 10, QColor("lime")), QRectF(20, 0, 10, 10))
    monkeypatch.setattr(Layout, "pictures", lambda _self, _scale: [picture])
    place = Transform.scale(2, 2).then(Transform.move(100, 50)).rows
    surface = drawn(Text(words="", place=place, color="#80000000"), LIMITS)
    assert surface.content_bounds() == Bounds(140, 50, 20, 20)
    assert surface.read(Bounds(150, 60, 1, 1)).pixelColor(0, 0).alpha() in (127, 128)


def test_letters_are_no_pictures() -> None:
    assert Layout(Text(words="Letters – “quoted” ≤ 5 €")).pictures() == []
