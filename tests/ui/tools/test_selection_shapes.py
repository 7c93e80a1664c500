"""Ellipse, polygon, moving the outline, and what the keys mean during a drag."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PySide6.QtCore import Qt

from sdstudio.document.commands import EditSelection
from sdstudio.document.document import Document
from sdstudio.raster import contour, masks
from sdstudio.raster.geometry import Bounds, Extent, Point
from sdstudio.raster.pixels import Pixels
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.toolbox import Toolbox
from tests.helpers.hand import Hand, Keys, Place

CANVAS = Bounds(0, 0, 300, 200)
SHIFT, ALT = Keys.ShiftModifier, Keys.AltModifier


def selected(editor: Editor) -> Pixels:
    return editor.document.selection.read(CANVAS)


def content(editor: Editor) -> Bounds:
    return editor.document.selection.content_bounds()


def drag_with_keys_later(hand: Hand, start: Place, end: Place, keys: Keys) -> None:
    hand.press(start)
    hand.move(((start[0] + end[0]) / 2, (start[1] + end[1]) / 2))
    hand.move(end, keys)
    hand.release(end, keys)


@pytest.mark.parametrize("tool", ["rectangle", "ellipse"])
class TestBox:
    def test_shift_makes_it_equal_sided_and_alt_goes_from_the_middle(
        self, hand: Hand, editor: Editor, toolbox: Toolbox, tool: str
    ) -> None:
        toolbox.set_active(tool)
        for keys, bounds in (
            (SHIFT, Bounds(100, 80, 80, 80)),
            (ALT, Bounds(20, 30, 160, 100)),
            (SHIFT | ALT, Bounds(20, 0, 160, 160)),
        ):
            drag_with_keys_later(hand, (100, 80), (180, 130), keys)
            assert content(editor) == bounds
            editor.document.history.undo()

    def test_without_a_selection_the_keys_shape_from_the_start(
        self, hand: Hand, editor: Editor, toolbox: Toolbox, tool: str
    ) -> None:
        toolbox.set_active(tool)
        hand.drag((100, 80), (180, 130), keys=SHIFT)
        assert content(editor) == Bounds(100, 80, 80, 80)

    def test_with_a_selection_a_key_is_let_go_and_pressed_again_to_shape(
        self, hand: Hand, editor: Editor, toolbox: Toolbox, tool: str
    ) -> None:
        toolbox.set_active(tool)
        editor.document.run(EditSelection(masks.rectangle(Bounds(0, 0, 10, 10))))
        hand.press((100, 80), SHIFT)
        hand.move((160, 100), SHIFT)
        hand.move((170, 120))
        hand.move((180, 130), SHIFT)
        hand.release((180, 130), SHIFT)
        assert content(editor) == Bounds(0, 0, 180, 160)

    def test_feather_softens_the_new_shape_only(self, hand: Hand, editor: Editor, toolbox: Toolbox, tool: str) -> None:
        toolbox.set_active(tool)
        hand.drag((20, 20), (80, 80))
        hard = selected(editor)
        editor.set_value("selection_feather", 6)
        hand.drag((150, 60), (230, 150), keys=SHIFT)
        assert (selected(editor)[:, :100] == hard[:, :100]).all()
        assert content(editor).right == 236
        assert 0 < selected(editor)[105, 231] < 128


def test_an_ellipse_is_smooth_unless_a_person_wants_steps(hand: Hand, editor: Editor, toolbox: Toolbox) -> None:
    toolbox.set_active("ellipse")
    hand.drag((50, 50), (210, 150))
    assert selected(editor).sum() / 255 == pytest.approx(math.pi * 80 * 50, rel=0.01)
    assert (selected(editor) % 255 > 0).any()
    editor.set_value("selection_antialias", False)
    editor.document.run(EditSelection(masks.rectangle(Bounds(0, 0, 5, 5))))
    hand.drag((50, 50), (210, 150))
    assert not (selected(editor) % 255 > 0).any()


class TestPolygon:
    @pytest.fixture(autouse=True)
    def in_hand(self, toolbox: Toolbox) -> None:
        toolbox.set_active("polygon")

    CORNERS = ((50, 50), (200, 50), (200, 150))

    def clicks(self, hand: Hand, *places: Place) -> None:
        for place in places:
            hand.click(place)

    def expected(self, *corners: Place) -> Pixels:
        return masks.polygon([Point(*corner) for corner in corners]).read(CANVAS)

    @pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter])
    def test_enter_closes_it(self, hand: Hand, editor: Editor, key: Qt.Key) -> None:
        self.clicks(hand, *self.CORNERS)
        assert editor.document.selection.is_empty
        hand.key(key)
        assert (selected(editor) == self.expected(*self.CORNERS)).all()
        editor.document.history.undo()
        assert editor.document.selection.is_empty

    def test_a_double_click_closes_it(self, hand: Hand, editor: Editor) -> None:
        self.clicks(hand, *self.CORNERS, self.CORNERS[-1])
        assert (selected(editor) == self.expected(*self.CORNERS)).all()

    def test_a_click_on_the_first_corner_closes_it(self, hand: Hand, editor: Editor) -> None:
        self.clicks(hand, *self.CORNERS, (51, 51))
        assert (selected(editor) == self.expected(*self.CORNERS)).all()

    def test_backspace_takes_the_last_corner_back_and_escape_all(self, hand: Hand, editor: Editor) -> None:
        self.clicks(hand, *self.CORNERS, (10, 190))
        hand.key(Qt.Key.Key_Backspace)
        hand.key(Qt.Key.Key_Return)
        assert (selected(editor) == self.expected(*self.CORNERS)).all()
        self.clicks(hand, (5, 5), (9, 5))
        hand.key(Qt.Key.Key_Escape)
        hand.key(Qt.Key.Key_Return)
        assert (selected(editor) == self.expected(*self.CORNERS)).all()

    def test_shift_keeps_to_45_degrees(self, hand: Hand, editor: Editor) -> None:
        hand.click((50, 50))
        hand.click((200, 60), keys=SHIFT)
        hand.click((190, 150))
        hand.key(Qt.Key.Key_Return)
        assert content(editor).y == 50

    def test_shift_on_the_first_corner_adds(self, hand: Hand, editor: Editor) -> None:
        editor.document.run(EditSelection(masks.rectangle(Bounds(0, 0, 30, 30))))
        hand.click(self.CORNERS[0], keys=SHIFT)
        self.clicks(hand, *self.CORNERS[1:])
        hand.key(Qt.Key.Key_Return)
        expected = np.maximum(self.expected(*self.CORNERS), masks.rectangle(Bounds(0, 0, 30, 30)).read(CANVAS))
        assert (selected(editor) == expected).all()

    def test_too_few_corners_deselect(self, hand: Hand, editor: Editor) -> None:
        editor.document.run(EditSelection(masks.rectangle(Bounds(0, 0, 30, 30))))
        self.clicks(hand, (100, 100), (150, 100))
        hand.key(Qt.Key.Key_Return)
        assert editor.document.selection.is_empty

    def test_another_tool_forgets_the_corners(self, hand: Hand, editor: Editor, toolbox: Toolbox) -> None:
        self.clicks(hand, *self.CORNERS)
        toolbox.set_active("lasso")
        toolbox.set_active("polygon")
        assert not toolbox.active.is_active
        hand.key(Qt.Key.Key_Return)
        assert not editor.document.history.can_undo


class TestMoving:
    HOME = Bounds(60, 50, 80, 60)

    @pytest.fixture(autouse=True, params=["rectangle", "ellipse", "lasso", "polygon", "wand"])
    def in_hand(self, request: pytest.FixtureRequest, toolbox: Toolbox, editor: Editor) -> None:
        toolbox.set_active(request.param)
        editor.document.run(EditSelection(masks.rectangle(self.HOME)))

    def test_a_drag_inside_moves_the_outline_and_not_the_pixels(self, hand: Hand, editor: Editor) -> None:
        hand.drag((100, 80), (110, 90), (130, 75))
        assert content(editor) == self.HOME.translated(30, -5)
        assert editor.document.history.undo_label == "Move selection"
        editor.document.history.undo()
        assert content(editor) == self.HOME

    def test_the_cursor_says_where_a_drag_would_move(self, hand: Hand, editor: Editor) -> None:
        shapes = []
        for place in ((100, 80), (20, 20), (100, 80)):
            hand.hover(place)
            shapes.append(hand.canvas.cursor().shape())
        move, cross = Qt.CursorShape.SizeAllCursor, Qt.CursorShape.CrossCursor
        assert shapes == [move, cross, move]
        editor.document.run(EditSelection(masks.rectangle(CANVAS)))
        hand.hover((101, 80))
        assert hand.canvas.cursor().shape() == cross

    def test_it_is_seen_on_the_way_and_escape_puts_it_back(self, hand: Hand, editor: Editor) -> None:
        hand.press((100, 80))
        hand.move((120, 80))
        assert content(editor) == self.HOME.translated(20, 0)
        hand.key(Qt.Key.Key_Escape)
        hand.release((120, 80))
        assert content(editor) == self.HOME

    def test_what_leaves_the_canvas_is_cut_off_but_never_all(self, hand: Hand, editor: Editor) -> None:
        hand.drag((100, 80), (-100, 80))
        assert content(editor) == Bounds(0, 50, 1, 60)
        editor.document.history.undo()
        hand.drag((100, 80), (330, 80))
        assert content(editor) == Bounds(290, 50, 10, 60)

    def test_arrow_keys_move_by_one_and_by_ten(self, hand: Hand, editor: Editor) -> None:
        hand.key(Qt.Key.Key_Right)
        hand.key(Qt.Key.Key_Down, SHIFT)
        assert content(editor) == self.HOME.translated(1, 10)

    def test_soft_edges_stay_as_they_are(self, hand: Hand, editor: Editor) -> None:
        soft = contour.reworked(masks.rectangle(self.HOME), CANVAS, 5, lambda coverage: contour.feather(coverage, 5))
        editor.document.run(EditSelection(soft))
        hand.drag((100, 80), (110, 90))
        assert (selected(editor)[10:, 10:] == soft.read(CANVAS)[:-10, :-10]).all()


def test_when_everything_is_selected_a_drag_draws(hand: Hand, editor: Editor, toolbox: Toolbox) -> None:
    toolbox.set_active("rectangle")
    editor.document.run(EditSelection(masks.rectangle(CANVAS)))
    hand.drag((50, 50), (90, 80))
    assert content(editor) == Bounds(50, 50, 40, 30)


def test_taking_away_from_nothing_says_so(hand: Hand, editor: Editor, toolbox: Toolbox, sentences: list[str]) -> None:
    toolbox.set_active("rectangle")
    editor.set_value("selection_mode", "subtract")
    hand.drag((50, 50), (90, 80))
    assert len(sentences) == 1
    assert editor.document.selection.is_empty


@pytest.mark.parametrize("tool", ["rectangle", "ellipse", "lasso", "polygon", "wand"])
def test_a_canvas_of_one_pixel(hand: Hand, editor: Editor, toolbox: Toolbox, tool: str, sentences: list[str]) -> None:
    editor.set_document(Document.new(Extent(1, 1)))
    toolbox.set_active(tool)
    hand.drag((-0.5, -0.5), (1.5, -0.5), (1.5, 1.5), (-0.5, 1.5))
    hand.click((0.5, 0.5))
    hand.key(Qt.Key.Key_Return)
    assert sentences == []
    assert editor.document.selection.content_bounds() in (Bounds(0, 0, 1, 1), Bounds(0, 0, 0, 0))
