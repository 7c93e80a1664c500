from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt

from sdstudio.document.commands import EditSelection
from sdstudio.raster.geometry import Bounds, Extent, Point
from sdstudio.raster.masks import rectangle
from sdstudio.ui.canvas.view import CanvasView
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.crop import CropTool
from sdstudio.ui.tools.crop_box import CropRule, drawn, pulled
from sdstudio.ui.tools.toolbox import Toolbox
from sdstudio.ui.tools.transform_box import HANDLES, Grip, Pull
from tests.helpers.drawing import fingerprint
from tests.helpers.hand import Hand, Keys

numbers = st.integers(-500, 500)


@pytest.fixture
def tool(toolbox: Toolbox, canvas: CanvasView) -> CropTool:
    toolbox.set_active("crop")
    canvas.setFocus()
    made = toolbox.active
    assert isinstance(made, CropTool)
    return made


@given(
    st.builds(Bounds, numbers, numbers, st.integers(1, 400), st.integers(1, 400)),
    st.sampled_from(HANDLES),
    numbers,
    numbers,
    st.booleans(),
    st.sampled_from([None, 1.0, 1.5, 0.5]),
    st.sampled_from([1, 8, 64]),
)
def test_every_pull_follows_the_rule(
    before: Bounds, at: tuple[int, int], dx: int, dy: int, from_middle: bool, ratio: float | None, step: int
) -> None:
    pull = Pull(Point(0, 0), Point(dx, dy), around_pivot=from_middle)
    after = pulled(before, Grip("scale", *at), pull, CropRule(ratio, step))
    assert after.width >= step
    assert after.height >= step
    assert after.width % step == after.height % step == 0
    if ratio is not None:
        assert abs(after.width - after.height * ratio) <= step * max(1.0, ratio)
    if ratio is None and step == 1 and not from_middle and at == (1, 1) and dx > 0 and dy > 0:
        assert after == Bounds(before.x, before.y, before.width + dx, before.height + dy)
    if ratio is None and step == 1 and not from_middle and at == (-1, 0) and dx < 0:
        assert after == Bounds(before.x + dx, before.y, before.width - dx, before.height)


@pytest.mark.parametrize("to", [(70, 60), (-30, 60), (-30, -40), (70, -40)])
def test_a_new_rectangle_may_be_drawn_in_any_direction(to: tuple[int, int]) -> None:
    area = drawn(Point(20, 10), Point(*to), CropRule())
    assert area == Bounds.around(20, 10, *to)


def test_drag_and_enter_crop_in_one_step(hand: Hand, editor: Editor, tool: CropTool) -> None:
    before = fingerprint(editor.document)
    hand.drag((50, 40), (100, 80), (150, 120))
    assert editor.document.extent == Extent(300, 200), "nothing changes before it is applied"
    hand.key(Qt.Key.Key_Return)
    assert editor.document.extent == Extent(100, 80)
    assert not tool.is_active
    editor.document.history.undo()
    assert fingerprint(editor.document) == before


def test_handles_and_inside(hand: Hand, tool: CropTool) -> None:
    hand.drag((50, 40), (150, 120))
    hand.drag((150, 120), (170, 130))
    assert tool.area == Bounds(50, 40, 120, 90)
    hand.drag((100, 80), (110, 70))
    assert tool.area == Bounds(60, 30, 120, 90)
    hand.drag((60, 75), (40, 75), keys=Keys.AltModifier)
    assert tool.area == Bounds(40, 30, 160, 90)
    hand.drag((200, 120), (216, 121), keys=Keys.ShiftModifier)
    assert tool.area == Bounds(40, 30, 176, 99)


def test_the_canvas_grows_where_the_rectangle_reaches_beyond_it(hand: Hand, editor: Editor, tool: CropTool) -> None:
    hand.drag((300, 200), (330, 240))
    hand.key(Qt.Key.Key_Return)
    assert editor.document.extent == Extent(330, 240)


def test_edges_of_the_canvas_pull(hand: Hand, tool: CropTool) -> None:
    hand.drag((50, 40), (297, 203))
    assert tool.area == Bounds(50, 40, 250, 160)


def test_escape_leaves_everything(hand: Hand, editor: Editor, tool: CropTool) -> None:
    hand.drag((50, 40), (150, 120))
    hand.press((100, 80))
    hand.move((120, 90))
    hand.key(Qt.Key.Key_Escape)
    hand.release((120, 90))
    assert tool.area == Bounds(50, 40, 100, 80)
    hand.key(Qt.Key.Key_Escape)
    assert not tool.is_active
    assert editor.document.extent == Extent(300, 200)


def test_ratio_and_multiples(hand: Hand, editor: Editor, tool: CropTool) -> None:
    editor.set_value("crop_step", "64")
    hand.drag((10, 10), (140, 75))
    assert tool.area.extent == Extent(128, 64)
    editor.set_value("crop_ratio", "1:1")
    assert tool.area.extent == Extent(128, 128)
    tool.set_number("height", 190)
    assert tool.area.extent == Extent(192, 192)


def test_it_begins_with_the_selection(editor: Editor, toolbox: Toolbox, tool: CropTool) -> None:
    toolbox.set_active("brush")
    editor.document.run(EditSelection(rectangle(Bounds(10, 20, 30, 40)), "Select"))
    toolbox.set_active("crop")
    assert tool.area == Bounds(10, 20, 30, 40)
    toolbox.set_active("brush")
    assert editor.document.extent == Extent(300, 200), "another tool does not crop"


def test_what_is_too_large_is_refused(hand: Hand, editor: Editor, tool: CropTool, sentences: list[str]) -> None:
    tool.set_number("width", 16384)
    tool.set_number("height", 16384)
    hand.key(Qt.Key.Key_Return)
    assert len(sentences) == 1
    assert "too large" in sentences[0]
    assert editor.document.extent == Extent(300, 200)
