from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from sdstudio.document.document import Document
from sdstudio.document.guides import KEY, MAX_GUIDES, Guides, SetGuides, guides_of
from sdstudio.formats.openraster import read_document, write_document
from sdstudio.raster.geometry import Extent


@pytest.fixture
def document(qapp: QApplication) -> Document:
    return Document.new(Extent(200, 100))


def test_guides_are_laid_in_one_step_that_can_be_undone(document: Document) -> None:
    told: list[Guides] = []
    document.metadata_changed.connect(lambda: told.append(guides_of(document)))
    first, second = Guides(x=(10.0,)), Guides(x=(10.0,), y=(50.0,), is_locked=True)
    document.run(SetGuides(first))
    document.run(SetGuides(second))
    assert guides_of(document) == second
    document.history.undo()
    assert guides_of(document) == first
    document.history.undo()
    assert document.metadata == {}
    document.history.redo()
    assert told == [first, second, first, Guides(), first]


def test_laying_the_same_again_is_no_step(document: Document) -> None:
    document.run(SetGuides(Guides()))
    assert not document.history.can_undo


def test_lines_are_added_moved_and_removed() -> None:
    guides = Guides().with_line("x", 5).with_line("x", 8).with_line("y", 3)
    assert guides.moved("x", 0, 6) == Guides(x=(6, 8), y=(3,))
    assert guides.without("x", 1) == Guides(x=(5,), y=(3,))
    assert guides.cleared().is_empty
    many = Guides(x=tuple(float(n) for n in range(MAX_GUIDES)))
    assert many.with_line("y", 1) == many


def test_guides_are_saved_with_the_document(document: Document, tmp_path: Path) -> None:
    document.run(SetGuides(Guides(x=(12.5,), y=(30.0, 40.0))))
    write_document(tmp_path / "a.ora", document)
    assert guides_of(read_document(tmp_path / "a.ora")) == Guides(x=(12.5,), y=(30.0, 40.0))
    assert guides_of(document.snapshot()) == guides_of(document)


@pytest.mark.parametrize("text", ["", "no", "[]", '{"x": ["a"]}', '{"x": [1e999]}'])
def test_damaged_metadata_means_no_guides(document: Document, text: str) -> None:
    document.metadata[KEY] = text
    assert guides_of(document).is_empty
