from __future__ import annotations

from pathlib import Path

import pytest

from sdstudio.document.composite import render
from sdstudio.document.document import Document
from sdstudio.document.layers import AdjustmentLayer, FillLayer, GroupLayer, Layer, PaintLayer
from sdstudio.document.properties import SetLayer
from sdstudio.document.structure import AddLayer, GroupLayers, MoveLayers, Ungroup
from sdstudio.document.tree import MAX_DEPTH, outermost
from sdstudio.errors import StudioError
from sdstudio.formats.openraster import read_document, write_document
from sdstudio.raster.adjustments import Invert
from sdstudio.raster.blend import BlendMode
from sdstudio.raster.pixels import view
from tests.helpers.drawing import blank_document, draw, fingerprint


@pytest.fixture
def document() -> Document:
    """a, b, (c, d)=G, e from the bottom; the name of a layer is its id."""
    document = blank_document()
    a, b, c, d, e = (PaintLayer(id=name, name=name) for name in "abcde")
    document.root.children = [a, b, GroupLayer(id="G", name="G", children=[c, d]), e]
    document.set_active("b")
    return document


def shape(layers: list[Layer]) -> str:
    return "".join(
        f"({shape(layer.children)}){layer.name}" if isinstance(layer, GroupLayer) else layer.name for layer in layers
    )


def undo_and_redo_are_exact(document: Document, before: str) -> None:
    after = fingerprint(document)
    document.history.undo()
    assert fingerprint(document) == before
    document.history.redo()
    assert fingerprint(document) == after


@pytest.mark.parametrize(
    ("chosen", "parent", "index", "result"),
    [
        (["a", "e"], "G", 1, "b(caed)G"),
        (["c", "e"], None, 0, "ceab(d)G"),
        (["a", "b"], None, 9, "(cd)Geab"),
        (["G", "c"], None, 0, "(cd)Gabe"),
        (["d"], None, 2, "abd(c)Ge"),
    ],
)
def test_layers_move_together_in_their_order(
    document: Document, chosen: list[str], parent: str | None, index: int, result: str
):
    before = fingerprint(document)
    document.run(MoveLayers(chosen, parent, index))
    assert shape(document.root.children) == result
    undo_and_redo_are_exact(document, before)


def test_a_group_is_not_moved_into_itself(document: Document):
    with pytest.raises(StudioError, match="into itself"):
        document.run(MoveLayers(["a", "G"], "G", 0))
    assert shape(document.root.children) == "ab(cd)Ge"


@pytest.mark.parametrize(
    ("chosen", "result"),
    [
        (["b"], "a(b)new(cd)Ge"),
        (["a", "e"], "b(cd)G(ae)new"),
        (["a", "c"], "b((ac)newd)Ge"),
        (["G", "d"], "ab((cd)G)newe"),
    ],
)
def test_chosen_layers_become_a_group_where_the_topmost_was(document: Document, chosen: list[str], result: str):
    before = fingerprint(document)
    document.run(GroupLayers(chosen, "new"))
    assert shape(document.root.children) == result
    assert document.active is not None
    assert document.active.name == "new"
    undo_and_redo_are_exact(document, before)


def test_ungrouping_leaves_the_layers_in_the_groups_place(document: Document):
    before = fingerprint(document)
    document.set_active("G")
    document.run(Ungroup("G"))
    assert shape(document.root.children) == "abcde"
    assert document.active_id == "d"
    undo_and_redo_are_exact(document, before)
    with pytest.raises(StudioError, match="no group"):
        document.run(Ungroup("a"))


def test_a_locked_layer_is_not_grouped_or_ungrouped(document: Document):
    document.run(SetLayer("c", locked=True))
    with pytest.raises(StudioError, match="locked"):
        document.run(GroupLayers(["a", "c"], "new"))
    with pytest.raises(StudioError, match="locked"):
        document.run(Ungroup("G"))
    assert shape(document.root.children) == "ab(cd)Ge"


def test_layers_inside_a_chosen_group_are_not_counted_twice(document: Document):
    assert [layer.id for layer in outermost(document, ["d", "G", "e", "a"])] == ["a", "G", "e"]


def test_chosen_layers_always_include_the_active_one(document: Document):
    document.choose(["a", "c"], "e")
    assert [layer.id for layer in document.chosen] == ["a", "c", "e"]
    document.set_active("a")
    assert [layer.id for layer in document.chosen] == ["a"]
    with pytest.raises(KeyError):
        document.choose(["nothing"], "a")


def test_properties_are_set_on_several_layers_as_one_step(document: Document):
    before = fingerprint(document)
    document.run(SetLayer(["a", "c"], visible=False))
    assert [layer.visible for layer in document.walk()] == [False, True, False, True, True, True]
    undo_and_redo_are_exact(document, before)


def test_one_gesture_is_one_step_however_long_it_lasts(document: Document, monkeypatch: pytest.MonkeyPatch):
    now_s = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now_s)
    before, gesture = fingerprint(document), object()
    for opacity in (0.9, 0.5, 0.2):
        now_s += 5
        document.run(SetLayer("a", gesture=gesture, opacity=opacity))
    undo_and_redo_are_exact(document, before)
    document.run(SetLayer("a", gesture=object(), opacity=0.8))
    document.history.undo()
    assert document.layer("a").opacity == 0.2


def test_groups_are_nested_only_as_deep_as_files_can_hold_them(document: Document):
    for _ in range(MAX_DEPTH):
        document.run(GroupLayers(["a"], "deeper"))
    before = fingerprint(document)
    for command in (
        GroupLayers(["a"], "too deep"),
        AddLayer(GroupLayer(), document.parent_of("a").id, 0),
        MoveLayers(["G"], document.parent_of("a").id, 0),
    ):
        with pytest.raises(StudioError, match="at most 32 deep"):
            document.run(command)
    assert fingerprint(document) == before
    document.run(AddLayer(PaintLayer(), document.parent_of("a").id, 0))


def test_the_deepest_document_can_be_saved_and_opened(document: Document, tmp_path: Path):
    for _ in range(MAX_DEPTH):
        document.run(GroupLayers(["a"], "deeper"))
    write_document(tmp_path / "deep.ora", document)
    assert fingerprint(read_document(tmp_path / "deep.ora")) == fingerprint(document)


def test_grouping_what_works_on_the_layers_below_keeps_the_picture():
    document = blank_document()
    draw(document, (20, 20), (200, 100))
    for layer in (AdjustmentLayer(adjustment=Invert()), FillLayer(mode=BlendMode.MULTIPLY, opacity=0.5)):
        document.run(AddLayer(layer))
        before = view(render(document, document.bounds)).copy()
        document.run(GroupLayers([layer.id], "new"))
        assert (view(render(document, document.bounds)) == before).all()
        document.run(GroupLayers([document.active_id or ""], "around it"))
        assert (view(render(document, document.bounds)) == before).all()
    document.run(AddLayer(PaintLayer()))
    document.run(GroupLayers([document.active_id or ""], "plain"))
    group = document.active
    assert isinstance(group, GroupLayer)
    assert group.isolated, "faster, and what a person expects of opacity"
