"""The place that turns go around, where a person has put it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from sdstudio.raster.geometry import Bounds, Point
from sdstudio.ui.canvas.view import CanvasView
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.toolbox import Toolbox
from sdstudio.ui.tools.transform import TransformTool
from tests.helpers.drawing import fingerprint
from tests.helpers.hand import Hand, Keys
from tests.helpers.transforming import content, take_up, tool

BLOCK = Bounds(100, 60, 80, 60)
MIDDLE = (140, 90)


__all__ = ["tool"]


@pytest.fixture(autouse=True)
def block(editor: Editor, toolbox: Toolbox, canvas: CanvasView) -> None:
    take_up(editor, toolbox, canvas, BLOCK)


def test_dragging_the_ring_moves_the_pivot_and_nothing_else(hand: Hand, editor: Editor, tool: TransformTool) -> None:
    before = fingerprint(editor.document)
    hand.drag(MIDDLE, (130, 80), (121, 73))
    assert not tool.is_active
    assert fingerprint(editor.document) == before
    tool.set_number("angle", 30)
    fixed = tool.transform.map(Point(121, 73))
    assert (fixed.x, fixed.y) == pytest.approx((121, 73))


def test_the_pivot_snaps_to_a_corner_and_back_to_the_middle(hand: Hand, tool: TransformTool) -> None:
    hand.drag(MIDDLE, (110, 70), (103, 62))
    tool.set_number("angle", 90)
    fixed = tool.transform.map(Point(100, 60))
    assert (fixed.x, fixed.y) == pytest.approx((100, 60))
    hand.key(Qt.Key.Key_Escape)
    tool.set_number("angle", 45)
    fixed = tool.transform.map(Point(*MIDDLE))
    assert (fixed.x, fixed.y) == pytest.approx(MIDDLE), "each transform begins with the pivot in the middle"


def test_alt_click_puts_the_pivot_also_outside(hand: Hand, editor: Editor, tool: TransformTool) -> None:
    hand.click((200, 130), Keys.AltModifier)
    hand.drag((200, 60), (250, 100), (270, 130))
    assert tool.number("angle") == pytest.approx(90)
    hand.key(Qt.Key.Key_Return)
    assert content(editor) == Bounds(210, 30, 60, 80)


def test_alt_scales_and_slants_about_the_pivot(hand: Hand, editor: Editor, tool: TransformTool) -> None:
    hand.drag(MIDDLE, (100, 90))
    hand.drag((180, 90), (200, 90), (220, 90), keys=Keys.AltModifier)
    assert tool.number("x") == pytest.approx(100), "the side through the pivot stays"
    assert tool.number("width") == pytest.approx(120)
    hand.key(Qt.Key.Key_Escape)
    hand.drag(MIDDLE, (140, 120))
    hand.drag((140, 60), (150, 60), (170, 60), keys=Keys.AltModifier | Keys.ControlModifier)
    assert tool.number("slant") == pytest.approx(26.565, abs=0.01)
    fixed = tool.transform.map(Point(140, 120))
    assert (fixed.x, fixed.y) == pytest.approx((140, 120))


def test_a_handle_that_the_pivot_lies_on_is_not_pulled_from_itself(hand: Hand, tool: TransformTool) -> None:
    hand.drag(MIDDLE, (180, 120))
    hand.drag((180, 120), (200, 150), keys=Keys.AltModifier)
    assert not tool.is_active


def test_flips_and_quarter_turns_about_the_pivot_stay_exact(hand: Hand, editor: Editor, tool: TransformTool) -> None:
    before = fingerprint(editor.document)
    hand.click((150.3, 100.2), Keys.AltModifier)
    tool.flip(-1, 1)
    tool.turn(90)
    assert tool.transform.is_exact
    tool.turn(-90)
    tool.flip(-1, 1)
    hand.key(Qt.Key.Key_Return)
    assert fingerprint(editor.document) == before
    hand.click((160.3, 100.2), Keys.AltModifier)
    tool.flip(-1, 1)
    hand.key(Qt.Key.Key_Return)
    assert content(editor) == Bounds(140, 60, 80, 60)


def test_the_button_brings_the_pivot_back(hand: Hand, tool: TransformTool) -> None:
    hand.click((100, 60), Keys.AltModifier)
    next(live for live in tool.live if live.icon == "locate-fixed").write(1)
    tool.set_number("angle", 20)
    fixed = tool.transform.map(Point(*MIDDLE))
    assert (fixed.x, fixed.y) == pytest.approx(MIDDLE)


def test_a_small_box_is_moved_by_its_middle(
    hand: Hand, canvas: CanvasView, editor: Editor, tool: TransformTool
) -> None:
    canvas.zoom_to(0.5)
    hand.drag(MIDDLE, (160, 100), (180, 110))
    assert tool.number("x") == 140


def test_slant_and_proportions_by_number(editor: Editor, tool: TransformTool) -> None:
    tool.set_number("slant", 45)
    assert (tool.number("slant"), tool.number("width")) == (pytest.approx(45), pytest.approx(80))
    tool.set_number("angle", 30)
    assert tool.number("slant") == pytest.approx(45), "it leans as much when it is turned"
    tool.set_number("angle", 0)
    tool.set_number("slant", 0)
    assert tool.transform.is_identity or tool.number("x") == pytest.approx(100)
    editor.set_setting(transform_linked=True)
    tool.set_number("width", 160)
    assert tool.number("height") == pytest.approx(120)


def test_kept_proportions_and_shift_is_the_opposite(hand: Hand, editor: Editor, tool: TransformTool) -> None:
    editor.set_setting(transform_linked=True)
    hand.drag((180, 120), (220, 130), (260, 150))
    assert tool.number("width") == pytest.approx((tool.number("height") or 0) * 80 / 60)
    hand.key(Qt.Key.Key_Escape)
    hand.drag((180, 120), (220, 130), (260, 150), keys=Keys.ShiftModifier)
    assert (tool.number("width"), tool.number("height")) == (pytest.approx(160), pytest.approx(90))
