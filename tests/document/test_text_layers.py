from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from sdstudio.document.commands import TranslateLayer
from sdstudio.document.document import Document
from sdstudio.document.image_transforms import flipped_image, resized, turned_image
from sdstudio.document.layers import PaintLayer
from sdstudio.document.text_layers import TextEdit, name_for, text_of, was_text
from sdstudio.document.transforms import Subject, transformed
from sdstudio.formats.openraster import read_document, write_document
from sdstudio.raster.geometry import Extent, Point
from sdstudio.raster.text import Text
from sdstudio.raster.transform import Transform
from sdstudio.raster.warp import Filter
from tests.helpers.drawing import blank_document, draw, fingerprint

pytestmark = pytest.mark.usefixtures("qapp")
HELLO = Text(words="Hello", size=40, place=Transform.move(50, 60).rows)


@pytest.fixture
def document() -> Document:
    return blank_document()


def written(document: Document, text: Text = HELLO) -> PaintLayer:
    edit = TextEdit(document, text)
    edit.commit()
    return edit.layer


def test_new_words_are_one_step_and_a_layer_of_their_name(document: Document) -> None:
    before = fingerprint(document)
    edit = TextEdit(document, msgspec.structs.replace(HELLO, words=""))
    edit.show(msgspec.structs.replace(HELLO, words="He"))
    edit.show(HELLO)
    edit.commit()
    assert edit.layer.name == "Hello"
    assert text_of(edit.layer) == HELLO
    after = fingerprint(document)
    document.history.undo()
    assert fingerprint(document) == before
    document.history.redo()
    assert fingerprint(document) == after


def test_words_are_changed_in_one_step(document: Document) -> None:
    layer = written(document)
    before, position = fingerprint(document), document.history.position
    edit = TextEdit(document, HELLO, layer)
    edit.show(msgspec.structs.replace(HELLO, words="Hello you"))
    edit.commit()
    assert document.history.position == position + 1
    assert layer.name == "Hello you"
    document.history.undo()
    assert fingerprint(document) == before
    assert text_of(layer) == HELLO


def test_nothing_written_leaves_nothing(document: Document) -> None:
    before = fingerprint(document)
    TextEdit(document, msgspec.structs.replace(HELLO, words="  ")).commit()
    edit = TextEdit(document, HELLO)
    edit.cancel()
    edit.commit()
    layer = written(document)
    edit = TextEdit(document, HELLO, layer)
    edit.show(msgspec.structs.replace(HELLO, words="other"))
    edit.cancel()
    position = document.history.position
    TextEdit(document, HELLO, layer).commit()
    assert document.history.position == position
    document.history.undo()
    assert fingerprint(document) == before


def test_undo_in_the_middle_takes_what_was_written(document: Document) -> None:
    before = fingerprint(document)
    edit = TextEdit(document, HELLO)
    document.history.undo()
    edit.show(HELLO)
    assert fingerprint(document) == before


def test_painting_on_it_makes_it_a_picture_and_undo_makes_it_words_again(document: Document) -> None:
    layer = written(document)
    draw(document, (60, 80), (90, 90), layer_id=layer.id)
    assert text_of(layer) is None
    assert was_text(layer)
    document.history.undo()
    assert text_of(layer) == HELLO
    assert not was_text(layer)


def test_words_stay_words_wherever_they_are_moved(document: Document) -> None:
    layer = written(document)
    document.run(TranslateLayer(layer.id, 30, -20))
    text = text_of(layer)
    assert text is not None
    assert text.transform.map(Point(0, 0)) == Point(80, 40)


@pytest.mark.parametrize(
    "transform", [Transform.rotate(30), Transform.scale(2, 3), Transform.rotate(90, Point(100, 100))]
)
def test_a_transform_draws_the_words_anew(document: Document, transform: Transform) -> None:
    layer = written(document)
    before = fingerprint(document)
    document.run(transformed(document, Subject.of(document, (layer.id,)), transform, Filter.SMOOTH))
    text = text_of(layer)
    assert text is not None
    assert text.words == "Hello"
    assert text.transform.map(Point(0, 0)).distance(transform.map(Point(50, 60))) < 1e-6
    document.history.undo()
    assert fingerprint(document) == before


def test_words_follow_the_whole_image(document: Document) -> None:
    layer = written(document)
    before = fingerprint(document)
    document.run(turned_image(document, 90, Filter.SMOOTH))
    assert text_of(layer) is not None
    document.run(flipped_image(document, across=True))
    assert text_of(layer) is not None
    document.run(resized(document, Extent(600, 800), Filter.SMOOTH))
    assert text_of(layer) is not None
    for _ in range(3):
        document.history.undo()
    assert fingerprint(document) == before


def test_words_are_kept_in_files(document: Document, tmp_path: Path) -> None:
    text = msgspec.structs.replace(HELLO, color="#80336699", place=Transform.rotate(10, Point(0, 0)).rows)
    layer = written(document, text)
    document.run(TranslateLayer(layer.id, 40, 40))
    write_document(tmp_path / "text.ora", document)
    again = read_document(tmp_path / "text.ora").layer(layer.id)
    there = text_of(again)
    assert there is not None
    assert there == text_of(layer)


def test_damaged_words_are_a_picture() -> None:
    layer = PaintLayer(metadata={"sdstudio:text": "{"})
    assert text_of(layer) is None
    assert not was_text(layer)


def test_names_are_short() -> None:
    assert name_for(Text(words=" two \n words ")) == "two words"
    assert len(name_for(Text(words="word " * 100))) == 40
