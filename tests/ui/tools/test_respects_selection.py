"""Whatever paints, paints inside the selection and nowhere else; without a selection it paints everywhere."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from sdstudio.document.commands import EditSelection, SetLayer, cleared
from sdstudio.document.composite import render
from sdstudio.document.layers import PaintLayer
from sdstudio.raster.geometry import Bounds
from sdstudio.raster.masks import rectangle
from sdstudio.raster.pixels import Pixels, view
from sdstudio.raster.tiles import Mask
from sdstudio.ui.canvas.text_entry import TextEntry
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.toolbox import Toolbox
from tests.helpers.drawing import draw
from tests.helpers.hand import Hand, Keys

CANVAS = Bounds(0, 0, 300, 200)
INSIDE = Bounds(90, 60, 120, 80)
ACROSS = [(20.0, 100.0), (150.0, 100.0), (280.0, 100.0)]


def pixels(editor: Editor) -> Pixels:
    return view(render(editor.document, CANVAS)).astype(int)


def stroke(hand: Hand, editor: Editor) -> None:
    hand.drag(*ACROSS)


def clone(hand: Hand, editor: Editor) -> None:
    hand.click((10, 30), keys=Keys.AltModifier)
    hand.drag(*ACROSS)


def click(hand: Hand, editor: Editor) -> None:
    hand.click((150, 180))


def corner_to_corner(hand: Hand, editor: Editor) -> None:
    hand.drag((20, 20), (150, 100), (280, 180))


def outline(hand: Hand, editor: Editor) -> None:
    for corner in ((20, 20), (280, 20), (280, 180), (20, 180)):
        hand.click(corner)
    hand.key(Qt.Key.Key_Return)


def words(hand: Hand, editor: Editor) -> None:
    hand.click((20, 60))
    entry = hand.canvas.findChild(TextEntry)
    assert entry is not None
    QTest.keyClicks(entry, "MMMMMM")
    QTest.keyClick(entry, Qt.Key.Key_Escape)


WORK: dict[str, Callable[[Hand, Editor], None]] = {
    "brush": stroke,
    "eraser": stroke,
    "smudge": stroke,
    "blur": stroke,
    "clone": clone,
    "fill": click,
    "gradient": stroke,
    "shape": corner_to_corner,
    "path": outline,
    "text": words,
}
LAYING = ["brush", "eraser", "fill", "gradient", "shape", "path"]  # what they lay on is a share of what was there
ON_MASKS = [tool for tool in WORK if tool != "text"]  # a text is a layer of its own


@pytest.fixture
def work(hand: Hand, editor: Editor, toolbox: Toolbox) -> Callable[[str], tuple[Pixels, Pixels]]:
    """Does with a tool what it is for, on a layer full of stripes; the picture before and after."""
    for number in range(15):
        color = "blue" if number % 2 else "orange"
        draw(editor.document, (number * 20, -20), (number * 20, 220), color=color)
    editor.set_value("text_size", 60.0)
    for kind in ("paint", "eraser", "smudge", "blur", "clone"):
        editor.set_brush(kind, size=60)
    editor.foreground = QColor("red")
    editor.set_setting(fill_contiguous=False, fill_tolerance=255)

    def do(tool: str) -> tuple[Pixels, Pixels]:
        toolbox.set_active(tool)
        before = pixels(editor)
        WORK[tool](hand, editor)
        QApplication.processEvents()
        return before, pixels(editor)

    return do


def changed(before: Pixels, after: Pixels) -> np.ndarray:
    return (before != after).any(axis=2)


@pytest.mark.parametrize("tool", list(WORK))
def test_a_tool_paints_inside_the_selection_only(
    work: Callable[[str], tuple[Pixels, Pixels]], editor: Editor, tool: str
) -> None:
    editor.document.run(EditSelection(rectangle(INSIDE)))
    touched = changed(*work(tool))
    rows, columns = np.nonzero(touched)
    assert rows.size > 0
    assert INSIDE.contains(
        Bounds.from_edges(int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1)
    )


@pytest.mark.parametrize("tool", list(WORK))
def test_no_selection_means_everything(work: Callable[[str], tuple[Pixels, Pixels]], editor: Editor, tool: str) -> None:
    columns = np.flatnonzero(changed(*work(tool)).any(axis=0))
    assert columns.min() < INSIDE.x
    assert columns.max() > INSIDE.right


@pytest.mark.parametrize("tool", LAYING)
def test_half_selected_is_half_painted(work: Callable[[str], tuple[Pixels, Pixels]], editor: Editor, tool: str) -> None:
    before, full = work(tool)
    editor.document.history.undo()
    half = Mask()
    half.write(CANVAS, np.full((200, 300), 128, np.uint8))
    editor.document.run(EditSelection(half))
    _, soft = work(tool)
    at = (slice(95, 105), slice(140, 160))
    assert np.abs((soft[at] - before[at]) - (full[at] - before[at]) * (128 / 255)).max() <= 3


@pytest.mark.parametrize("tool", ON_MASKS)
def test_a_layers_mask_is_painted_inside_the_selection_only(
    work: Callable[[str], tuple[Pixels, Pixels]], editor: Editor, tool: str
) -> None:
    document, layer = editor.document, editor.document.active
    assert isinstance(layer, PaintLayer)
    stripes = np.broadcast_to(np.where(np.arange(300) // 20 % 2 == 0, 255, 0).astype(np.uint8), (200, 300))
    mask = Mask(outside=255)
    mask.write(CANVAS, np.ascontiguousarray(stripes))
    document.run(SetLayer(layer.id, mask=mask))
    document.set_paints_mask(True)
    document.run(EditSelection(rectangle(INSIDE)))
    picture = layer.surface.snapshot()
    work(tool)
    assert layer.mask is not None
    painted = layer.mask.read(CANVAS)
    inside = (slice(INSIDE.y, INSIDE.bottom), slice(INSIDE.x, INSIDE.right))
    assert (painted[inside] != stripes[inside]).any()
    painted[inside] = stripes[inside]
    assert (painted == stripes).all()
    assert all(layer.surface.tile(key) == picture.tile(key) for key in picture), "the layer's picture stays as it is"
    document.history.undo()
    assert (layer.mask.read(CANVAS) == stripes).all()


def test_clearing_empties_the_selection_only(work: object, editor: Editor) -> None:
    before = pixels(editor)
    editor.document.run(EditSelection(rectangle(INSIDE)))
    editor.document.run(cleared(editor.document, editor.document.active_id or ""))
    after = pixels(editor)
    area = (slice(INSIDE.y, INSIDE.bottom), slice(INSIDE.x, INSIDE.right))
    assert (after[area] == 255).all()
    after[area] = before[area]
    assert (after == before).all()
