from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from sdstudio.document.commands import EditSelection, SetLayer
from sdstudio.document.document import Document
from sdstudio.raster.geometry import Bounds, Extent
from sdstudio.raster.masks import rectangle
from sdstudio.ui.canvas.view import CanvasView
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.toolbox import Toolbox
from tests.helpers.hand import Hand, Keys, color_at

WHITE, RED = QColor("white"), QColor("red")


@pytest.fixture(autouse=True)
def dab(hand: Hand, toolbox: Toolbox) -> None:
    """A red dab at 50, 50, and the move tool in the hand."""
    hand.click((50, 50))
    toolbox.set_active("move")


@pytest.mark.parametrize("zoom", [0.5, 1, 3])
def test_a_drag_moves_the_active_layer_in_one_step(canvas: CanvasView, hand: Hand, editor: Editor, zoom: float) -> None:
    canvas.zoom_to(zoom)
    hand.drag((50, 50), (80, 60), (120, 70), (150, 90))
    assert color_at(editor.document, 150, 90) == RED
    assert color_at(editor.document, 50, 50) == WHITE
    editor.document.history.undo()
    assert color_at(editor.document, 50, 50) == RED
    assert color_at(editor.document, 150, 90) == WHITE
    editor.document.history.redo()
    assert color_at(editor.document, 150, 90) == RED


def test_it_is_seen_while_it_moves_and_escape_takes_it_back(hand: Hand, editor: Editor) -> None:
    hand.press((50, 50))
    hand.move((100, 50))
    hand.move((150, 90))
    assert hand.seen_at((150, 90)) == RED
    hand.key(Qt.Key.Key_Escape)
    hand.release((150, 90))
    assert color_at(editor.document, 50, 50) == RED
    editor.document.history.undo()
    assert not editor.document.history.can_undo


def test_what_leaves_the_canvas_comes_back(hand: Hand, editor: Editor) -> None:
    hand.drag((50, 50), (-300, 50))
    hand.drag((0, 0), (350, 0))
    assert color_at(editor.document, 50, 50) == RED


def test_shift_keeps_to_one_direction(hand: Hand, editor: Editor) -> None:
    hand.drag((50, 50), (150, 70), keys=Keys.ShiftModifier)
    assert color_at(editor.document, 150, 50) == RED


def test_arrow_keys_move_by_one_and_ten(hand: Hand, editor: Editor) -> None:
    hand.key(Qt.Key.Key_Right, Keys.ShiftModifier)
    hand.key(Qt.Key.Key_Right)
    hand.key(Qt.Key.Key_Down)
    assert color_at(editor.document, 69, 51) == RED
    assert color_at(editor.document, 72, 51) == WHITE
    assert color_at(editor.document, 50, 51) == WHITE


def test_a_click_is_no_step(hand: Hand, editor: Editor) -> None:
    hand.click((50, 50))
    editor.document.history.undo()
    assert not editor.document.history.can_undo


def test_a_locked_layer_stays_and_says_so(hand: Hand, editor: Editor, sentences: list[str]) -> None:
    layer_id = editor.document.active_id
    assert layer_id is not None
    editor.document.run(SetLayer(layer_id, locked=True))
    hand.drag((50, 50), (100, 50), (150, 50))
    hand.key(Qt.Key.Key_Left)
    assert len(sentences) == 2
    assert color_at(editor.document, 50, 50) == RED


def test_without_a_layer_there_is_a_sentence(hand: Hand, editor: Editor, sentences: list[str]) -> None:
    editor.set_document(Document(Extent(50, 50)))
    hand.drag((10, 10), (20, 20))
    assert len(sentences) == 1


def test_with_a_selection_only_its_pixels_move(hand: Hand, editor: Editor) -> None:
    editor.document.run(EditSelection(rectangle(Bounds(40, 40, 10, 20)), "Select"))
    hand.drag((45, 50), (100, 50), (145, 50))
    assert color_at(editor.document, 45, 50) == WHITE
    assert color_at(editor.document, 55, 50) == RED
    assert color_at(editor.document, 145, 50) == RED
    assert editor.document.selection.content_bounds() == Bounds(140, 40, 10, 20)
    editor.document.history.undo()
    assert color_at(editor.document, 45, 50) == RED
    assert editor.document.selection.content_bounds() == Bounds(40, 40, 10, 20)


def test_all_chosen_layers_move_together(hand: Hand, editor: Editor) -> None:
    document = editor.document
    document.choose([layer.id for layer in document.walk()], document.active_id)
    hand.drag((50, 50), (80, 50), (90, 50))
    assert color_at(document, 90, 50) == RED
    assert color_at(document, 10, 10).alpha() == 0
    document.history.undo()
    assert color_at(document, 10, 10) == WHITE


def test_ctrl_click_chooses_what_is_seen_there(hand: Hand, editor: Editor) -> None:
    top = editor.document.active_id
    hand.click((200, 150), keys=Keys.ControlModifier)
    assert editor.document.active is not None
    assert editor.document.active.name == "Background"
    hand.click((50, 50), keys=Keys.ControlModifier)
    assert editor.document.active_id == top


def test_align_buttons_move_the_layer(editor: Editor, toolbox: Toolbox) -> None:
    tool = toolbox.tool("move")
    [left] = [live for live in tool.live if "left" in live.label]
    left.write(1.0)
    assert color_at(editor.document, 5, 50) == RED
