"""Whatever paints, paints inside the selection and nowhere else; without a selection it paints everywhere."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from sdstudio.document.commands import ClearPixels, EditSelection
from sdstudio.document.composite import render
from sdstudio.document.layer_masks import add_mask
from sdstudio.raster.geometry import Bounds
from sdstudio.raster.masks import rectangle
from sdstudio.raster.pixels import Pixels, view
from sdstudio.raster.tiles import Mask
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


WORK: dict[str, Callable[[Hand, Editor], None]] = {
    "brush": stroke,
    "eraser": stroke,
    "smudge": stroke,
    "blur": stroke,
    "clone": clone,
    "fill": click,
    "gradient": stroke,
}


@pytest.fixture
def work(hand: Hand, editor: Editor, toolbox: Toolbox) -> Callable[[str], tuple[Pixels, Pixels]]:
    """Does with a tool what it is for, on a layer full of stripes; the picture before and after."""
    for number in range(15):
        color = "blue" if number % 2 else "orange"
        draw(editor.document, (number * 20, -20), (number * 20, 220), color=color)
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


@pytest.mark.parametrize("tool", ["brush", "eraser", "fill", "gradient"])
def test_half_selected_is_half_painted(work: Callable[[str], tuple[Pixels, Pixels]], editor: Editor, tool: str) -> None:
    before, full = work(tool)
    editor.document.history.undo()
    half = Mask()
    half.write(CANVAS, np.full((200, 300), 128, np.uint8))
    editor.document.run(EditSelection(half))
    _, soft = work(tool)
    at = (slice(95, 105), slice(140, 160))
    assert np.abs((soft[at] - before[at]) - (full[at] - before[at]) * (128 / 255)).max() <= 3


@pytest.mark.parametrize("tool", ["brush", "eraser", "fill", "gradient"])
def test_a_layers_mask_is_painted_inside_the_selection_only(
    work: Callable[[str], tuple[Pixels, Pixels]], editor: Editor, tool: str
) -> None:
    document = editor.document
    document.run(add_mask(document, document.active_id or ""))
    document.set_paints_mask(True)
    document.run(EditSelection(rectangle(INSIDE)))
    work(tool)
    layer = document.active
    assert layer is not None
    assert layer.mask is not None
    mask = layer.mask.read(CANVAS)
    assert mask.min() < 255
    mask[INSIDE.y : INSIDE.bottom, INSIDE.x : INSIDE.right] = 255
    assert (mask == 255).all()


def test_clearing_empties_the_selection_only(work: object, editor: Editor) -> None:
    before = pixels(editor)
    editor.document.run(EditSelection(rectangle(INSIDE)))
    editor.document.run(ClearPixels(editor.document.active_id or ""))
    after = pixels(editor)
    area = (slice(INSIDE.y, INSIDE.bottom), slice(INSIDE.x, INSIDE.right))
    assert (after[area] == 255).all()
    after[area] = before[area]
    assert (after == before).all()
