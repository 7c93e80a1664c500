from __future__ import annotations

import pytest

from sdstudio.document.channels import MAX_CHANNELS, RemoveChannel, RenameChannel, SaveChannel
from sdstudio.document.commands import EditSelection, ResizeCanvas
from sdstudio.document.document import Document
from sdstudio.document.selecting import load_channel
from sdstudio.document.stroke import MaskStroke
from sdstudio.errors import StudioError
from sdstudio.raster.geometry import Bounds
from sdstudio.raster.masks import rectangle
from sdstudio.raster.tiles import Mask
from tests.helpers.drawing import ROUND, blank_document, fingerprint, samples

AREA = Bounds(30, 40, 50, 60)


@pytest.fixture
def document() -> Document:
    document = blank_document()
    document.run(EditSelection(rectangle(AREA)))
    return document


def selected(document: Document) -> Bounds:
    return document.selection.content_bounds()


def test_every_change_of_the_channels_can_be_undone(document: Document) -> None:
    told: list[None] = []
    document.channels_changed.connect(lambda: told.append(None))
    states = [fingerprint(document)]
    for command in (
        SaveChannel("Sky"),
        SaveChannel("Hand"),
        RenameChannel("Sky", "Heaven"),
        RemoveChannel("Hand"),
        SaveChannel("Heaven"),
    ):
        document.run(command)
        states.append(fingerprint(document))
    assert len(told) == 5
    for state in states[-2::-1]:
        document.history.undo()
        assert fingerprint(document) == state
    for state in states[1:]:
        document.history.redo()
        assert fingerprint(document) == state


def test_a_saved_selection_stays_as_it_was_whatever_happens_to_the_selection(document: Document) -> None:
    document.run(SaveChannel("Sky"))
    stroke = MaskStroke(document, ROUND, 0)
    for sample in samples((30, 40), (80, 100)):
        stroke.add(sample)
    stroke.commit()
    assert (document.channels["Sky"].read(document.bounds) == rectangle(AREA).read(document.bounds)).all()
    document.run(EditSelection(Mask()))
    document.run(load_channel(document, "Sky"))
    assert selected(document) == AREA
    stroke = MaskStroke(document, ROUND, 255)
    for sample in samples((200, 200), (220, 200)):
        stroke.add(sample)
    stroke.commit()
    assert document.channels["Sky"].content_bounds() == AREA


@pytest.mark.parametrize(
    ("mode", "bounds"),
    [
        ("replace", AREA),
        ("add", Bounds(30, 40, 70, 60)),
        ("subtract", Bounds(80, 40, 20, 60)),
        ("intersect", Bounds(60, 40, 20, 60)),
    ],
)
def test_loading_combines(document: Document, mode: str, bounds: Bounds) -> None:
    document.run(SaveChannel("Sky"))
    document.run(EditSelection(rectangle(Bounds(60, 40, 40, 60))))
    document.run(load_channel(document, "Sky", mode))
    assert selected(document) == bounds
    assert document.history.undo_label == "Load selection"


def test_renaming_keeps_the_order(document: Document) -> None:
    for name in ("a", "b", "c"):
        document.run(SaveChannel(name))
    document.run(RenameChannel("b", " x "))
    assert list(document.channels) == ["a", "x", "c"]
    steps = document.history.undo_label
    document.run(RenameChannel("x", "x"))
    assert document.history.undo_label == steps


def test_what_is_not_possible_is_said_and_changes_nothing(document: Document) -> None:
    document.run(SaveChannel("a"))
    document.run(SaveChannel("b"))
    before = fingerprint(document)
    for command, sentence in (
        (SaveChannel("  "), "needs a name"),
        (RenameChannel("a", ""), "needs a name"),
        (RenameChannel("a", "b"), "already"),
    ):
        with pytest.raises(StudioError, match=sentence):
            document.run(command)
    for command in (RemoveChannel("z"), RenameChannel("z", "y")):
        with pytest.raises(KeyError):
            document.run(command)
    assert fingerprint(document) == before
    document.run(EditSelection(Mask()))
    with pytest.raises(StudioError, match="Nothing is selected"):
        document.run(SaveChannel("c"))


def test_there_is_an_end_to_it(document: Document) -> None:
    for number in range(MAX_CHANNELS):
        document.run(SaveChannel(str(number)))
    with pytest.raises(StudioError, match="at most"):
        document.run(SaveChannel("one more"))
    document.run(SaveChannel("7"))  # replaces


def test_a_snapshot_has_them_and_later_changes_do_not_reach_it(document: Document) -> None:
    document.run(SaveChannel("Sky"))
    copy = document.snapshot()
    document.run(RenameChannel("Sky", "Sea"))
    assert list(copy.channels) == ["Sky"]


def test_they_move_with_the_canvas_and_back(document: Document) -> None:
    document.run(SaveChannel("Sky"))
    before = fingerprint(document)
    document.run(ResizeCanvas(Bounds(10, -20, 100, 100)))
    assert document.channels["Sky"].content_bounds() == AREA.translated(-10, 20)
    document.history.undo()
    assert fingerprint(document) == before
