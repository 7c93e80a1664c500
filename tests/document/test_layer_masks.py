from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor

from sdstudio.document.composite import Projection, render
from sdstudio.document.document import Document
from sdstudio.document.edits import EditSelection
from sdstudio.document.layer_masks import (
    add_mask,
    apply_mask,
    invert_mask,
    mask_from_selection,
    remove_mask,
    select_mask,
)
from sdstudio.document.layers import AdjustmentLayer, GroupLayer
from sdstudio.document.mask_stroke import LayerMaskStroke, grey_of, mask_area, painted_mask
from sdstudio.document.properties import SetLayer
from sdstudio.document.structure import AddLayer
from sdstudio.errors import StudioError
from sdstudio.raster.dabs import Brush
from sdstudio.raster.geometry import Bounds, Point
from sdstudio.raster.masks import rectangle
from sdstudio.raster.wand import Likeness
from tests.helpers.drawing import blank_document, draw, fingerprint, pick, samples

AREA = Bounds(20, 20, 60, 50)


@pytest.fixture
def document() -> Document:
    """White below, and a red layer with a wide stroke."""
    document = blank_document()
    draw(document, (30, 30), (370, 270), brush=Brush(size=120, hardness=1.0))
    return document


def active_id(document: Document) -> str:
    assert document.active_id is not None
    return document.active_id


def hide(document: Document, *places: tuple[float, float], value: int = 0) -> None:
    stroke = LayerMaskStroke(document, active_id(document), Brush(size=30, hardness=1.0), value)
    for sample in samples(*places):
        stroke.add(sample)
    stroke.commit()


def seen(document: Document, x: float, y: float) -> str:
    return pick(document, Point(x, y)).name()


def test_a_white_mask_changes_nothing_and_a_black_one_hides_everything(document: Document):
    before = render(document, document.bounds)
    document.run(add_mask(document, active_id(document), "white"))
    assert render(document, document.bounds) == before
    document.history.undo()
    document.run(add_mask(document, active_id(document), "black"))
    assert seen(document, 40, 40) == "#ffffff"


def test_a_mask_from_the_selection_shows_what_is_selected(document: Document):
    with pytest.raises(StudioError, match="Nothing is selected"):
        add_mask(document, active_id(document), "selection")
    document.run(EditSelection(rectangle(AREA)))
    document.run(add_mask(document, active_id(document), "selection"))
    assert [seen(document, 40, 40), seen(document, 200, 150)] == ["#ff0000", "#ffffff"]


def test_a_stroke_on_the_mask_hides_and_shows_again(document: Document):
    document.run(add_mask(document, active_id(document)))
    start = fingerprint(document)
    projection = Projection(document)
    projection.image(document.bounds)
    hide(document, (40, 40), (60, 40))
    assert seen(document, 50, 40) == "#ffffff"
    assert projection.image(document.bounds) == render(document, document.bounds)
    hidden = fingerprint(document)
    hide(document, (50, 40), value=255)
    assert seen(document, 50, 40) == "#ff0000"
    document.history.undo()
    assert fingerprint(document) == hidden
    document.history.undo()
    assert fingerprint(document) == start
    document.history.redo()
    assert fingerprint(document) == hidden


def test_a_grey_stroke_shows_half(document: Document):
    document.run(add_mask(document, active_id(document)))
    hide(document, (50, 50), value=128)
    assert pick(document, Point(50, 50)).green() == pytest.approx(127, abs=1)


def test_a_stroke_on_the_mask_stays_inside_the_selection_and_can_be_cancelled(document: Document):
    document.run(add_mask(document, active_id(document)))
    document.run(EditSelection(rectangle(AREA)))
    hide(document, (20, 45), (120, 45))
    assert [seen(document, 70, 45), seen(document, 95, 70)] == ["#ffffff", "#ff0000"]
    before = fingerprint(document)
    stroke = LayerMaskStroke(document, active_id(document), Brush(size=90), 255)
    stroke.add(samples((50, 50))[0])
    stroke.cancel()
    assert fingerprint(document) == before


def fill(document: Document, at: Point, value: int, *, sample_merged: bool = True) -> None:
    """As the bucket does."""
    area = mask_area(document, active_id(document), at, Likeness(), sample_merged)
    document.run(painted_mask(document, active_id(document), area, value, "Fill mask"))


def test_filling_a_mask_finds_the_area_in_the_mask_or_in_the_picture(document: Document):
    document.run(add_mask(document, active_id(document), "black"))
    hide(document, (60, 60), value=255)
    fill(document, Point(60, 60), 100, sample_merged=False)
    layer = document.active
    assert layer is not None
    assert layer.mask is not None
    filled = layer.mask.read(document.bounds) == 100
    assert np.count_nonzero(filled) == pytest.approx(np.pi * 15**2, rel=0.15)  # without the smooth edge
    before = fingerprint(document)
    fill(document, Point(5, 290), 255)
    assert seen(document, 60, 70) != "#ffffff"
    document.history.undo()
    assert fingerprint(document) == before


def test_applying_a_mask_looks_the_same_and_leaves_no_mask(document: Document):
    document.run(add_mask(document, active_id(document)))
    hide(document, (40, 40), (200, 150), value=90)
    before, looks = fingerprint(document), render(document, document.bounds)
    document.run(apply_mask(document, active_id(document)))
    assert document.active is not None
    assert document.active.mask is None
    assert render(document, document.bounds) == looks
    document.history.undo()
    assert fingerprint(document) == before


def test_masks_turn_into_selections_and_back(document: Document):
    document.run(EditSelection(rectangle(AREA)))
    document.run(mask_from_selection(document, active_id(document)))
    document.run(EditSelection(rectangle(Bounds(0, 0, 5, 5))))
    document.run(select_mask(document, active_id(document)))
    assert document.selection.content_bounds() == AREA
    document.run(invert_mask(document, active_id(document)))
    document.run(select_mask(document, active_id(document)))
    inverted = document.selection.read(document.bounds)
    assert inverted.sum() == 255 * (400 * 300 - AREA.extent.area)
    assert not document.selection.read(AREA).any()


def test_removing_a_mask_and_undoing_it_brings_back_what_was_painted(document: Document):
    document.run(add_mask(document, active_id(document)))
    hide(document, (40, 40))
    before = fingerprint(document)
    document.run(remove_mask(document, active_id(document)))
    assert seen(document, 40, 40) == "#ff0000"
    document.history.undo()
    assert fingerprint(document) == before
    document.history.undo()
    document.history.undo()
    document.history.redo()
    document.history.redo()
    assert fingerprint(document) == before


def test_what_cannot_be_done_is_refused_with_a_sentence(document: Document):
    layer_id = active_id(document)
    for command in (remove_mask, apply_mask, invert_mask, select_mask):
        with pytest.raises(StudioError, match="has no mask"):
            command(document, layer_id)
    with pytest.raises(StudioError, match="has no mask"):
        LayerMaskStroke(document, layer_id, Brush(), 0)
    document.run(add_mask(document, layer_id))
    with pytest.raises(StudioError, match="has a mask already"):
        add_mask(document, layer_id)
    document.run(SetLayer(layer_id, locked=True))
    with pytest.raises(StudioError, match="is locked"):
        LayerMaskStroke(document, layer_id, Brush(), 0)
    for layer in (GroupLayer(), AdjustmentLayer()):
        document.run(AddLayer(layer))
        document.run(add_mask(document, layer.id))
        with pytest.raises(StudioError, match="no pixels of its own"):
            apply_mask(document, layer.id)


def test_the_mask_stays_the_target_only_while_its_layer_is_active(document: Document):
    told: list[bool] = []
    layer_id = active_id(document)
    document.run(add_mask(document, layer_id))
    document.active_changed.connect(lambda: told.append(document.paints_mask))
    document.set_paints_mask(True)
    document.set_active(document.root.children[0].id)
    document.set_active(layer_id)
    assert told == [True, False, False]
    document.set_paints_mask(True)
    document.run(remove_mask(document, layer_id))
    assert not document.paints_mask


def test_a_colour_shows_as_much_as_it_is_light():
    assert [grey_of(QColor(name)) for name in ("white", "black", "#808080", "red")] == [255, 0, 128, 76]
