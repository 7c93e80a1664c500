from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QColor, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from sdstudio.document.commands import EditSelection, SetLayer
from sdstudio.document.composite import render
from sdstudio.document.layers import PaintLayer
from sdstudio.document.text_layers import text_of
from sdstudio.raster.geometry import Bounds
from sdstudio.raster.masks import rectangle
from sdstudio.raster.text import Text
from sdstudio.raster.text_layout import Layout
from sdstudio.ui.canvas.text_entry import TextEntry
from sdstudio.ui.canvas.view import CanvasView
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.toolbox import Toolbox
from tests.helpers.drawing import draw, fingerprint
from tests.helpers.hand import Hand


@pytest.fixture(autouse=True)
def text_tool(toolbox: Toolbox, editor: Editor) -> None:
    toolbox.set_active("text")
    editor.set_value("text_size", 40.0)


def entry(canvas: CanvasView) -> TextEntry:
    found = canvas.findChild(TextEntry)
    assert isinstance(found, TextEntry)
    return found


def types(canvas: CanvasView, words: str) -> None:
    QTest.keyClicks(entry(canvas), words)
    QApplication.processEvents()


def presses(canvas: CanvasView, key: Qt.Key, keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(entry(canvas), key, keys)
    QApplication.processEvents()


def texts(editor: Editor) -> list[Text]:
    return [text for layer in editor.document.walk() if (text := text_of(layer)) is not None]


def test_click_type_and_escape_make_one_layer_in_one_step(hand: Hand, canvas: CanvasView, editor: Editor) -> None:
    before, count = fingerprint(editor.document), len(editor.document.root.children)
    hand.click((30, 50))
    types(canvas, "Hill")
    layer = editor.document.active
    assert isinstance(layer, PaintLayer)
    assert not layer.surface.is_empty, "it is seen while it is written"
    presses(canvas, Qt.Key.Key_Escape)
    [text] = texts(editor)
    assert (text.words, text.size, text.color) == ("Hill", 40, "#ffff0000")
    assert len(editor.document.root.children) == count + 1
    assert layer.name == "Hill"
    editor.document.history.undo()
    assert fingerprint(editor.document) == before


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter])
def test_ctrl_enter_finishes_the_text_and_nothing_else(
    hand: Hand, canvas: CanvasView, editor: Editor, key: Qt.Key
) -> None:
    begun = []
    generate = QAction(canvas.window())
    generate.setShortcuts([QKeySequence("Ctrl+Return"), QKeySequence("Ctrl+Enter")])
    generate.triggered.connect(lambda: begun.append(key))
    canvas.window().addAction(generate)
    hand.click((30, 50))
    types(canvas, "Hill")
    presses(canvas, key, Qt.KeyboardModifier.ControlModifier)
    assert not entry(canvas).isVisible()
    assert [text.words for text in texts(editor)] == ["Hill"]
    assert begun == [], "the window's Generate has the same key"
    QTest.keyClick(canvas, key, Qt.KeyboardModifier.ControlModifier)
    assert begun == [key], "and has it back as soon as nothing is written"


def test_a_click_on_words_changes_them(hand: Hand, canvas: CanvasView, editor: Editor) -> None:
    hand.click((30, 50))
    types(canvas, "Hill")
    hand.click((280, 190))
    hand.click((32, 70))
    presses(canvas, Qt.Key.Key_Home)
    types(canvas, "The ")
    presses(canvas, Qt.Key.Key_End)
    presses(canvas, Qt.Key.Key_Return)
    types(canvas, "House")
    presses(canvas, Qt.Key.Key_Backspace)
    hand.click((280, 190))
    assert [text.words for text in texts(editor)] == ["The Hill\nHous"]
    editor.document.history.undo()
    assert [text.words for text in texts(editor)] == ["Hill"]


def test_a_click_without_words_leaves_nothing(hand: Hand, canvas: CanvasView, editor: Editor) -> None:
    before = fingerprint(editor.document)
    hand.click((30, 50))
    presses(canvas, Qt.Key.Key_Escape)
    assert fingerprint(editor.document) == before
    assert not editor.document.history.can_undo


def test_letters_are_letters_and_no_shortcuts(hand: Hand, canvas: CanvasView, editor: Editor, toolbox: Toolbox) -> None:
    hand.click((30, 50))
    types(canvas, "beq [] 123 /")
    assert toolbox.active.id == "text"
    assert toolbox.active.claims(Qt.Key.Key_B, Qt.KeyboardModifier.NoModifier)
    toolbox.set_active("brush")
    assert [text.words for text in texts(editor)] == ["beq [] 123 /"]


def test_options_and_colour_change_what_is_being_written(hand: Hand, canvas: CanvasView, editor: Editor) -> None:
    hand.click((30, 50))
    types(canvas, "Hill")
    editor.set_value("text_size", 80.0)
    editor.set_value("text_italic", True)
    editor.set_value("text_outline", 4.0)
    editor.foreground = QColor("blue")
    presses(canvas, Qt.Key.Key_Escape)
    [text] = texts(editor)
    assert (text.size, text.italic, text.outline, text.color) == (80, True, 4, "#ff0000ff")
    editor.set_value("text_size", 20.0)
    editor.foreground = QColor("red")
    hand.click((32, 70))
    assert editor.settings.text_size == 80
    assert editor.foreground == QColor("blue")
    presses(canvas, Qt.Key.Key_Escape)
    assert texts(editor) == [text], "looking at it changes nothing"


def test_dragging_marks_and_typing_replaces(hand: Hand, canvas: CanvasView, editor: Editor) -> None:
    hand.click((30, 50))
    types(canvas, "Hill")
    hand.drag((31, 70), (60, 70), (200, 70))
    types(canvas, "X")
    assert entry(canvas).words == "X"


def test_another_layer_ends_the_writing(hand: Hand, canvas: CanvasView, editor: Editor) -> None:
    hand.click((30, 50))
    types(canvas, "Hill")
    editor.document.set_active(editor.document.root.children[0].id)
    assert [text.words for text in texts(editor)] == ["Hill"]
    assert not entry(canvas).isVisible()


def test_undo_while_writing_takes_the_words(hand: Hand, canvas: CanvasView, editor: Editor) -> None:
    before = fingerprint(editor.document)
    hand.click((30, 50))
    types(canvas, "Hill")
    editor.document.history.undo()
    assert fingerprint(editor.document) == before
    assert not entry(canvas).isVisible()


def test_words_that_were_painted_on_say_so(
    hand: Hand, canvas: CanvasView, editor: Editor, sentences: list[str]
) -> None:
    hand.click((30, 50))
    types(canvas, "Hill")
    presses(canvas, Qt.Key.Key_Escape)
    draw(editor.document, (40, 70), (60, 80))
    draw(editor.document, (40, 90), (60, 80))
    assert len(sentences) == 1
    assert "is a picture now" in sentences[0]
    hand.click((32, 70))
    assert len(sentences) == 2
    assert "painted on" in sentences[1]


def test_locked_words_stay(hand: Hand, canvas: CanvasView, editor: Editor, sentences: list[str]) -> None:
    hand.click((30, 50))
    types(canvas, "Hill")
    presses(canvas, Qt.Key.Key_Escape)
    editor.document.run(SetLayer(editor.document.active_id or "", locked=True))
    hand.click((32, 70))
    assert "locked" in sentences[0]


def test_a_missing_font_is_named_once(hand: Hand, canvas: CanvasView, editor: Editor, sentences: list[str]) -> None:
    editor.set_value("text_family", "Nowhere Sans")
    hand.click((30, 50))
    assert len(sentences) == 1
    assert "Nowhere Sans" in sentences[0]


def test_the_caret_can_be_put_into_turned_words(hand: Hand, canvas: CanvasView, editor: Editor) -> None:
    from sdstudio.document.transforms import Subject, transformed
    from sdstudio.raster.geometry import Point
    from sdstudio.raster.transform import Transform
    from sdstudio.raster.warp import Filter

    hand.click((100, 50))
    types(canvas, "HHHH")
    presses(canvas, Qt.Key.Key_Escape)
    document = editor.document
    turn = Transform.rotate(90, Point(100, 50))
    document.run(transformed(document, Subject.of(document, (document.active_id or "",)), turn, Filter.SMOOTH))
    hand.click((85, 52))
    types(canvas, "i")
    presses(canvas, Qt.Key.Key_Escape)
    assert [text.words for text in texts(editor)] == ["iHHHH"]


def test_a_drag_makes_a_box_in_which_lines_break(hand: Hand, canvas: CanvasView, editor: Editor) -> None:
    hand.drag((40, 30), (100, 60), (200, 120))
    types(canvas, "some words go on below")
    layer = editor.document.active
    assert isinstance(layer, PaintLayer)
    area = layer.surface.content_bounds()
    assert area.x >= 40
    assert area.right <= 200
    assert area.height > 80
    presses(canvas, Qt.Key.Key_Escape)
    [text] = texts(editor)
    assert (text.width, text.place[2], text.place[5]) == (160, 40, 30)


def test_a_short_drag_is_a_click(hand: Hand, canvas: CanvasView, editor: Editor) -> None:
    hand.drag((40, 30), (44, 33))
    types(canvas, "a")
    presses(canvas, Qt.Key.Key_Escape)
    assert texts(editor)[0].width == 0


def test_the_edges_of_the_box_are_pulled_and_the_other_edge_stays(
    hand: Hand, canvas: CanvasView, editor: Editor
) -> None:
    hand.drag((60, 30), (100, 60), (220, 120))
    types(canvas, "word")
    middle = 30 + Layout(Text(words="word", size=40, width=160)).rect.center().y()
    hand.drag((228, middle), (240, middle), (268, middle))
    hand.drag((52, middle), (50, middle), (32, middle))
    presses(canvas, Qt.Key.Key_Escape)
    [text] = texts(editor)
    assert (text.width, text.place[2]) == (220, 40)


def test_the_width_by_number(hand: Hand, canvas: CanvasView, editor: Editor, toolbox: Toolbox) -> None:
    hand.click((30, 30))
    types(canvas, "some words")
    [box] = toolbox.tool("text").live
    assert box.read() == 0
    box.write(120)
    presses(canvas, Qt.Key.Key_Escape)
    assert texts(editor)[0].width == 120
    assert box.read() is None


def test_up_and_down_go_by_the_lines_of_the_box(hand: Hand, canvas: CanvasView, editor: Editor) -> None:
    hand.drag((40, 10), (100, 60), (150, 120))
    types(canvas, "aaa bbb ccc")
    end = entry(canvas).position
    presses(canvas, Qt.Key.Key_Up)
    above = entry(canvas).position
    assert 0 < above < end
    presses(canvas, Qt.Key.Key_Home, Qt.KeyboardModifier.ShiftModifier)
    assert entry(canvas).marked[1] == above
    presses(canvas, Qt.Key.Key_Down)
    assert entry(canvas).position > above


def test_a_new_text_shows_inside_the_selection_and_its_words_stay_whole(
    hand: Hand, canvas: CanvasView, editor: Editor, sentences: list[str]
) -> None:
    editor.document.run(EditSelection(rectangle(Bounds(0, 0, 60, 200)), "Select"))
    before = render(editor.document, Bounds(60, 0, 240, 200))
    hand.click((30, 30))
    types(canvas, "Hill and dale")
    presses(canvas, Qt.Key.Key_Escape)
    assert render(editor.document, Bounds(60, 0, 240, 200)) == before
    assert texts(editor)[0].words == "Hill and dale"
    assert sentences == []
    hand.click((200, 150))
    assert "selection" in sentences[0]
