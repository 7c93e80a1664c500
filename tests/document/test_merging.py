from __future__ import annotations

import pytest
from PySide6.QtGui import QColor

from sdstudio.document.composite import render
from sdstudio.document.document import Document
from sdstudio.document.edits import EditSelection
from sdstudio.document.extraction import layer_from_selection
from sdstudio.document.layers import AdjustmentLayer, FillLayer, GroupLayer, PaintLayer
from sdstudio.document.merging import Flatten, MergeDown, MergeLayers, MergeVisible, layer_from_visible
from sdstudio.document.properties import SetLayer
from sdstudio.errors import StudioError
from sdstudio.raster.adjustments import Blur, Invert
from sdstudio.raster.blend import BlendMode
from sdstudio.raster.fills import SolidFill
from sdstudio.raster.geometry import Bounds
from sdstudio.raster.masks import rectangle
from tests.document.test_composite import block
from tests.helpers.drawing import blank_document, fingerprint

LEFT, MIDDLE = Bounds(0, 0, 200, 280), Bounds(100, 30, 150, 200)


@pytest.fixture
def document() -> Document:
    """One of everything, in the order that makes each of them matter."""
    document = blank_document()
    document.root.children += [
        block("red", LEFT, name="Red"),
        block("blue", MIDDLE, name="Blue", clipped=True, opacity=0.5),
        GroupLayer(name="Group", children=[block("lime", MIDDLE, mask=rectangle(LEFT))], mode=BlendMode.MULTIPLY),
        AdjustmentLayer(name="Blur", adjustment=Blur(radius=4.0)),
        FillLayer(name="Fill", fill=SolidFill.of(QColor(200, 180, 0, 90)), mask=rectangle(MIDDLE)),
        AdjustmentLayer(name="Invert", adjustment=Invert(), opacity=0.7),
        block("pink", Bounds(300, 200, 60, 60), name="Hidden", visible=False),
    ]
    document.set_active(document.root.children[-2].id)
    return document


def names(document: Document) -> list[str]:
    return [layer.name for layer in document.root.children]


def undo_and_redo_are_exact(document: Document, before: str) -> None:
    after = fingerprint(document)
    document.history.undo()
    assert fingerprint(document) == before
    document.history.redo()
    assert fingerprint(document) == after


@pytest.mark.parametrize(("command", "left"), [(MergeVisible, ["Background", "Hidden"]), (Flatten, ["Background"])])
def test_merging_all_looks_the_same(document: Document, command: type[MergeVisible], left: list[str]):
    before, looks = fingerprint(document), render(document, document.bounds)
    document.run(command())
    assert names(document) == left
    assert render(document, document.bounds) == looks
    undo_and_redo_are_exact(document, before)


@pytest.mark.parametrize("command", [MergeVisible, Flatten])
def test_merging_that_was_got_ready_on_a_snapshot_is_the_same(document: Document, command: type[MergeVisible]):
    plain, ready, shares = command(), command(), []
    ready.get_ready(document.snapshot(), shares.append, back=False)
    assert shares == sorted(shares)
    assert ready.work_px(document) == 0
    assert plain.work_px(document) > 0
    before, looks = fingerprint(document), render(document, document.bounds)
    document.run(ready)
    assert render(document, document.bounds) == looks
    undo_and_redo_are_exact(document, before)


def test_a_layer_from_what_is_seen_lies_on_top_and_looks_the_same(document: Document):
    before, looks = fingerprint(document), render(document, document.bounds)
    document.run(layer_from_visible(document, "Seen"))
    assert names(document)[-1] == "Seen"
    assert render(document, document.bounds) == looks
    undo_and_redo_are_exact(document, before)


def test_merging_several_keeps_the_lowest_name_and_the_place_of_the_topmost(document: Document):
    before, looks = fingerprint(document), render(document, document.bounds)
    chosen = [layer.id for layer in document.root.children if layer.name in ("Red", "Blue", "Background", "Layer 1")]
    document.run(MergeLayers(chosen))
    assert names(document)[0] == "Background"
    assert len(names(document)) == 6
    assert render(document, document.bounds) == looks
    undo_and_redo_are_exact(document, before)


def test_an_adjustment_and_a_fill_merge_down_into_pixels():
    for upper in (AdjustmentLayer(adjustment=Invert()), FillLayer(mask=rectangle(MIDDLE))):
        document = blank_document()
        document.root.children.append(block("red", LEFT, name="Red"))
        document.root.children.append(upper)
        del document.root.children[:2]
        looks = render(document, document.bounds)
        document.run(MergeDown(upper.id))
        assert isinstance(document.root.children[0], PaintLayer)
        assert render(document, document.bounds) == looks


def test_two_layers_clipped_to_one_base_merge_side_by_side():
    document = blank_document()
    document.root.children += [
        block("white", LEFT),
        block("red", Bounds(10, 10, 50, 50), clipped=True),
        block("blue", Bounds(100, 10, 300, 50), clipped=True),
    ]
    looks = render(document, document.bounds)
    document.run(MergeDown(document.root.children[-1].id))
    assert render(document, document.bounds) == looks


def test_nothing_is_merged_into_an_adjustment_or_with_what_is_hidden_or_locked(document: Document):
    top = document.root.children[-1]
    with pytest.raises(StudioError, match="is hidden"):
        document.run(MergeDown(top.id))
    document.run(SetLayer(top.id, visible=True))
    with pytest.raises(StudioError, match="has no pixels"):
        document.run(MergeDown(top.id))
    document.run(SetLayer(document.root.children[1].id, locked=True))
    for command in (MergeVisible(), Flatten(), MergeLayers([top.id, document.root.children[1].id])):
        with pytest.raises(StudioError, match="is locked"):
            document.run(command)
    with pytest.raises(StudioError, match="at least two"):
        document.run(MergeLayers([top.id]))


@pytest.mark.parametrize("cut", [False, True])
def test_what_is_selected_becomes_a_layer(cut: bool):
    document = blank_document()
    red = block("red", LEFT, name="Red", opacity=0.5)
    document.root.children.append(red)
    document.set_active(red.id)
    document.run(EditSelection(rectangle(MIDDLE)))
    before = fingerprint(document)
    document.run(layer_from_selection(document, red.id, "Piece", cut=cut))
    piece = document.active
    assert isinstance(piece, PaintLayer)
    assert (piece.name, piece.opacity) == ("Piece", 0.5)
    assert piece.surface.content_bounds() == MIDDLE.intersected(LEFT)
    assert red.surface.read(MIDDLE.intersected(LEFT)).pixelColor(5, 5).alpha() == (0 if cut else 255)
    undo_and_redo_are_exact(document, before)


def test_a_layer_of_nothing_is_refused():
    document = blank_document()
    with pytest.raises(StudioError, match="Nothing is selected"):
        layer_from_selection(document, document.active_id, "Piece", cut=True)
    document.run(EditSelection(rectangle(MIDDLE)))
    with pytest.raises(StudioError, match="holds nothing"):
        layer_from_selection(document, document.active_id, "Piece", cut=True)
