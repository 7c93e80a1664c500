from __future__ import annotations

import pytest
from PySide6.QtGui import QColor

from sdstudio.document.fill import Bucket, fill
from sdstudio.raster.dabs import Brush
from sdstudio.raster.geometry import Bounds, Point
from sdstudio.raster.pixels import Pixels
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.toolbox import Toolbox
from tests.helpers.drawing import draw
from tests.helpers.hand import Hand, Keys

CANVAS = Bounds(0, 0, 300, 200)
LINE = Brush(size=8, hardness=1)


@pytest.fixture(autouse=True)
def two_rooms(editor: Editor, toolbox: Toolbox) -> None:
    """A black line down the middle of the upper layer."""
    draw(editor.document, (150, -10), (150, 210), color="black", brush=LINE)
    toolbox.set_active("wand")


def selected(editor: Editor) -> Pixels:
    return editor.document.selection.read(CANVAS)


def test_it_selects_up_to_the_line(hand: Hand, editor: Editor) -> None:
    hand.click((50, 100))
    assert (selected(editor)[:, :145] == 255).all()
    assert selected(editor)[:, 155:].max() == 0


def test_shift_adds_alt_subtracts_and_both_intersect(hand: Hand, editor: Editor) -> None:
    hand.click((50, 100))
    hand.click((250, 100), keys=Keys.ShiftModifier)
    assert selected(editor)[100, 50] == selected(editor)[100, 250] == 255
    hand.click((50, 100), keys=Keys.AltModifier)
    assert (selected(editor)[100, 50], selected(editor)[100, 250]) == (0, 255)
    hand.click((250, 100), keys=Keys.ShiftModifier | Keys.AltModifier)
    assert selected(editor)[100, 250] == 255


def test_like_colours_anywhere(hand: Hand, editor: Editor) -> None:
    editor.set_value("wand_contiguous", False)
    hand.click((50, 100))
    assert selected(editor)[100, 250] == 255
    assert selected(editor)[100, 150] == 0


@pytest.mark.parametrize(("source", "stops"), [("merged", True), ("layer", False), ("below", False)])
def test_where_it_looks(hand: Hand, editor: Editor, source: str, stops: bool) -> None:
    editor.set_value("wand_source", source)
    editor.document.set_active(editor.document.root.children[0].id)  # the line is above it
    hand.click((50, 100))
    assert selected(editor)[100, 50] == 255
    assert (selected(editor)[100, 250] == 0) == stops


def test_a_click_inside_selects_anew_instead_of_moving(hand: Hand, editor: Editor) -> None:
    hand.click((50, 100))
    layer = editor.document.root.children[1].id
    fill(editor.document, layer, Point(50, 100), Bucket(QColor("red")))
    draw(editor.document, (-10, 100), (160, 100), color="black", brush=LINE)
    hand.click((50, 50))
    assert selected(editor)[150, 50] == 0
    assert selected(editor)[50, 50] == 255


def test_beside_the_canvas_it_deselects(hand: Hand, editor: Editor) -> None:
    hand.click((50, 100))
    hand.click((-20, -20))
    assert editor.document.selection.is_empty


def test_gaps_and_growing(hand: Hand, editor: Editor) -> None:
    draw(editor.document, (150, 90), (150, 94), color="white", brush=Brush(size=10, hardness=1))
    hand.click((50, 100))
    assert selected(editor)[100, 250] == 255
    editor.set_value("wand_gap", 30)
    editor.set_value("wand_grow", 3)
    editor.document.history.undo()
    hand.click((50, 100))
    assert selected(editor)[100, 250] == 0
    assert selected(editor)[20, 148] == 255
