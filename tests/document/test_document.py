from __future__ import annotations

import pytest
from PySide6.QtGui import QColor

from sdstudio.document.commands import AddLayer, EditSelection, SetLayer
from sdstudio.document.composite import render
from sdstudio.document.document import Document
from sdstudio.document.layers import GroupLayer, PaintLayer
from sdstudio.errors import BadRequest
from sdstudio.raster.geometry import Bounds, Extent, Point
from sdstudio.raster.masks import rectangle
from tests.helpers.drawing import active_surface, blank_document, draw, fingerprint, pick


def test_a_new_document_has_a_white_background_and_an_empty_active_layer():
    document = Document.new(Extent(300, 200))
    assert [layer.name for layer in document.walk()] == ["Background", "Layer 1"]
    assert document.active is document.root.children[1]
    assert active_surface(document).is_empty
    assert pick(document, Point(299, 199)) == QColor("white")
    assert pick(document, Point(300, 199)).alpha() == 0
    assert not document.is_modified
    assert not document.history.can_undo


def test_a_new_document_may_be_transparent():
    document = Document.new(Extent(10, 10), None)
    assert render(document, document.bounds).pixelColor(5, 5).alpha() == 0


def test_the_shared_white_of_the_background_is_not_painted_elsewhere():
    document = Document.new(Extent(600, 600))
    draw(document, (100, 100), layer_id=document.root.children[0].id)
    assert pick(document, Point(100, 100)) == QColor("red")
    assert pick(document, Point(356, 100)) == QColor("white")


@pytest.mark.parametrize("extent", [Extent(1, 1), Extent(16384, 1), Extent(1, 16384), Extent(8192, 8192)])
def test_sizes_up_to_the_limits_work(extent: Extent):
    document = Document.new(extent)
    corner = Bounds(extent.width - 1, extent.height - 1, 1, 1)
    assert render(document, corner).pixelColor(0, 0) == QColor("white")


@pytest.mark.parametrize(
    ("extent", "words"),
    [
        (Extent(0, 10), "at least 1"),
        (Extent(10, -1), "at least 1"),
        (Extent(16385, 1), "at most 16384 pixels"),
        (Extent(10000, 10000), "at most 64 megapixels"),
        (Extent(10**9, 10**9), "too large"),
    ],
)
def test_impossible_sizes_are_refused_with_a_sentence(extent: Extent, words: str):
    with pytest.raises(BadRequest, match=words):
        Document.new(extent)


def test_layers_are_found_wherever_they_are():
    document = blank_document()
    group, inner = GroupLayer(name="Group"), PaintLayer(name="Inner")
    document.run(AddLayer(group))
    document.run(AddLayer(inner, parent_id=group.id))
    assert document.layer(inner.id) is inner
    assert document.parent_of(inner.id) is group
    assert document.parent_of(group.id) is document.root
    assert [layer.name for layer in document.walk()] == ["Background", "Layer 1", "Inner", "Group"]
    for ask in (document.layer, document.parent_of, document.set_active):
        with pytest.raises(KeyError):
            ask("gone")


def test_choosing_a_layer_is_told_once_and_is_no_undo_step():
    document = blank_document()
    told: list[str | None] = []
    document.active_changed.connect(lambda: told.append(document.active_id))
    bottom = document.root.children[0].id
    document.set_active(bottom)
    document.set_active(bottom)
    assert told == [bottom]
    assert not document.history.can_undo


def test_a_snapshot_stays_as_it_was_while_painting_goes_on():
    document = blank_document()
    draw(document, (50, 50), (200, 200))
    document.run(EditSelection(rectangle(Bounds(0, 0, 40, 40)), "Select"))
    before = fingerprint(document)
    snapshot = document.snapshot()
    assert fingerprint(snapshot) == before
    assert snapshot.active_id == document.active_id
    document.run(EditSelection(rectangle(Bounds(0, 0, 400, 300)), "Select all"))
    draw(document, (10, 250), (390, 20))
    document.run(SetLayer(document.active_id or "", opacity=0.3))
    document.metadata["title"] = "later"
    assert fingerprint(snapshot) == before
    assert fingerprint(document) != before
    assert not snapshot.history.can_undo


def test_changing_a_snapshot_leaves_the_document_alone():
    document = blank_document()
    before = fingerprint(document)
    told: list[str] = []
    document.pixels_changed.connect(lambda layer_id, area: told.append(layer_id))
    draw(document.snapshot(), (50, 50), (200, 200))
    assert fingerprint(document) == before
    assert told == []
