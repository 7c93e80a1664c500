from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from sdstudio.document.commands import AddLayer, EditSelection, RemoveLayer, SetLayer
from sdstudio.document.guides import Guides
from sdstudio.document.layers import GroupLayer, PaintLayer
from sdstudio.raster.geometry import Bounds
from sdstudio.raster.masks import rectangle
from sdstudio.raster.pixels import filled
from sdstudio.ui.canvas.aids import Aids, Snapping
from sdstudio.ui.canvas.view import CanvasView
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.toolbox import Toolbox
from sdstudio.ui.tools.transform import TransformTool
from tests.helpers.drawing import active_surface, fingerprint
from tests.helpers.hand import Hand, Keys, color_at
from tests.helpers.transforming import content, take_up, tool

WHITE, RED = QColor("white"), QColor("red")
BLOCK = Bounds(100, 60, 80, 40)


__all__ = ["tool"]


@pytest.fixture(autouse=True)
def block(editor: Editor, toolbox: Toolbox, canvas: CanvasView) -> None:
    take_up(editor, toolbox, canvas, BLOCK)


def enter(hand: Hand) -> None:
    hand.key(Qt.Key.Key_Return)


@pytest.mark.parametrize("zoom", [0.5, 1, 2])
def test_a_corner_scales_and_enter_applies_one_step(
    canvas: CanvasView, hand: Hand, editor: Editor, zoom: float
) -> None:
    canvas.zoom_to(zoom)
    before, position = fingerprint(editor.document), editor.document.history.position
    hand.drag((180, 100), (200, 120), (220, 140))
    assert fingerprint(editor.document) == before, "nothing changes before it is applied"
    assert hand.seen_at((210, 130)) == RED
    enter(hand)
    assert content(editor) == Bounds(100, 60, 120, 80)
    assert editor.document.history.position == position + 1
    editor.document.history.undo()
    assert fingerprint(editor.document) == before


def test_dragging_inside_moves_by_whole_pixels(hand: Hand, editor: Editor) -> None:
    hand.drag((140, 80), (150, 90), (160.4, 99.6))
    enter(hand)
    assert content(editor) == BLOCK.translated(20, 20)


def test_shift_keeps_proportions_and_alt_the_middle(hand: Hand, editor: Editor) -> None:
    hand.drag((180, 100), (200, 105), (220, 120), keys=Keys.ShiftModifier)
    enter(hand)
    area = content(editor)
    assert area.width == pytest.approx(2 * area.height, abs=1)
    assert (area.x, area.y) == (100, 60)
    editor.document.history.undo()
    hand.drag((180, 80), (190, 80), (200, 80), keys=Keys.AltModifier)
    enter(hand)
    assert content(editor) == Bounds(80, 60, 120, 40)


def test_outside_turns_and_shift_steps_by_fifteen_degrees(hand: Hand, tool: TransformTool) -> None:
    hand.drag((240, 80), (240, 120), (235, 110), keys=Keys.ShiftModifier)
    assert tool.number("angle") == pytest.approx(15)
    hand.drag((240, 80), (240, 90))
    assert tool.number("angle") == pytest.approx(15 + 5.71, abs=0.05)


def test_ctrl_distorts_a_corner_and_slants_a_side(hand: Hand, editor: Editor, tool: TransformTool) -> None:
    hand.drag((180, 60), (200, 40), keys=Keys.ControlModifier)
    assert not tool.transform.is_affine
    hand.key(Qt.Key.Key_Escape)
    hand.drag((140, 60), (160, 60), keys=Keys.ControlModifier)
    enter(hand)
    assert content(editor) == Bounds(100, 60, 100, 40)
    assert color_at(editor.document, 103, 62) == WHITE
    assert color_at(editor.document, 197, 62).red() == 255
    assert color_at(editor.document, 197, 62) != WHITE


def test_the_modes_of_the_handles(hand: Hand, editor: Editor, tool: TransformTool) -> None:
    for mode, is_affine in (("free", True), ("slant", True), ("distort", False), ("perspective", False)):
        editor.set_value("transform_mode", mode)
        hand.drag((180, 100), (200, 104))
        assert tool.transform.is_affine == is_affine, mode
        hand.key(Qt.Key.Key_Escape)


def test_a_corner_that_would_fold_the_box_stays(hand: Hand, tool: TransformTool) -> None:
    hand.press((180, 100), Keys.ControlModifier)
    hand.move((170, 95), Keys.ControlModifier)
    shape = tool.transform
    hand.move((90, 50), Keys.ControlModifier)
    assert tool.transform == shape
    hand.release((90, 50), Keys.ControlModifier)


def test_escape_takes_everything_back(hand: Hand, editor: Editor, tool: TransformTool) -> None:
    before = fingerprint(editor.document)
    hand.drag((140, 80), (160, 90))
    assert tool.is_active
    hand.key(Qt.Key.Key_Escape)
    assert not tool.is_active
    assert hand.seen_at((115, 75)) == RED
    assert fingerprint(editor.document) == before
    enter(hand)
    assert fingerprint(editor.document) == before


def test_escape_in_a_drag_ends_only_the_drag(hand: Hand, tool: TransformTool) -> None:
    hand.drag((140, 80), (160, 90))
    first = tool.transform
    hand.press((160, 90))
    hand.move((200, 150))
    hand.key(Qt.Key.Key_Escape)
    hand.release((200, 150))
    assert tool.is_active
    assert tool.transform == first


@pytest.mark.parametrize("other", ["brush", "move"])
def test_another_tool_applies_what_was_done(hand: Hand, editor: Editor, toolbox: Toolbox, other: str) -> None:
    hand.drag((140, 80), (160, 90))
    toolbox.set_active(other)
    assert content(editor) == BLOCK.translated(20, 10)


def test_another_layer_applies_what_was_done(hand: Hand, editor: Editor) -> None:
    document = editor.document
    layer_id, background = document.active_id, document.root.children[0]
    hand.drag((140, 80), (160, 90))
    document.set_active(background.id)
    document.set_active(layer_id)
    assert content(editor) == BLOCK.translated(20, 10)


def test_the_selected_part_is_lifted(hand: Hand, editor: Editor) -> None:
    editor.document.run(EditSelection(rectangle(Bounds(100, 60, 40, 40)), "Select"))
    hand.drag((120, 80), (40, 80))
    enter(hand)
    assert color_at(editor.document, 120, 80) == WHITE
    assert color_at(editor.document, 160, 80) == RED
    assert color_at(editor.document, 40, 80) == RED
    assert editor.document.selection.content_bounds() == Bounds(20, 60, 40, 40)


def test_numbers_are_read_and_written(editor: Editor, tool: TransformTool) -> None:
    assert [tool.number(name) for name in ("x", "y", "width", "height", "angle")] == [100, 60, 80, 40, 0]
    tool.set_number("width", 160)
    tool.set_number("x", 10)
    tool.set_number("angle", 90)
    tool.apply()
    assert (content(editor).width, content(editor).height) == (40, 160)


def test_the_buttons_turn_and_flip_exactly(hand: Hand, editor: Editor, tool: TransformTool) -> None:
    active_surface(editor.document).write(Bounds(100, 60, 1, 1), filled(1, 1, QColor("blue")))
    before = fingerprint(editor.document)
    buttons = [live for live in tool.live if live.icon]
    for _ in range(4):
        buttons[0].write(1)
    assert not tool.is_active
    for button in (buttons[0], buttons[1], buttons[2], buttons[2], buttons[3], buttons[3]):
        button.write(1)
    assert not tool.is_active
    buttons[2].write(1)
    hand.key(Qt.Key.Key_Return)
    assert color_at(editor.document, 179, 60) == QColor("blue")
    editor.document.history.undo()
    assert fingerprint(editor.document) == before


def test_arrow_keys_move(hand: Hand, editor: Editor) -> None:
    hand.key(Qt.Key.Key_Right, Keys.ShiftModifier)
    hand.key(Qt.Key.Key_Up)
    enter(hand)
    assert content(editor) == BLOCK.translated(10, -1)


def test_what_cannot_be_transformed_says_so(hand: Hand, editor: Editor, sentences: list[str]) -> None:
    editor.document.run(SetLayer(editor.document.active_id or "", locked=True))
    hand.drag((140, 80), (160, 90))
    assert len(sentences) == 1
    assert "locked" in sentences[0]
    editor.document.set_active(None)
    hand.drag((140, 80), (160, 90))
    assert len(sentences) == 2


def test_undo_in_the_menu_while_it_floats(hand: Hand, editor: Editor, tool: TransformTool) -> None:
    hand.drag((140, 80), (160, 90))
    editor.document.run(SetLayer(editor.document.active_id or "", opacity=0.5))
    assert tool.is_active, "it goes on floating over the changed picture"
    enter(hand)
    assert content(editor) == BLOCK.translated(20, 10)


def test_a_layer_that_goes_away_takes_its_transform_with_it(hand: Hand, editor: Editor, tool: TransformTool) -> None:
    hand.drag((140, 80), (160, 90))
    editor.document.run(RemoveLayer(editor.document.active_id or ""))
    assert hand.seen_at((140, 80)) == WHITE
    editor.document.history.undo()
    assert not tool.is_active


def test_the_box_and_its_handles_snap_to_guides(
    hand: Hand, canvas: CanvasView, editor: Editor, tool: TransformTool
) -> None:
    guides = Guides(x=(200.0,), y=(150.0,))
    canvas.snap_with(lambda reach: Snapping(Aids(), guides, editor.document.extent, reach))
    hand.drag((140, 80), (150, 90), (158, 81))
    assert tool.number("x") == 120, "the right edge lies on the guide"
    hand.drag((200, 101), (203, 147))
    enter(hand)
    assert content(editor) == Bounds(120, 61, 80, 89)


def test_taking_it_with_nothing_to_transform_says_so(editor: Editor, toolbox: Toolbox, sentences: list[str]) -> None:
    toolbox.set_active("brush")
    editor.document.run(AddLayer(PaintLayer(name="New")))
    toolbox.set_active("transform")
    assert len(sentences) == 1
    assert "New" in sentences[0]


def test_all_chosen_layers_and_what_a_group_holds_go_together(hand: Hand, editor: Editor) -> None:
    document = editor.document
    inner, other = PaintLayer(name="Inner"), PaintLayer(name="Other")
    group = GroupLayer(name="Group", children=[inner])
    document.run(AddLayer(other))
    document.run(AddLayer(group))
    inner.surface.write(Bounds(20, 20, 10, 10), filled(10, 10, RED))
    other.surface.write(Bounds(40, 20, 10, 10), filled(10, 10, RED))
    document.choose([group.id, other.id], other.id)
    hand.drag((50, 30), (60, 35), (80, 40))
    enter(hand)
    assert inner.surface.content_bounds() == Bounds(20, 20, 20, 20)
    assert other.surface.content_bounds() == Bounds(60, 20, 20, 20)
    assert document.history.undo_label == "Transform"


def test_only_the_mask_while_it_is_painted_on(hand: Hand, editor: Editor) -> None:
    document = editor.document
    document.run(SetLayer(document.active_id or "", mask=rectangle(Bounds(120, 60, 40, 40))))
    document.set_paints_mask(True)
    hand.drag((160, 100), (170, 105), (180, 110))
    enter(hand)
    layer = document.active
    assert layer is not None
    assert layer.mask is not None
    assert layer.mask.content_bounds() == Bounds(120, 60, 60, 50)
    assert content(editor) == BLOCK
