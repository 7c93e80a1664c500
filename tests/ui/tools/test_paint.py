from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QColor
from pytestqt.qtbot import QtBot

from sdstudio.document.commands import AddLayer, EditSelection, SetLayer
from sdstudio.document.composite import render
from sdstudio.document.document import Document
from sdstudio.document.layers import GroupLayer
from sdstudio.raster import masks
from sdstudio.raster.geometry import Bounds, Extent
from sdstudio.raster.pixels import Pixels, view
from sdstudio.ui.canvas.view import CanvasView
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.toolbox import Toolbox
from tests.helpers.hand import Hand, Keys, color_at

WHITE, RED = QColor("white"), QColor("red")
CURVE = [(40.0, 60.0), (80.0, 30.0), (130.0, 90.0), (180.0, 110.0), (220.0, 60.0)]


def pixels(document: Document) -> Pixels:
    return view(render(document, document.bounds)).copy()


def look(canvas: CanvasView, zoom: float, rotation: float, mirrored: bool) -> None:
    canvas.zoom_to(zoom)
    canvas.rotate_by(rotation)
    if mirrored:
        canvas.mirror()


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("rotation", [0, 30])
@pytest.mark.parametrize("zoom", [0.1, 1, 8])
def test_a_stroke_is_the_same_through_every_view(
    canvas: CanvasView, hand: Hand, editor: Editor, zoom: float, rotation: float, mirrored: bool
) -> None:
    hand.drag(*CURVE)
    expected = pixels(editor.document)
    editor.document.history.undo()
    look(canvas, zoom, rotation, mirrored)
    hand.drag(*CURVE)
    assert expected[60, 40].tolist() == [0, 0, 255, 255]
    assert np.array_equal(pixels(editor.document), expected)


def test_undo_gives_every_byte_back(hand: Hand, editor: Editor) -> None:
    hand.drag(*CURVE)
    first = pixels(editor.document)
    editor.foreground = QColor(0, 90, 200, 120)
    hand.drag((20, 20), (200, 150), (280, 40))
    assert (pixels(editor.document) != first).any()
    editor.document.history.undo()
    assert (pixels(editor.document) == first).all()
    editor.document.history.undo()
    assert (pixels(editor.document) == 255).all()
    assert not editor.document.history.can_undo


def test_a_single_click_is_a_dab(hand: Hand, editor: Editor) -> None:
    hand.click((100, 100))
    assert color_at(editor.document, 100, 100) == RED
    assert color_at(editor.document, 115, 100) == WHITE


def test_the_selection_limits_the_paint(hand: Hand, editor: Editor) -> None:
    editor.document.run(EditSelection(masks.rectangle(Bounds(100, 0, 50, 200))))
    hand.drag((50, 80), (120, 80), (250, 80))
    inside = pixels(editor.document)[80]
    assert (inside[100:150] == [0, 0, 255, 255]).all()
    assert (inside[:100] == 255).all()
    assert (inside[150:] == 255).all()


def test_shift_draws_a_straight_line_from_the_last_point(hand: Hand, editor: Editor) -> None:
    hand.click((30, 30))
    hand.click((200, 150), keys=Keys.ShiftModifier)
    for share in (0.2, 0.5, 0.8):
        assert color_at(editor.document, round(30 + 170 * share), round(30 + 120 * share)) == RED
    editor.document.history.undo()
    assert color_at(editor.document, 30, 30) == RED
    assert color_at(editor.document, 115, 90) == WHITE


def test_the_first_shift_click_in_a_document_has_no_line(hand: Hand, editor: Editor) -> None:
    hand.click((30, 30))
    editor.set_document(Document.new(Extent(300, 200)))
    hand.click((200, 150), keys=Keys.ShiftModifier)
    assert color_at(editor.document, 200, 150) == RED
    assert color_at(editor.document, 115, 90) == WHITE


def test_alt_picks_a_colour_and_paints_nothing(hand: Hand, editor: Editor, toolbox: Toolbox) -> None:
    hand.click((50, 50))
    editor.foreground = QColor("blue")
    hand.click((50, 50), keys=Keys.AltModifier)
    assert editor.foreground == RED
    hand.click((150, 50), keys=Keys.ControlModifier)
    assert editor.foreground == WHITE
    assert toolbox.active.id == "brush"
    editor.document.history.undo()
    assert not editor.document.history.can_undo


def test_the_eraser_takes_paint_away_with_its_own_size(hand: Hand, editor: Editor, toolbox: Toolbox) -> None:
    hand.drag((40, 60), (200, 60))
    toolbox.set_active("eraser")
    editor.set_brush("eraser", size=6, hardness=1)
    hand.drag((100, 60), (150, 60))
    assert color_at(editor.document, 125, 60) == WHITE
    assert color_at(editor.document, 125, 68) == RED


@pytest.mark.parametrize(("change", "word"), [({"locked": True}, "lock"), ({"visible": False}, "hidden")])
def test_a_layer_that_cannot_be_painted_says_why(
    hand: Hand, editor: Editor, sentences: list[str], change: dict[str, bool], word: str
) -> None:
    layer_id = editor.document.active_id
    assert layer_id is not None
    editor.document.run(SetLayer(layer_id, **change))
    before = pixels(editor.document)
    hand.drag(*CURVE)
    assert len(sentences) == 1
    assert word in sentences[0]
    assert (pixels(editor.document) == before).all()


@pytest.mark.parametrize("tool_id", ["brush", "eraser", "fill"])
def test_a_group_cannot_be_painted_and_says_so(
    hand: Hand, editor: Editor, toolbox: Toolbox, sentences: list[str], tool_id: str
) -> None:
    group = GroupLayer(name="Trees")
    editor.document.run(AddLayer(group))
    editor.document.set_active(group.id)
    toolbox.set_active(tool_id)
    hand.drag(*CURVE)
    assert len(sentences) == 1
    assert "Trees" in sentences[0]
    editor.document.history.undo()
    assert not editor.document.history.can_undo


def test_the_mask_brush_paints_the_selection_and_not_the_picture(hand: Hand, editor: Editor, toolbox: Toolbox) -> None:
    toolbox.set_active("mask")
    editor.set_brush("mask", size=30, hardness=1)
    editor.mask_value = 128
    hand.drag((50, 50), (150, 50))
    selection = editor.document.selection
    assert selection.read(Bounds(100, 50, 1, 1))[0, 0] == 128
    assert selection.read(Bounds(100, 80, 1, 1))[0, 0] == 0
    assert (pixels(editor.document) == 255).all()
    editor.document.history.undo()
    assert selection.is_empty


def test_the_mask_brush_takes_away_with_alt_or_x(
    canvas: CanvasView, hand: Hand, editor: Editor, toolbox: Toolbox
) -> None:
    toolbox.set_active("mask")
    editor.set_brush("mask", size=30, hardness=1)
    hand.drag((50, 50), (250, 50))
    hand.click((100, 50), keys=Keys.AltModifier)
    hand.key(Qt.Key.Key_X)
    assert editor.settings.mask_erases
    hand.click((200, 50))
    there = editor.document.selection.read(Bounds(0, 50, 300, 1))[0]
    assert there[[60, 100, 150, 200, 240]].tolist() == [255, 0, 255, 0, 255]
    hand.key(Qt.Key.Key_X)
    assert not editor.settings.mask_erases


def test_x_belongs_to_the_mask_brush_only_while_it_is_in_the_hand(
    canvas: CanvasView, hand: Hand, toolbox: Toolbox, qtbot: QtBot
) -> None:
    fired: list[str] = []
    swap = QAction("Swap colours", canvas)
    swap.setShortcut("X")
    swap.triggered.connect(lambda: fired.append(toolbox.active.id))
    canvas.addAction(swap)
    canvas.activateWindow()
    canvas.setFocus()
    qtbot.waitUntil(canvas.hasFocus)
    for tool_id in ("brush", "mask", "eraser"):
        toolbox.set_active(tool_id)
        hand.key(Qt.Key.Key_X)
    assert fired == ["brush", "eraser"]
