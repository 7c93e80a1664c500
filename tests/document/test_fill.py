from __future__ import annotations

import pytest
from PySide6.QtGui import QColor

from sdstudio.document.commands import EditSelection, SetLayer
from sdstudio.document.composite import pick
from sdstudio.document.fill import fill
from sdstudio.errors import StudioError
from sdstudio.raster.dabs import Brush
from sdstudio.raster.geometry import Bounds, Point
from sdstudio.raster.masks import rectangle
from tests.helpers.drawing import active_surface, blank_document, draw, fingerprint

BLUE = QColor("blue")
HARD = Brush(size=10, hardness=1)


def active(document) -> str:
    assert document.active_id is not None
    return document.active_id


def wall(document) -> None:
    draw(document, (200, -20), (200, 150), (200, 320), brush=HARD)


def test_fill_stops_at_what_is_seen_on_other_layers():
    document = blank_document()
    draw(document, (200, -20), (200, 150), (200, 320), brush=HARD, layer_id=document.root.children[0].id)
    fill(document, active(document), Point(50, 50), BLUE, 20)
    assert active_surface(document).content_bounds().right == pytest.approx(195, abs=1)
    assert pick(document, Point(50, 50)) == BLUE


def test_fill_of_the_layer_alone_does_not_see_the_others():
    document = blank_document()
    draw(document, (200, -20), (200, 320), brush=HARD, layer_id=document.root.children[0].id)
    fill(document, active(document), Point(50, 50), BLUE, 20, sample_merged=False)
    assert active_surface(document).content_bounds() == document.bounds


def test_fill_is_one_step_and_comes_back():
    document = blank_document()
    wall(document)
    before = fingerprint(document)
    fill(document, active(document), Point(300, 100), BLUE, 50)
    after = fingerprint(document)
    assert document.history.undo_label == "Fill"
    document.history.undo()
    assert fingerprint(document) == before
    document.history.redo()
    assert fingerprint(document) == after


def test_fill_respects_selection_and_alpha_lock():
    document = blank_document()
    document.run(EditSelection(rectangle(Bounds(30, 40, 50, 60)), "Select"))
    fill(document, active(document), Point(300, 200), BLUE)
    assert active_surface(document).content_bounds() == Bounds(30, 40, 50, 60)
    document.run(SetLayer(active(document), alpha_locked=True))
    document.run(EditSelection(rectangle(Bounds(0, 0, 400, 300)), "Select all"))
    fill(document, active(document), Point(50, 50), QColor("red"), 255)
    assert active_surface(document).content_bounds() == Bounds(30, 40, 50, 60)
    assert pick(document, Point(50, 50)) == QColor("red")


def test_fill_outside_of_the_canvas_does_nothing():
    document = blank_document()
    fill(document, active(document), Point(-5, 50), BLUE)
    assert not document.history.can_undo


def test_fill_of_a_locked_layer_is_refused():
    document = blank_document()
    document.run(SetLayer(active(document), locked=True))
    with pytest.raises(StudioError, match="is locked"):
        fill(document, active(document), Point(5, 5), BLUE)


def test_fill_tells_where_pixels_changed():
    document = blank_document()
    told: list[Bounds] = []
    document.pixels_changed.connect(lambda layer_id, area: told.append(area))
    document.run(EditSelection(rectangle(Bounds(300, 260, 10, 10)), "Select"))
    fill(document, active(document), Point(5, 5), BLUE)
    assert told == [Bounds(256, 256, 144, 44)]
