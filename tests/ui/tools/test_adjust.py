from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from sdstudio.ui.canvas.view import CanvasView
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.toolbox import Toolbox
from tests.helpers.hand import Button, Hand, Keys, color_at

BOTH = Keys.ControlModifier | Keys.AltModifier


def test_a_drag_sideways_makes_the_ring_as_wide_as_the_pointer_goes(hand: Hand, editor: Editor) -> None:
    hand.drag((100, 100), (115, 101), (130, 103), keys=BOTH)
    assert editor.brushes["paint"].size == pytest.approx(20 + 60, abs=2)
    assert editor.brushes["paint"].opacity == 1
    hand.drag((100, 100), (50, 100), keys=BOTH)
    assert editor.brushes["paint"].size == 1
    assert not editor.document.history.can_undo


def test_a_drag_down_makes_the_brush_fainter(hand: Hand, editor: Editor) -> None:
    hand.drag((100, 50), (102, 80), (104, 150), keys=BOTH)
    assert editor.brushes["paint"].opacity == pytest.approx(0.5, abs=0.02)
    assert editor.brushes["paint"].size == 20


@pytest.mark.parametrize("tool_id", ["eraser", "mask", "smudge", "blur", "clone"])
def test_it_changes_the_brush_of_the_tool_in_the_hand(
    hand: Hand, editor: Editor, toolbox: Toolbox, tool_id: str
) -> None:
    toolbox.set_active(tool_id)
    before = editor.brushes
    hand.drag((100, 100), (110, 100), keys=BOTH)
    assert editor.brushes[tool_id].size == before[tool_id].size + 20
    assert editor.brushes["paint"] == before["paint"]
    assert toolbox.active.id == tool_id


def test_alt_and_the_right_button_do_the_same(hand: Hand, editor: Editor) -> None:
    hand.drag((100, 100), (120, 100), keys=Keys.AltModifier, button=Button.RightButton)
    assert editor.brushes["paint"].size == 60


def test_zoomed_out_the_same_way_changes_more(hand: Hand, editor: Editor, canvas: CanvasView) -> None:
    canvas.zoom_to(0.5)
    hand.drag((100, 100), (140, 100), keys=BOTH)
    assert editor.brushes["paint"].size == pytest.approx(100, abs=2)


def test_escape_gives_the_old_brush_back(hand: Hand, editor: Editor) -> None:
    before = editor.brushes["paint"]
    hand.press((100, 100), BOTH)
    hand.move((150, 100), BOTH)
    assert editor.brushes["paint"] != before
    hand.key(Qt.Key.Key_Escape)
    hand.release((150, 100))
    assert editor.brushes["paint"] == before


def test_the_next_press_paints_again(hand: Hand, editor: Editor) -> None:
    hand.drag((100, 100), (104, 100), (105, 100), keys=BOTH)
    hand.click((200, 100))
    assert color_at(editor.document, 200, 100) == QColor("red")
