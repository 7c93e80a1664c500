"""The selection's outline under the handles of the transform tool."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt

from sdstudio.document.commands import AddLayer, EditSelection
from sdstudio.document.composite import render
from sdstudio.document.layers import PaintLayer
from sdstudio.raster.geometry import Bounds
from sdstudio.raster.masks import rectangle
from sdstudio.raster.pixels import view
from sdstudio.raster.tiles import Mask
from sdstudio.ui.canvas.view import CanvasView
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools import floating_selection
from sdstudio.ui.tools.toolbox import Toolbox
from sdstudio.ui.tools.transform import TransformTool
from tests.helpers.hand import Hand, Keys
from tests.helpers.transforming import lay_red_block, tool

CANVAS = Bounds(0, 0, 300, 200)
CHOSEN = Bounds(100, 60, 80, 40)


__all__ = ["tool"]


@pytest.fixture(autouse=True)
def selection(editor: Editor, toolbox: Toolbox, canvas: CanvasView) -> None:
    """A selection on a red block, and the transform tool in the hand for the selection."""
    lay_red_block(editor, CHOSEN)
    editor.document.run(EditSelection(rectangle(CHOSEN), "Select"))
    editor.set_setting(transform_target="selection")
    toolbox.set_active("transform")
    canvas.setFocus()


def selected(editor: Editor) -> Bounds:
    return editor.document.selection.content_bounds()


def picture(editor: Editor) -> np.ndarray:
    return view(render(editor.document, CANVAS)).copy()


def test_handles_scale_the_outline_at_once_and_enter_is_one_step(hand: Hand, editor: Editor) -> None:
    before, position = picture(editor), editor.document.history.position
    hand.press((180, 100))
    hand.move((220, 140))
    assert selected(editor) == Bounds(100, 60, 120, 80), "seen while the hand pulls"
    hand.release((220, 140))
    hand.drag((150, 90), (150, 100), (160, 110))
    assert editor.document.history.position == position
    hand.key(Qt.Key.Key_Return)
    assert selected(editor) == Bounds(110, 80, 120, 80)
    assert editor.document.history.position == position + 1
    assert (picture(editor) == before).all(), "no pixel of the picture moves"
    editor.document.history.undo()
    assert selected(editor) == CHOSEN


def test_escape_puts_it_back(hand: Hand, editor: Editor) -> None:
    position = editor.document.history.position
    hand.drag((140, 80), (160, 90))
    assert selected(editor) == CHOSEN.translated(20, 10)
    hand.key(Qt.Key.Key_Escape)
    assert selected(editor) == CHOSEN
    assert editor.document.history.position == position


def test_turning_keeps_soft_edges_and_many_turns_do_not_wear_it_out(
    hand: Hand, editor: Editor, tool: TransformTool
) -> None:
    soft = Mask()
    soft.write(CHOSEN, np.full((40, 80), 128, np.uint8))
    editor.document.run(EditSelection(soft))
    for degrees in (37, 73, 12, 90):
        tool.set_number("angle", degrees)
    hand.key(Qt.Key.Key_Return)
    assert selected(editor) == Bounds(120, 40, 40, 80)
    assert set(np.unique(editor.document.selection.read(CANVAS))) == {0, 128}


def test_corners_can_be_distorted(hand: Hand, editor: Editor, tool: TransformTool) -> None:
    hand.drag((180, 60), (200, 40), keys=Keys.ControlModifier)
    assert not tool.transform.is_affine
    hand.key(Qt.Key.Key_Return)
    assert selected(editor) == Bounds.from_edges(100, 40, 200, 100)


def test_what_leaves_the_canvas_is_lost(hand: Hand, editor: Editor) -> None:
    hand.drag((140, 80), (250, 80))
    hand.key(Qt.Key.Key_Return)
    assert selected(editor) == Bounds(210, 60, 80, 40)
    hand.drag((250, 80), (290, 80))
    hand.key(Qt.Key.Key_Return)
    assert selected(editor) == Bounds(250, 60, 50, 40)


def test_it_needs_no_layer_and_respects_no_lock(hand: Hand, editor: Editor, sentences: list[str]) -> None:
    editor.document.set_active(None)
    hand.drag((140, 80), (160, 90))
    hand.key(Qt.Key.Key_Return)
    assert selected(editor) == CHOSEN.translated(20, 10)
    assert sentences == []


def test_another_step_keeps_what_is_shown(hand: Hand, editor: Editor, tool: TransformTool) -> None:
    hand.drag((140, 80), (160, 90))
    editor.document.run(AddLayer(PaintLayer(name="New")))
    assert selected(editor) == CHOSEN.translated(20, 10)
    assert not tool.is_active
    editor.document.history.undo()
    editor.document.history.undo()
    assert selected(editor) == CHOSEN


def test_it_is_about_pictures_again_when_it_was_put_down(hand: Hand, editor: Editor, toolbox: Toolbox) -> None:
    hand.drag((140, 80), (160, 90))
    toolbox.set_active("brush")
    assert selected(editor) == CHOSEN.translated(20, 10)
    assert editor.settings.transform_target == "layers"


def test_the_option_changes_what_the_box_is_about(hand: Hand, editor: Editor, tool: TransformTool) -> None:
    editor.document.run(EditSelection(rectangle(Bounds(90, 50, 40, 40)), "Select"))
    assert tool.number("x") == 90
    editor.set_setting(transform_target="layers")
    assert tool.number("x") == 100, "what is selected of the block"


def test_without_a_selection_it_says_so(editor: Editor, hand: Hand, sentences: list[str]) -> None:
    editor.document.run(EditSelection(Mask(), "Deselect"))
    hand.drag((140, 80), (160, 90))
    assert len(sentences) == 1
    assert "selected" in sentences[0]


def test_on_a_large_canvas_only_the_box_follows(hand: Hand, editor: Editor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(floating_selection, "_AT_ONCE", 0)
    hand.drag((140, 80), (160, 90))
    assert selected(editor) == CHOSEN
    hand.key(Qt.Key.Key_Return)
    assert selected(editor) == CHOSEN.translated(20, 10)
