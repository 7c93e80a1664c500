from __future__ import annotations

import pytest
from PySide6.QtGui import QColor

from sdstudio.document.commands import EditSelection, SetLayer
from sdstudio.document.composite import render
from sdstudio.document.fill import Bucket, Fill, fill
from sdstudio.errors import StudioError
from sdstudio.raster.dabs import Brush
from sdstudio.raster.geometry import Bounds, Point
from sdstudio.raster.masks import rectangle
from sdstudio.raster.pixels import view
from sdstudio.raster.wand import Likeness
from tests.helpers.drawing import active_surface, blank_document, draw, fingerprint, pick

BLUE = QColor("blue")
HARD = Brush(size=10, hardness=1)
LINE = Brush(size=12, hardness=1, dynamics=())


def active(document) -> str:
    assert document.active_id is not None
    return document.active_id


def wall(document) -> None:
    draw(document, (200, -20), (200, 150), (200, 320), brush=HARD)


def test_fill_stops_at_what_is_seen_on_other_layers():
    document = blank_document()
    draw(document, (200, -20), (200, 150), (200, 320), brush=HARD, layer_id=document.root.children[0].id)
    fill(document, active(document), Point(50, 50), Bucket(BLUE, Likeness(20)))
    assert active_surface(document).content_bounds().right == pytest.approx(195, abs=1)
    assert pick(document, Point(50, 50)) == BLUE


def test_fill_of_the_layer_alone_does_not_see_the_others():
    document = blank_document()
    draw(document, (200, -20), (200, 320), brush=HARD, layer_id=document.root.children[0].id)
    fill(document, active(document), Point(50, 50), Bucket(BLUE, Likeness(20), "layer"))
    assert active_surface(document).content_bounds() == document.bounds


def test_fill_is_one_step_and_comes_back():
    document = blank_document()
    wall(document)
    before = fingerprint(document)
    fill(document, active(document), Point(300, 100), Bucket(BLUE, Likeness(50)))
    after = fingerprint(document)
    assert document.history.undo_label == "Fill"
    document.history.undo()
    assert fingerprint(document) == before
    document.history.redo()
    assert fingerprint(document) == after


def test_fill_respects_selection_and_alpha_lock():
    document = blank_document()
    document.run(EditSelection(rectangle(Bounds(30, 40, 50, 60)), "Select"))
    fill(document, active(document), Point(300, 200), Bucket(BLUE))
    assert active_surface(document).content_bounds() == Bounds(30, 40, 50, 60)
    document.run(SetLayer(active(document), alpha_locked=True))
    document.run(EditSelection(rectangle(Bounds(0, 0, 400, 300)), "Select all"))
    fill(document, active(document), Point(50, 50), Bucket(QColor("red"), Likeness(255)))
    assert active_surface(document).content_bounds() == Bounds(30, 40, 50, 60)
    assert pick(document, Point(50, 50)) == QColor("red")


def test_fill_outside_of_the_canvas_does_nothing():
    document = blank_document()
    fill(document, active(document), Point(-5, 50), Bucket(BLUE))
    assert not document.history.can_undo


def test_fill_of_a_locked_layer_is_refused():
    document = blank_document()
    document.run(SetLayer(active(document), locked=True))
    with pytest.raises(StudioError, match="is locked"):
        fill(document, active(document), Point(5, 5), Bucket(BLUE))


def test_fill_tells_where_pixels_changed():
    document = blank_document()
    told: list[Bounds] = []
    document.pixels_changed.connect(lambda layer_id, area: told.append(area))
    document.run(EditSelection(rectangle(Bounds(300, 260, 10, 10)), "Select"))
    fill(document, active(document), Point(5, 5), Bucket(BLUE))
    assert told == [Bounds(256, 256, 144, 44)]


def test_fill_up_to_the_layer_does_not_see_what_lies_above():
    document = blank_document()
    bottom, top = (layer.id for layer in document.root.children)
    draw(document, (200, -20), (200, 320), brush=HARD, layer_id=top)
    fill(document, bottom, Point(50, 50), Bucket(BLUE, Likeness(20), "below"))
    assert pick(document, Point(300, 50)) == BLUE
    document.history.undo()
    fill(document, bottom, Point(50, 50), Bucket(BLUE, Likeness(20), "merged"))
    assert pick(document, Point(300, 50)) == QColor("white")


def test_filling_with_nothing_erases_the_area():
    document = blank_document()
    bottom = document.root.children[0].id
    wall(document)
    fill(document, bottom, Point(300, 100), Bucket(None, Likeness(50)))
    assert pick(document, Point(300, 100)).alpha() == 0
    assert pick(document, Point(50, 100)) == QColor("white")
    assert document.history.undo_label == "Erase area"
    document.run(SetLayer(bottom, alpha_locked=True))
    with pytest.raises(StudioError, match="transparency"):
        fill(document, bottom, Point(50, 50), Bucket(None))


def test_opacity_of_the_bucket():
    document = blank_document()
    fill(document, active(document), Point(50, 50), Bucket(QColor("black"), opacity=0.5))
    assert pick(document, Point(50, 50)).red() == pytest.approx(127, abs=1)


def test_one_drag_over_several_areas_is_one_step_and_compares_with_what_was_there_before():
    document = blank_document()
    wall(document)
    before = fingerprint(document)
    pour = Fill(document, active(document), Bucket(QColor("red"), Likeness(20)))
    for x in (50, 60, 200, 350):
        pour.add(Point(x, 100))
    pour.commit()
    assert pick(document, Point(50, 50)) == pick(document, Point(350, 50)) == QColor("red")
    document.history.undo()
    assert fingerprint(document) == before
    assert document.history.undo_label == "Brush stroke"


def test_a_cancelled_fill_leaves_no_trace():
    document = blank_document()
    wall(document)
    before = fingerprint(document)
    told: list[Bounds] = []
    document.pixels_changed.connect(lambda layer_id, area: told.append(area))
    pour = Fill(document, active(document), Bucket(BLUE, opacity=0.3))
    pour.add(Point(50, 100))
    pour.cancel()
    pour.add(Point(350, 100))
    pour.commit()
    assert fingerprint(document) == before
    assert document.history.undo_label == "Brush stroke"
    assert len(told) == 2


def test_large_areas_share_their_tiles_and_painting_on_one_changes_only_that():
    document = blank_document(1024, 1024)
    fill(document, active(document), Point(50, 50), Bucket(BLUE))
    draw(document, (100, 100), (120, 100), color="red", brush=HARD)
    assert pick(document, Point(110, 100)) == QColor("red")
    assert pick(document, Point(110 + 256, 100 + 256)) == BLUE


@pytest.mark.parametrize("on_white", [True, False], ids=["drawn on white", "drawn on nothing"])
@pytest.mark.parametrize("color", ["black", "red"])
def test_no_seam_of_the_old_colour_stays_beside_a_line(on_white: bool, color: str):
    document = blank_document()
    line = document.root.children[0].id if on_white else active(document)
    draw(document, (200, -20), (206, 150), (198, 320), color="black", brush=LINE, layer_id=line)
    fill(document, line, Point(50, 50), Bucket(QColor(color), Likeness(32, antialias=True)))
    seen = view(render(document, Bounds(0, 0, 197, document.extent.height)))
    assert seen[:, :, :2].max() <= 1, "from the fill to the middle of the line there is no white"
    if color == "red":
        middle = seen[150]
        assert set(middle[:150, 2]) == {255}, "the line's own edge stays as soft as it was"
        edges = view(render(document, Bounds(150, 0, 100, document.extent.height)))[:, :, 2]
        assert ((edges > 20) & (edges < 235)).any()


def test_erasing_up_to_a_line_leaves_its_soft_edge():
    document = blank_document()
    ground = document.root.children[0].id
    draw(document, (200, -20), (206, 150), (198, 320), color="black", brush=LINE, layer_id=ground)
    fill(document, ground, Point(50, 50), Bucket(None, Likeness(32, antialias=True)))
    pixels = view(document.layer(ground).surface.read(Bounds(0, 0, 197, 300)))
    assert pixels[:, :, :3].max() <= 2, "what is left is the black line alone"
    assert ((pixels[:, :, 3] > 20) & (pixels[:, :, 3] < 235)).any()


def test_what_is_worked_out_is_seen_when_it_is_shown():
    document = blank_document()
    before = fingerprint(document)
    pour = Fill(document, active(document), Bucket(BLUE, Likeness(20)))
    pour.work_out(pour.find(Point(50, 50)), Point(50, 50))
    assert fingerprint(document) == before
    pour.show()
    assert pick(document, Point(50, 50)) == BLUE
    pour.work_out(rectangle(Bounds(0, 0, 20, 20)))
    pour.cancel()
    pour.show()
    assert fingerprint(document) == before
    assert not document.history.can_undo
