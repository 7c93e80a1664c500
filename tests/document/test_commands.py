from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor

from sdstudio.document.commands import (
    AddLayer,
    DuplicateLayer,
    EditSelection,
    MergeDown,
    MoveLayer,
    RemoveLayer,
    ResizeCanvas,
    SetLayer,
    TranslateLayer,
    cleared,
)
from sdstudio.document.composite import render
from sdstudio.document.document import Document
from sdstudio.document.layers import GroupLayer, PaintLayer
from sdstudio.errors import BadRequest, StudioError
from sdstudio.raster.blend import BlendMode
from sdstudio.raster.dabs import Brush
from sdstudio.raster.geometry import Bounds, Extent
from sdstudio.raster.masks import rectangle
from sdstudio.raster.pixels import view
from sdstudio.raster.tiles import Mask
from tests.helpers.drawing import active_surface, blank_document, draw, fingerprint, run_and_check


def names(document: Document) -> list[str]:
    return [layer.name for layer in document.root.children]


def active_name(document: Document) -> str | None:
    return document.active.name if document.active else None


@pytest.fixture
def document() -> Document:
    document = blank_document()
    draw(document, (60, 60), (300, 200), brush=Brush(size=60, hardness=0.3))
    return document


@pytest.fixture
def grouped(document: Document) -> tuple[Document, GroupLayer]:
    """ "Background", "Layer 1", then a group with "Inner" painted blue."""
    group = GroupLayer(name="Group")
    document.run(AddLayer(group))
    document.run(AddLayer(PaintLayer(name="Inner"), parent_id=group.id))
    draw(document, (100, 60), (100, 250), color="blue")
    return document, group


def test_a_new_layer_goes_above_the_active_one_and_becomes_active(document: Document):
    document.set_active(document.root.children[0].id)
    run_and_check(document, AddLayer(PaintLayer(name="New")))
    assert names(document) == ["Background", "New", "Layer 1"]
    assert active_name(document) == "New"


def test_a_new_layer_goes_where_it_is_told(grouped: tuple[Document, GroupLayer]):
    document, group = grouped
    run_and_check(document, AddLayer(PaintLayer(name="Top inside"), parent_id=group.id))
    run_and_check(document, AddLayer(PaintLayer(name="Bottom"), index=0))
    assert [child.name for child in group.children] == ["Inner", "Top inside"]
    assert names(document)[0] == "Bottom"


def test_undo_of_an_added_layer_brings_the_old_active_layer_back(document: Document):
    document.run(AddLayer(PaintLayer(name="New")))
    document.history.undo()
    assert active_name(document) == "Layer 1"


def test_removing_the_active_layer_chooses_the_one_below(document: Document):
    document.run(AddLayer(PaintLayer(name="Top")))
    document.set_active(document.root.children[1].id)
    run_and_check(document, RemoveLayer(document.active_id or ""))
    assert active_name(document) == "Background"
    document.run(RemoveLayer(document.active_id or ""))
    assert active_name(document) == "Top"


def test_removing_another_layer_keeps_the_active_one(document: Document):
    document.run(RemoveLayer(document.root.children[0].id))
    assert active_name(document) == "Layer 1"


def test_the_last_layer_can_go_and_come_back(document: Document):
    for layer in list(document.root.children):
        run_and_check(document, RemoveLayer(layer.id))
    assert document.active is None
    document.history.undo()
    assert active_name(document) == "Layer 1"


def test_removing_a_group_takes_what_is_inside(grouped: tuple[Document, GroupLayer]):
    document, group = grouped
    assert active_name(document) == "Inner"
    run_and_check(document, RemoveLayer(group.id))
    assert active_name(document) == "Layer 1"
    document.history.undo()
    assert active_name(document) == "Inner"


def test_removing_the_last_of_a_group_chooses_the_group(grouped: tuple[Document, GroupLayer]):
    document, _ = grouped
    document.run(RemoveLayer(document.active_id or ""))
    assert active_name(document) == "Group"


def test_a_layer_moves_in_its_list_and_into_groups(grouped: tuple[Document, GroupLayer]):
    document, group = grouped
    background = document.root.children[0].id
    run_and_check(document, MoveLayer(background, None, 1))
    assert names(document) == ["Layer 1", "Background", "Group"]
    run_and_check(document, MoveLayer(background, group.id, 0))
    assert [child.name for child in group.children] == ["Background", "Inner"]
    run_and_check(document, MoveLayer(background, None, 99))
    assert names(document)[-1] == "Background"


def test_a_group_cannot_go_into_itself(grouped: tuple[Document, GroupLayer]):
    document, group = grouped
    deeper = GroupLayer(name="Deeper")
    document.run(AddLayer(deeper, parent_id=group.id))
    before = fingerprint(document)
    for target in (group, deeper):
        with pytest.raises(StudioError, match="into itself"):
            document.run(MoveLayer(group.id, target.id, 0))
    assert fingerprint(document) == before
    assert document.history.undo_label == "Add layer"


def test_properties_change_and_come_back(document: Document):
    layer = document.root.children[0]
    run_and_check(document, SetLayer(layer.id, name="Sky", opacity=0.5, mode=BlendMode.SCREEN, visible=False))
    assert (layer.name, layer.opacity, layer.mode, layer.visible) == ("Sky", 0.5, BlendMode.SCREEN, False)


def test_an_unknown_property_changes_nothing(document: Document):
    before = fingerprint(document)
    with pytest.raises(AttributeError):
        document.run(SetLayer(document.active_id or "", name="x", colour="red"))
    assert fingerprint(document) == before


def test_a_drag_of_the_opacity_is_one_step(document: Document):
    before = fingerprint(document)
    for value in (0.9, 0.5, 0.2):
        document.run(SetLayer(document.active_id or "", opacity=value))
    assert document.active is not None
    assert document.active.opacity == 0.2
    document.history.undo()
    assert fingerprint(document) == before
    document.history.redo()
    assert document.active.opacity == 0.2


def test_changes_of_other_layers_properties_or_times_are_steps_of_their_own(
    document: Document, monkeypatch: pytest.MonkeyPatch
):
    now_s = [100.0]
    monkeypatch.setattr("sdstudio.document.commands.time.monotonic", lambda: now_s[0])
    layer, other = document.root.children
    document.run(SetLayer(layer.id, opacity=0.9))
    document.run(SetLayer(other.id, opacity=0.9))
    document.run(SetLayer(other.id, visible=False))
    document.run(SetLayer(other.id, visible=True))
    document.run(SetLayer(other.id, opacity=0.8))
    now_s[0] += 60
    document.run(SetLayer(other.id, opacity=0.7))
    labels = []
    for _ in range(6):
        labels.append(document.history.undo_label)
        document.history.undo()
    assert labels == ["Layer opacity"] * 2 + ["Show or hide layer"] * 2 + ["Layer opacity"] * 2


def test_a_step_is_not_merged_into_the_one_that_was_saved(document: Document):
    document.run(SetLayer(document.active_id or "", opacity=0.9))
    document.mark_saved()
    document.run(SetLayer(document.active_id or "", opacity=0.5))
    assert document.is_modified
    document.history.undo()
    assert not document.is_modified
    assert document.active is not None
    assert document.active.opacity == 0.9


def test_a_duplicate_is_independent(grouped: tuple[Document, GroupLayer]):
    document, group = grouped
    run_and_check(document, DuplicateLayer(group.id))
    twin = document.root.children[-1]
    assert isinstance(twin, GroupLayer)
    assert twin.name == "Group copy"
    assert document.active is twin
    assert {layer.id for layer in twin.walk()}.isdisjoint(layer.id for layer in group.walk())
    original = group.children[0]
    assert isinstance(original, PaintLayer)
    before = original.surface.content_bounds()
    draw(document, (10, 10), (390, 290), layer_id=twin.children[0].id)
    assert original.surface.content_bounds() == before


def test_translate_moves_pixels_and_quick_moves_are_one_step(document: Document):
    before, bounds = fingerprint(document), active_surface(document).content_bounds()
    run_and_check(document, TranslateLayer(document.active_id or "", 30, -7))
    document.run(TranslateLayer(document.active_id or "", 300, 300))
    assert active_surface(document).content_bounds() == bounds.translated(330, 293)
    document.history.undo()
    assert fingerprint(document) == before


def test_translate_of_a_group_moves_everything_in_it(grouped: tuple[Document, GroupLayer]):
    document, group = grouped
    bounds = active_surface(document).content_bounds()
    run_and_check(document, TranslateLayer(group.id, 5, 6))
    assert active_surface(document).content_bounds() == bounds.translated(5, 6)


@pytest.mark.parametrize("mode", [BlendMode.NORMAL, BlendMode.MULTIPLY, BlendMode.COLOR, BlendMode.ADD])
def test_merging_down_keeps_the_picture(document: Document, mode: BlendMode):
    document.run(SetLayer(document.active_id or "", mode=mode, opacity=0.6))
    before = view(render(document, document.bounds)).astype(int)
    run_and_check(document, MergeDown(document.active_id or ""))
    assert names(document) == ["Background"]
    assert active_name(document) == "Background"
    assert np.abs(view(render(document, document.bounds)) - before).max() <= 1


def test_merging_a_group_down_gives_one_layer(grouped: tuple[Document, GroupLayer]):
    document, group = grouped
    before = render(document, document.bounds)
    run_and_check(document, MergeDown(group.id))
    assert names(document) == ["Background", "Layer 1"]
    assert np.abs(view(render(document, document.bounds)).astype(int) - view(before)).max() <= 1


def test_merging_refuses_with_a_reason(document: Document):
    before = fingerprint(document)
    bottom, top = document.root.children
    with pytest.raises(StudioError, match="no layer below “Background”"):
        document.run(MergeDown(bottom.id))
    bottom.visible = False
    with pytest.raises(StudioError, match="“Background” is hidden"):
        document.run(MergeDown(top.id))
    bottom.visible = True
    assert fingerprint(document) == before


@pytest.mark.parametrize("command", [RemoveLayer, MergeDown, lambda id: TranslateLayer(id, 1, 1)])
def test_a_locked_layer_is_left_alone(document: Document, command):
    document.run(SetLayer(document.active_id or "", locked=True))
    before = fingerprint(document)
    with pytest.raises(StudioError, match="“Layer 1” is locked"):
        document.run(command(document.active_id))
    with pytest.raises(StudioError, match="“Layer 1” is locked"):
        cleared(document, document.active_id or "")
    assert fingerprint(document) == before


def test_a_locked_group_protects_what_is_inside(grouped: tuple[Document, GroupLayer]):
    document, group = grouped
    document.run(SetLayer(group.id, locked=True))
    with pytest.raises(StudioError, match="“Group” is locked"):
        document.run(RemoveLayer(group.children[0].id))


def test_resizing_the_canvas_keeps_what_is_outside(document: Document):
    document.run(EditSelection(rectangle(Bounds(0, 0, 200, 200)), "Select"))
    before = fingerprint(document)
    bounds = active_surface(document).content_bounds()
    run_and_check(document, ResizeCanvas(Bounds(100, 50, 150, 900)))
    assert document.extent == Extent(150, 900)
    assert active_surface(document).content_bounds() == bounds.translated(-100, -50)
    assert document.selection.content_bounds() == Bounds(0, 0, 100, 150)
    document.run(ResizeCanvas(Bounds(-100, -50, 400, 300)))
    assert active_surface(document).content_bounds() == bounds
    document.history.undo()
    document.history.undo()
    assert fingerprint(document) == before


def test_an_impossible_canvas_is_refused(document: Document):
    with pytest.raises(BadRequest, match="too large"):
        ResizeCanvas(Bounds(0, 0, 20000, 10))
    with pytest.raises(BadRequest, match="at least 1"):
        ResizeCanvas(Bounds(0, 0, 0, 10))


def test_clear_takes_away_what_is_selected(document: Document):
    bounds = active_surface(document).content_bounds()
    selection = rectangle(Bounds(0, 0, 200, 300))
    selection.write(Bounds(200, 0, 10, 300), np.full((300, 10), 128, np.uint8))
    document.run(EditSelection(selection, "Select"))
    middle = active_surface(document).read(Bounds(205, 145, 1, 1)).pixelColor(0, 0).alpha()
    run_and_check(document, cleared(document, document.active_id or ""))
    assert active_surface(document).content_bounds().x == 200
    faded = active_surface(document).read(Bounds(205, 145, 1, 1)).pixelColor(0, 0).alpha()
    assert faded == pytest.approx(middle * 127 / 255, abs=1)
    document.run(EditSelection(Mask(), "Select none"))
    document.run(cleared(document, document.active_id or ""))
    assert active_surface(document).is_empty
    assert bounds.width > 200


def test_the_selection_that_was_given_is_not_the_documents_own():
    document = blank_document()
    mask = rectangle(Bounds(0, 0, 50, 50))
    document.run(EditSelection(mask, "Select"))
    mask.write(Bounds(0, 0, 50, 50), np.zeros((50, 50), np.uint8))
    document.selection.editable((0, 0))[60, 60] = 255
    assert document.selection.content_bounds() == Bounds(0, 0, 61, 61)
    assert mask.is_empty


def test_every_command_tells_once_it_is_true(document: Document):
    told: list[list[str]] = []
    document.layers_changed.connect(lambda: told.append(names(document)))
    document.active_changed.connect(lambda: told.append([active_name(document) or "none"]))
    document.run(AddLayer(PaintLayer(name="New")))
    assert told == [["Background", "Layer 1", "New"], ["New"]]


def test_what_changes_nothing_is_no_step(document: Document):
    told: list[str] = []
    document.layers_changed.connect(lambda: told.append("layers"))
    document.selection_changed.connect(lambda area: told.append("selection"))
    document.pixels_changed.connect(lambda layer_id, area: told.append("pixels"))
    label, layer = document.history.undo_label, document.root.children[0]
    document.run(EditSelection(Mask(), "Select none"))
    document.run(SetLayer(layer.id, opacity=layer.opacity, name=layer.name))
    document.run(TranslateLayer(document.active_id or "", 0, 0))
    assert told == []
    document.run(EditSelection(rectangle(Bounds(390, 0, 10, 10)), "Select"))
    told.clear()
    document.run(cleared(document, document.active_id or ""))
    assert told == []
    document.history.undo()
    assert document.history.undo_label == label


def test_clear_with_an_erased_colour_is_exactly_transparent():
    document = Document.new(Extent(300, 300), QColor(10, 20, 30, 77))
    document.set_active(document.root.children[0].id)
    document.run(cleared(document, document.active_id or ""))
    assert active_surface(document).keys() == set()
