from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from sdstudio.raster.geometry import Point
from sdstudio.ui.canvas.view import CanvasView
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.path import PathTool
from sdstudio.ui.tools.path_line import Anchor, Line
from sdstudio.ui.tools.toolbox import Toolbox
from tests.helpers.drawing import active_surface, fingerprint
from tests.helpers.hand import Hand, Keys, color_at

WHITE, RED = QColor("white"), QColor("red")
places = st.builds(Point, st.floats(0, 300), st.floats(0, 200))


@pytest.fixture
def tool(toolbox: Toolbox, canvas: CanvasView) -> PathTool:
    toolbox.set_active("path")
    canvas.setFocus()
    made = toolbox.active
    assert isinstance(made, PathTool)
    return made


@given(st.lists(places, min_size=2, max_size=5), st.booleans(), st.floats(0.05, 0.95))
def test_one_anchor_more_keeps_the_shape(corners: list[Point], is_closed: bool, share: float) -> None:
    line = Line(tuple(Anchor(at).bent_to(Point(at.x + 20, at.y + 10)) for at in corners), is_closed)
    path = line.path()
    there = path.pointAtPercent(share)
    split = line.split(Point(there.x(), there.y()), 20)
    if split is not None:
        after = split[0].path()
        assert len(split[0].anchors) == len(corners) + 1
        assert after.length() == pytest.approx(path.length(), rel=0.02, abs=0.5)


def test_a_handle_turns_the_other_one_unless_it_is_alone() -> None:
    anchor = Anchor(Point(0, 0)).bent_to(Point(10, 0))
    turned = anchor.with_handle("after", Point(0, 20), alone=False)
    assert turned.before is not None
    assert turned.before.distance(Point(0, -10)) < 1e-9
    assert anchor.with_handle("after", Point(0, 20), alone=True).before == Point(-10, 0)


def test_clicks_make_corners_and_enter_fills(hand: Hand, editor: Editor, tool: PathTool) -> None:
    before = fingerprint(editor.document)
    for place in ((50, 50), (150, 50), (150, 150), (50, 150)):
        hand.click(place)
    hand.click((50, 50))
    assert tool.line.is_closed
    assert fingerprint(editor.document) == before
    hand.key(Qt.Key.Key_Return)
    assert color_at(editor.document, 100, 100) == RED
    assert color_at(editor.document, 40, 100) == WHITE
    assert not tool.is_active
    editor.document.history.undo()
    assert fingerprint(editor.document) == before


def test_drags_make_curves(hand: Hand, editor: Editor, tool: PathTool) -> None:
    hand.drag((50, 100), (50, 60), (50, 20))
    hand.drag((150, 100), (150, 140), (150, 180))
    first, second = tool.line.anchors
    assert (first.before, first.after) == (Point(50, 180), Point(50, 20))
    assert second.before == Point(150, 20)
    assert tool.line.path().boundingRect().top() < 60


def test_anchors_and_handles_can_be_moved(hand: Hand, tool: PathTool) -> None:
    hand.drag((50, 100), (50, 60))
    hand.click((150, 100))
    hand.drag((150, 100), (170, 120))
    assert tool.line.anchors[1].at == Point(170, 120)
    hand.drag((170, 120), (171, 90), keys=Keys.AltModifier)
    assert tool.line.anchors[1].after == Point(171, 90)
    hand.drag((171, 90), (200, 90))
    assert tool.line.anchors[1].after == Point(200, 90)
    hand.click((170, 120), keys=Keys.AltModifier)
    assert tool.line.anchors[1] == Anchor(Point(170, 120))


def test_shift_keeps_to_fifteen_degrees(hand: Hand, tool: PathTool) -> None:
    hand.click((50, 50))
    hand.click((150, 55), keys=Keys.ShiftModifier)
    assert tool.line.anchors[1].at.y == pytest.approx(50)


def test_a_press_on_the_line_adds_a_point_and_delete_takes_it(hand: Hand, tool: PathTool) -> None:
    hand.click((50, 50))
    hand.click((150, 50))
    hand.drag((100, 51), (100, 120))
    assert [anchor.at for anchor in tool.line.anchors] == [Point(50, 50), Point(100, 120), Point(150, 50)]
    hand.key(Qt.Key.Key_Delete)
    assert len(tool.line.anchors) == 2


def test_undo_goes_back_step_by_step(hand: Hand, tool: PathTool) -> None:
    hand.click((50, 50))
    hand.click((150, 50))
    hand.drag((150, 50), (170, 60))
    tool.undo()
    assert tool.line.anchors[1].at == Point(150, 50)
    tool.undo()
    tool.undo()
    assert not tool.is_active


def test_escape_discards_and_in_a_drag_only_the_drag(hand: Hand, editor: Editor, tool: PathTool) -> None:
    hand.click((50, 50))
    hand.click((150, 50))
    hand.press((150, 50))
    hand.move((190, 90))
    hand.key(Qt.Key.Key_Escape)
    hand.release((190, 90))
    assert tool.line.anchors[1].at == Point(150, 50)
    hand.key(Qt.Key.Key_Escape)
    assert not tool.is_active
    assert not editor.document.history.can_undo


def test_it_can_be_stroked_with_the_brush(hand: Hand, editor: Editor, tool: PathTool) -> None:
    hand.click((50, 50))
    hand.click((150, 50))
    tool.stroke_with_brush()
    assert color_at(editor.document, 100, 50) == RED
    assert color_at(editor.document, 100, 80) == WHITE
    editor.document.history.undo()
    assert active_surface(editor.document).is_empty


def test_it_can_become_the_selection(hand: Hand, editor: Editor, tool: PathTool) -> None:
    for place in ((50, 50), (150, 50), (150, 150)):
        hand.click(place)
    tool.select()
    area = editor.document.selection.content_bounds()
    assert (area.x, area.y, area.right, area.bottom) == (50, 50, 150, 150)


def test_another_tool_keeps_the_path(hand: Hand, toolbox: Toolbox, tool: PathTool) -> None:
    hand.click((50, 50))
    hand.click((150, 50))
    toolbox.set_active("brush")
    toolbox.set_active("path")
    assert len(tool.line.anchors) == 2


def test_one_point_is_no_path(hand: Hand, editor: Editor, tool: PathTool, sentences: list[str]) -> None:
    hand.click((50, 50))
    hand.key(Qt.Key.Key_Return)
    assert len(sentences) == 1
    assert tool.is_active
