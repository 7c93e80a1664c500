from __future__ import annotations

import pytest
from PySide6.QtGui import QColor

from sdstudio.document.align import Line, aligned, distributed, layer_at
from sdstudio.document.commands import EditSelection
from sdstudio.document.document import Document
from sdstudio.document.layers import GroupLayer, PaintLayer
from sdstudio.errors import StudioError
from sdstudio.raster.geometry import Bounds, Extent, Point
from sdstudio.raster.masks import rectangle
from sdstudio.raster.pixels import filled
from sdstudio.raster.tiles import Surface
from tests.helpers.drawing import fingerprint

SIZES = (Bounds(10, 20, 30, 40), Bounds(100, 90, 10, 10), Bounds(60, 150, 50, 20))


def block(place: Bounds) -> PaintLayer:
    at = Point(place.x, place.y)
    return PaintLayer(surface=Surface.from_image(filled(place.width, place.height, QColor("red")), at))


@pytest.fixture
def document() -> Document:
    made = Document(Extent(200, 200))
    made.root.children = [block(size) for size in SIZES]
    return made


def places(document: Document) -> list[Bounds]:
    return [layer.surface.content_bounds() for layer in document.walk() if isinstance(layer, PaintLayer)]


def ids(document: Document) -> list[str]:
    return [layer.id for layer in document.root.children]


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        (Line.LEFT, [(0, 20), (0, 90), (0, 150)]),
        (Line.CENTRE, [(85, 20), (95, 90), (75, 150)]),
        (Line.RIGHT, [(170, 20), (190, 90), (150, 150)]),
        (Line.TOP, [(10, 0), (100, 0), (60, 0)]),
        (Line.MIDDLE, [(10, 80), (100, 95), (60, 90)]),
        (Line.BOTTOM, [(10, 160), (100, 190), (60, 180)]),
    ],
)
def test_layers_come_to_a_line_of_the_canvas(document: Document, line: Line, meant: list[tuple[int, int]]) -> None:
    before = fingerprint(document)
    document.run(aligned(document, ids(document), line))
    assert [(place.x, place.y) for place in places(document)] == meant
    document.history.undo()
    assert fingerprint(document) == before


def test_the_selection_is_the_frame_when_there_is_one(document: Document) -> None:
    document.run(EditSelection(rectangle(Bounds(50, 60, 100, 100)), "Select"))
    document.run(aligned(document, ids(document)[:1], Line.RIGHT))
    assert places(document)[0] == Bounds(120, 20, 30, 40)


def test_a_group_moves_as_a_whole(document: Document) -> None:
    children = document.root.children
    group = GroupLayer(children=children)
    document.root.children = [group]
    document.run(aligned(document, [group.id, children[0].id], Line.LEFT))
    assert [place.x for place in places(document)] == [0, 90, 50]


def test_equal_gaps_keep_the_outer_layers(document: Document) -> None:
    document.run(distributed(document, ids(document), across=False))
    tops = places(document)
    assert (tops[0].y, tops[2].y) == (20, 150)
    assert tops[1].y - tops[0].bottom == tops[2].y - tops[1].bottom == 40


def test_two_layers_have_no_gaps_to_share(document: Document) -> None:
    with pytest.raises(StudioError, match="three"):
        distributed(document, ids(document)[:2], across=True)


def test_locks_empty_layers_and_no_layers_are_refused(document: Document) -> None:
    document.root.children[0].position_locked = True
    for chosen in (ids(document), []):
        with pytest.raises(StudioError):
            aligned(document, chosen, Line.LEFT)
    empty = PaintLayer(name="Nothing")
    document.root.children = [empty]
    with pytest.raises(StudioError, match="Nothing"):
        aligned(document, [empty.id], Line.LEFT)


def test_the_layer_that_is_seen_at_a_place(document: Document) -> None:
    first, second, third = document.root.children
    assert layer_at(document, Point(15, 25)) is first
    assert layer_at(document, Point(105.5, 95)) is second
    assert layer_at(document, Point(199, 1)) is None
    second.visible = False
    assert layer_at(document, Point(105, 95)) is None
    document.root.children = [first, GroupLayer(children=[block(SIZES[0]), third])]
    assert layer_at(document, Point(15, 25)) is not first
