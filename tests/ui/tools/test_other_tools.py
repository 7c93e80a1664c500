"""Fill, picker, the tools that move the view, and the toolbox."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from sdstudio.document.commands import EditSelection, SetLayer
from sdstudio.document.document import Document
from sdstudio.raster import masks
from sdstudio.raster.geometry import Bounds, Extent
from sdstudio.ui.canvas.view import CanvasView
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.toolbox import Toolbox
from tests.helpers.hand import Hand, Keys, color_at

WHITE, RED, BLUE = QColor("white"), QColor("red"), QColor("blue")


def test_fill_covers_the_area_that_was_clicked(hand: Hand, editor: Editor, toolbox: Toolbox) -> None:
    editor.document.run(EditSelection(masks.rectangle(Bounds(0, 0, 100, 200))))
    toolbox.set_active("fill")
    hand.click((50, 50))
    assert color_at(editor.document, 99, 199) == RED
    assert color_at(editor.document, 101, 50) == WHITE
    editor.document.history.undo()
    assert color_at(editor.document, 50, 50) == WHITE


def test_fill_on_a_locked_layer_says_why(hand: Hand, editor: Editor, toolbox: Toolbox, sentences: list[str]) -> None:
    layer_id = editor.document.active_id
    assert layer_id is not None
    editor.document.run(SetLayer(layer_id, locked=True))
    toolbox.set_active("fill")
    hand.click((50, 50))
    assert len(sentences) == 1


def test_fill_without_a_layer_says_so(hand: Hand, editor: Editor, toolbox: Toolbox, sentences: list[str]) -> None:
    editor.set_document(Document(Extent(50, 50)))
    toolbox.set_active("fill")
    hand.click((20, 20))
    assert len(sentences) == 1


def test_the_picker_takes_the_colour_that_is_seen(hand: Hand, editor: Editor, toolbox: Toolbox) -> None:
    hand.click((50, 50))
    editor.foreground = BLUE
    toolbox.set_active("picker")
    hand.drag((150, 50), (50, 50))
    assert editor.foreground == RED
    hand.click((150, 50), keys=Keys.ControlModifier)
    assert (editor.foreground, editor.background) == (RED, WHITE)


def test_the_picker_leaves_the_colour_where_there_is_none(hand: Hand, editor: Editor, toolbox: Toolbox) -> None:
    editor.set_document(Document.new(Extent(100, 100), background=None))
    toolbox.set_active("picker")
    hand.click((50, 50))
    hand.click((-20, 50))
    assert editor.foreground == RED


@pytest.mark.parametrize("keys", [Keys.NoModifier, Keys.ControlModifier])
def test_escape_gives_the_picked_colour_back(hand: Hand, editor: Editor, toolbox: Toolbox, keys: Keys) -> None:
    editor.background = BLUE
    toolbox.set_active("picker")
    hand.press((50, 50), keys)
    hand.key(Qt.Key.Key_Escape)
    assert (editor.foreground, editor.background) == (RED, BLUE)


def test_pan_moves_the_view_with_the_hand(canvas: CanvasView, hand: Hand, toolbox: Toolbox) -> None:
    toolbox.set_active("pan")
    before = hand.in_view((50, 50))
    hand.press((50, 50))
    hand.move((70, 40))
    way = hand.in_view((50, 50)) - before
    assert (way.x(), way.y()) == pytest.approx((20, -10), abs=1)
    hand.key(Qt.Key.Key_Escape)
    assert hand.in_view((50, 50)) == before


def test_zoom_by_click_and_by_drag(canvas: CanvasView, hand: Hand, toolbox: Toolbox) -> None:
    toolbox.set_active("zoom")
    hand.click((50, 50))
    assert canvas.camera.zoom == 1.5
    hand.click((50, 50), keys=Keys.AltModifier)
    assert canvas.camera.zoom == 1
    before = hand.in_view((50, 50))
    hand.press((50, 50))
    hand.move((150, 50))
    assert canvas.camera.zoom == pytest.approx(2)
    after = hand.in_view((50, 50))
    assert (after.x(), after.y()) == pytest.approx((before.x(), before.y()), abs=1)


def test_rotate_turns_around_the_middle(canvas: CanvasView, hand: Hand, toolbox: Toolbox) -> None:
    toolbox.set_active("rotate")
    middle = canvas.camera.to_document(canvas.middle)
    hand.press((middle.x + 100, middle.y))
    hand.move((middle.x, middle.y + 100))
    assert canvas.camera.rotation == pytest.approx(90)
    assert canvas.camera.to_document(canvas.middle).distance(middle) <= 1.5


def test_rotate_with_shift_goes_in_steps(canvas: CanvasView, hand: Hand, toolbox: Toolbox) -> None:
    toolbox.set_active("rotate")
    middle = canvas.camera.to_document(canvas.middle)
    hand.press((middle.x + 100, middle.y), Keys.ShiftModifier)
    hand.move((middle.x + 90, middle.y + 40), Keys.ShiftModifier)
    assert canvas.camera.rotation == pytest.approx(30)


def test_every_tool_has_what_a_tool_bar_needs(toolbox: Toolbox, editor: Editor) -> None:
    keys = [tool.shortcut for tool in toolbox.tools]
    assert len(set(keys)) == len(keys)
    for tool in toolbox.tools:
        assert tool.id
        assert tool.label
        assert tool.hint
        assert tool.icon
        for option in tool.options:
            value = editor.value(option.key)
            assert option.label or option.kind in ("choice", "font")  # which say themselves what they are
            assert option.help
            if option.kind in ("slider", "number"):
                assert option.range[0] <= value <= option.range[1]
            elif option.kind == "toggle":
                assert isinstance(value, bool)
            elif option.kind == "choice":
                assert value in [choice for choice, _label in option.choices]


def test_changing_the_tool_is_announced_once(toolbox: Toolbox) -> None:
    names: list[str] = []
    toolbox.tool_changed.connect(lambda: names.append(toolbox.active.id))
    toolbox.set_active("eraser")
    toolbox.set_active("eraser")
    assert names == ["eraser"]
    with pytest.raises(KeyError):
        toolbox.set_active("spoon")


def test_changing_the_tool_cancels_what_it_has_begun(hand: Hand, editor: Editor, toolbox: Toolbox) -> None:
    hand.press((50, 50))
    for x in (80, 100, 120):
        hand.move((x, 50))
    assert color_at(editor.document, 80, 50) == RED
    toolbox.set_active("eraser")
    hand.move((150, 50))
    hand.release((150, 50))
    assert color_at(editor.document, 80, 50) == WHITE
    assert not editor.document.history.can_undo
