from __future__ import annotations

from pathlib import Path

import pytest

from sdstudio.document.document import Document
from sdstudio.document.mirrors import KEY, Mirrors, SetMirrors, mirrors_of
from sdstudio.formats.openraster import read_document, write_document
from sdstudio.raster.geometry import Extent, Point
from sdstudio.raster.transform import Transform

EXTENT = Extent(300, 200)


def test_axes_are_in_the_middle_unless_they_were_put_elsewhere() -> None:
    assert Mirrors().center(EXTENT) == Point(150, 100)
    assert Mirrors(x=10).center(EXTENT) == Point(10, 100)
    assert Mirrors().symmetry(EXTENT) is None
    both = Mirrors(kind="both", y=20).symmetry(EXTENT)
    assert both is not None
    assert (both.center, both.left_right, both.top_bottom) == (Point(150, 20), True, True)


def test_they_are_set_taken_back_and_set_again() -> None:
    document, told = Document.new(EXTENT), []
    document.metadata_changed.connect(lambda: told.append(mirrors_of(document).kind))
    document.run(SetMirrors(Mirrors(kind="both", x=20), "Mirror"))
    document.history.undo()
    assert document.metadata == {}
    document.history.redo()
    assert mirrors_of(document) == Mirrors(kind="both", x=20)
    assert told == ["both", "none", "both"]


def test_pulling_at_the_number_of_rays_is_one_step() -> None:
    document = Document.new(EXTENT)
    document.run(SetMirrors(Mirrors(kind="rays", rays=6), "Mirror"))
    for rays in (7, 8, 9):
        document.run(SetMirrors(Mirrors(kind="rays", rays=rays), "Mirror"))
    document.run(SetMirrors(Mirrors(kind="rays", rays=9, x=5), "Move mirror axis"))
    document.history.undo()
    assert mirrors_of(document) == Mirrors(kind="rays", rays=9)
    document.history.undo()
    assert mirrors_of(document) == Mirrors()


def test_files_keep_them(tmp_path: Path) -> None:
    document = Document.new(EXTENT)
    document.run(SetMirrors(Mirrors(kind="left-right", x=33.5), "Mirror"))
    write_document(tmp_path / "a.ora", document)
    assert mirrors_of(read_document(tmp_path / "a.ora")) == Mirrors(kind="left-right", x=33.5)


@pytest.mark.parametrize("text", ["", "{", '{"kind": "sideways"}', '{"rays": 1000}', '{"x": "left"}'])
def test_what_cannot_be_understood_is_none(text: str) -> None:
    document = Document.new(EXTENT)
    document.metadata[KEY] = text
    assert mirrors_of(document) == Mirrors()


@pytest.mark.parametrize(
    ("way", "after"),
    [
        (Transform.move(5, 6), Mirrors(kind="left-right", x=25, y=36)),
        (Transform.scale(2, 3), Mirrors(kind="left-right", x=40, y=90)),
        (Transform.rotate(90).then(Transform.move(200, 0)), Mirrors(kind="top-bottom", x=170, y=20)),
        (Transform.rotate(180).then(Transform.move(300, 200)), Mirrors(kind="left-right", x=280, y=170)),
        (Transform.rotate(10, Point(20, 30)), Mirrors(kind="left-right", x=20, y=30)),
    ],
)
def test_they_follow_the_image(way: Transform, after: Mirrors) -> None:
    assert Mirrors(kind="left-right", x=20, y=30).through(way, EXTENT) == after


def test_what_is_in_the_middle_stays_there() -> None:
    turned = Mirrors(kind="left-right", x=20).through(Transform.rotate(90).then(Transform.move(200, 0)), EXTENT)
    assert turned == Mirrors(kind="top-bottom", y=20)
