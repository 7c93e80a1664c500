from __future__ import annotations

import math

import numpy as np
import pytest
from PySide6.QtCore import Qt

from sdstudio.raster.geometry import Bounds
from sdstudio.raster.pixels import Pixels
from sdstudio.ui.canvas.view import CanvasView
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.toolbox import Toolbox
from tests.helpers.hand import Hand, Keys

CANVAS = Bounds(0, 0, 300, 200)


def selected(editor: Editor) -> Pixels:
    return editor.document.selection.read(CANVAS)


def expected(area: Bounds) -> Pixels:
    pixels = np.zeros((200, 300), np.uint8)
    pixels[area.y : area.bottom, area.x : area.right] = 255
    return pixels


@pytest.fixture
def rectangle(toolbox: Toolbox) -> None:
    toolbox.set_active("rectangle")


@pytest.mark.usefixtures("rectangle")
class TestRectangle:
    @pytest.mark.parametrize("zoom", [0.5, 1, 4])
    def test_it_selects_whole_pixels(self, canvas: CanvasView, hand: Hand, editor: Editor, zoom: float) -> None:
        canvas.zoom_to(zoom)
        hand.drag((40.2, 29.9), (60, 60), (120.4, 79.6))
        assert (selected(editor) == expected(Bounds(40, 30, 80, 50))).all()
        editor.document.history.undo()
        assert editor.document.selection.is_empty

    def test_it_ends_at_the_edge_of_the_canvas(self, hand: Hand, editor: Editor) -> None:
        hand.drag((250, 150), (400, 400))
        assert (selected(editor) == expected(Bounds(250, 150, 50, 50))).all()
        assert editor.document.selection.content_bounds() == Bounds(250, 150, 50, 50)

    def test_keys_add_subtract_and_intersect(self, hand: Hand, editor: Editor) -> None:
        first, second, third = Bounds(20, 20, 100, 100), Bounds(100, 100, 80, 60), Bounds(40, 40, 20, 20)
        hand.drag((20, 20), (120, 120))
        hand.drag((100, 100), (180, 160), keys=Keys.ShiftModifier)
        both = np.maximum(expected(first), expected(second))
        assert (selected(editor) == both).all()
        hand.drag((40, 40), (60, 60), keys=Keys.AltModifier)
        assert (selected(editor) == np.minimum(both, 255 - expected(third))).all()
        hand.drag((110, 90), (300, 190), keys=Keys.ShiftModifier | Keys.AltModifier)
        assert (selected(editor) == np.minimum(both, expected(Bounds(110, 90, 190, 100)))).all()

    def test_the_options_bar_decides_without_keys(self, hand: Hand, editor: Editor) -> None:
        hand.drag((20, 20), (120, 120))
        editor.set_value("selection_mode", "subtract")
        hand.drag((20, 20), (120, 70))
        assert (selected(editor) == expected(Bounds(20, 70, 100, 50))).all()

    def test_a_click_outside_deselects_and_one_inside_does_not(self, hand: Hand, editor: Editor) -> None:
        hand.drag((20, 20), (120, 120))
        hand.click((70, 70))
        assert not editor.document.selection.is_empty
        hand.click((200, 100))
        assert editor.document.selection.is_empty
        editor.document.history.undo()
        assert (selected(editor) == expected(Bounds(20, 20, 100, 100))).all()

    def test_a_click_without_a_selection_is_no_undo_step(self, hand: Hand, editor: Editor) -> None:
        hand.click((70, 70))
        assert not editor.document.history.can_undo

    def test_ctrl_makes_a_square(self, hand: Hand, editor: Editor) -> None:
        hand.drag((20, 20), (120, 60), keys=Keys.ControlModifier)
        assert editor.document.selection.content_bounds() == Bounds(20, 20, 100, 100)

    def test_escape_leaves_the_selection_as_it_was(self, hand: Hand, editor: Editor) -> None:
        hand.drag((20, 20), (120, 120))
        hand.press((150, 150))
        hand.move((200, 180))
        hand.key(Qt.Key.Key_Escape)
        hand.release((200, 180))
        assert (selected(editor) == expected(Bounds(20, 20, 100, 100))).all()

    def test_shapes_that_do_not_meet_keep_the_selection(self, hand: Hand, editor: Editor, sentences: list[str]) -> None:
        hand.drag((20, 20), (60, 60))
        hand.drag((100, 100), (160, 160), keys=Keys.ShiftModifier | Keys.AltModifier)
        assert len(sentences) == 1
        assert (selected(editor) == expected(Bounds(20, 20, 40, 40))).all()

    def test_a_drag_beside_the_canvas_selects_nothing(self, hand: Hand, editor: Editor) -> None:
        hand.drag((-50, -50), (-20, -20))
        assert editor.document.selection.is_empty
        assert not editor.document.history.can_undo


def test_a_lasso_selects_what_it_goes_around(hand: Hand, editor: Editor, toolbox: Toolbox) -> None:
    toolbox.set_active("lasso")
    ring = [(150 + 60 * math.cos(turn / 10), 100 + 50 * math.sin(turn / 10)) for turn in range(63)]
    hand.drag(*ring)
    coverage = selected(editor)
    assert coverage[100, 150] == 255
    assert coverage[10, 10] == 0
    assert (coverage > 0).sum() == pytest.approx(math.pi * 60 * 50, rel=0.05)
    hand.click((5, 5))
    assert editor.document.selection.is_empty
