"""Tools whose places are drawn to guides, where a person wants that."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor

from sdstudio.document.guides import Guides
from sdstudio.document.layers import PaintLayer
from sdstudio.raster.geometry import Bounds
from sdstudio.raster.pixels import filled
from sdstudio.ui.canvas.aids import Aids, Snapping
from sdstudio.ui.canvas.view import CanvasView
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.toolbox import Toolbox
from tests.helpers.hand import Hand


@pytest.fixture(autouse=True)
def guides(canvas: CanvasView, editor: Editor) -> None:
    """Lines at x = 100 and y = 50; zoom 1, so that they reach 8 pixels."""
    lines = Guides(x=(100.0,), y=(50.0,))
    canvas.snap_with(lambda reach: Snapping(Aids(), lines, editor.document.extent, reach))


def test_a_selection_begins_and_ends_on_them(hand: Hand, editor: Editor, toolbox: Toolbox) -> None:
    toolbox.set_active("rectangle")
    hand.drag((97, 53), (140, 80), (150, 90))
    assert editor.document.selection.content_bounds() == Bounds(100, 50, 50, 40)
    hand.drag((30, 20), (60, 30), (105, 44))
    assert editor.document.selection.content_bounds() == Bounds(30, 20, 70, 30)


def test_a_moved_layer_meets_them_with_its_edge(hand: Hand, editor: Editor, toolbox: Toolbox) -> None:
    layer = editor.document.active
    assert isinstance(layer, PaintLayer)
    layer.surface.write(Bounds(20, 10, 30, 20), filled(30, 20, QColor("red")))
    editor.document.layers_changed.emit()
    toolbox.set_active("move")
    hand.drag((30, 15), (90, 15), (84, 60))  # by 54 and 45: its right edge would be at 104, its top at 55
    moved = editor.document.active
    assert isinstance(moved, PaintLayer)
    assert moved.surface.content_bounds() == Bounds(70, 50, 30, 20)


def test_a_brush_goes_where_the_hand_goes(hand: Hand, editor: Editor, toolbox: Toolbox) -> None:
    toolbox.set_active("brush")
    editor.set_brush("paint", size=4)
    hand.drag((97, 20), (97, 90))
    layer = editor.document.active
    assert isinstance(layer, PaintLayer)
    area = layer.surface.content_bounds()
    assert (area.x, area.right) == (95, 99)


@pytest.mark.parametrize("tool", ["shape", "gradient", "polygon", "ellipse"])
def test_tools_that_place_points_snap(toolbox: Toolbox, tool: str) -> None:
    assert toolbox.tool(tool).snaps == "always"
