from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from sdstudio.document.commands import EditSelection, SetLayer
from sdstudio.raster.geometry import Bounds
from sdstudio.raster.masks import rectangle
from sdstudio.raster.tiles import Mask
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.toolbox import Toolbox
from tests.helpers.drawing import active_surface, fingerprint
from tests.helpers.hand import Hand, Keys, color_at

WHITE, RED = QColor("white"), QColor("red")


@pytest.fixture(autouse=True)
def shape_tool(toolbox: Toolbox) -> None:
    toolbox.set_active("shape")


def content(editor: Editor) -> Bounds:
    return active_surface(editor.document).content_bounds()


@pytest.mark.parametrize("kind", ["rectangle", "ellipse", "polygon", "star"])
def test_a_drag_draws_a_filled_shape_in_one_step(hand: Hand, editor: Editor, kind: str) -> None:
    editor.set_value("shape_kind", kind)
    before = fingerprint(editor.document)
    hand.press((40, 30))
    hand.move((140, 110))
    assert hand.seen_at((90, 70)) == RED, "it is seen before it is drawn"
    assert fingerprint(editor.document) == before
    hand.release((140, 110))
    assert color_at(editor.document, 90, 70) == RED
    assert Bounds(40, 30, 100, 80).contains(content(editor))
    editor.document.history.undo()
    assert fingerprint(editor.document) == before


def test_shift_makes_a_square_and_alt_draws_from_the_middle(hand: Hand, editor: Editor) -> None:
    hand.drag((40, 30), (140, 60), keys=Keys.ShiftModifier)
    assert content(editor) == Bounds(40, 30, 100, 100)
    editor.document.history.undo()
    hand.drag((100, 100), (140, 110), keys=Keys.AltModifier)
    assert content(editor) == Bounds(60, 90, 80, 20)


def test_a_line_takes_the_colour_that_there_is(hand: Hand, editor: Editor) -> None:
    editor.set_value("shape_kind", "line")
    editor.set_value("shape_width", 6.0)
    hand.drag((20, 50), (120, 55), keys=Keys.ShiftModifier)
    assert color_at(editor.document, 70, 50) == RED
    assert content(editor).height <= 7


def test_the_outline_has_its_own_colour_and_width(hand: Hand, editor: Editor) -> None:
    editor.background = QColor("blue")
    editor.set_value("shape_stroke", "background")
    editor.set_value("shape_width", 10.0)
    hand.drag((40, 30), (140, 110))
    assert color_at(editor.document, 90, 70) == RED
    assert color_at(editor.document, 42, 70) == QColor("blue")
    assert content(editor) == Bounds(35, 25, 110, 90)
    editor.document.history.undo()
    editor.set_value("shape_fill", "none")
    hand.drag((40, 30), (140, 110))
    assert color_at(editor.document, 90, 70) == WHITE


def test_the_selection_limits_it(hand: Hand, editor: Editor) -> None:
    editor.document.run(EditSelection(rectangle(Bounds(0, 0, 90, 200)), "Select"))
    hand.drag((40, 30), (140, 110))
    assert content(editor) == Bounds(40, 30, 50, 80)


def test_locked_transparency_is_kept(hand: Hand, editor: Editor) -> None:
    hand.drag((40, 30), (80, 70))
    editor.document.run(SetLayer(editor.document.active_id or "", alpha_locked=True))
    editor.foreground = QColor("blue")
    hand.drag((60, 30), (140, 110))
    assert content(editor) == Bounds(40, 30, 40, 40)
    assert color_at(editor.document, 70, 50) == QColor("blue")


def test_it_works_on_the_mask_when_tools_do(hand: Hand, editor: Editor) -> None:
    layer = editor.document.active
    assert layer is not None
    layer.mask = Mask(outside=255)
    editor.document.set_paints_mask(True)
    editor.foreground = QColor("black")
    hand.drag((40, 30), (140, 110))
    assert layer.mask.content_bounds() == Bounds(40, 30, 100, 80)
    assert layer.mask.read(Bounds(90, 70, 1, 1))[0, 0] == 0
    editor.document.history.undo()
    assert layer.mask.content_bounds().is_empty
    assert content(editor).is_empty


def test_escape_draws_nothing_and_a_click_neither(hand: Hand, editor: Editor) -> None:
    before = fingerprint(editor.document)
    hand.press((40, 30))
    hand.move((140, 110))
    hand.key(Qt.Key.Key_Escape)
    hand.release((140, 110))
    hand.click((60, 60))
    assert fingerprint(editor.document) == before
    assert not editor.document.history.can_undo


def test_what_cannot_be_drawn_is_said(hand: Hand, editor: Editor, sentences: list[str]) -> None:
    editor.set_value("shape_fill", "none")
    hand.drag((40, 30), (140, 110))
    editor.set_value("shape_fill", "foreground")
    editor.document.run(SetLayer(editor.document.active_id or "", locked=True))
    hand.drag((40, 30), (140, 110))
    assert len(sentences) == 2
    assert content(editor).is_empty
