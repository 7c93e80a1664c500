"""What is painted comes back from the journal, with every step that can be undone."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QColor

from sdstudio.document.commands import AddLayer, EditSelection, MoveLayer, RemoveLayer, ResizeCanvas, SetLayer
from sdstudio.document.composite import render
from sdstudio.document.document import Document
from sdstudio.document.layers import GroupLayer, PaintLayer
from sdstudio.journal.journal import Journal
from sdstudio.journal.recovery import about, recover
from sdstudio.journal.store import Store
from sdstudio.raster.blend import BlendMode
from sdstudio.raster.geometry import Bounds, Extent
from sdstudio.raster.masks import rectangle
from tests.helpers.drawing import draw, fingerprint

EXTENT = Extent(600, 400)


@pytest.fixture
def document(qapp: object) -> Document:
    return Document.new(EXTENT)


@pytest.fixture
def journal(tmp_path: Path, document: Document) -> Iterator[Journal]:
    failures: list[str] = []
    made = Journal(tmp_path / "a.journal", document, failures.append)
    yield made
    if made.is_open:
        made.close(keep=True)
    assert failures == []


def restart(journal: Journal) -> Document:
    """The document as another process would find it."""
    journal.close(keep=True)
    store = Store(journal.path)
    try:
        return recover(store)
    finally:
        store.close()


def test_a_stroke_comes_back_and_can_be_undone_and_done_again(journal: Journal, document: Document) -> None:
    empty = fingerprint(document)
    draw(document, (50, 50), (300, 200))
    painted = fingerprint(document)
    other = restart(journal)
    assert fingerprint(other) == painted
    assert [step.label for step in other.history.timeline] == ["Brush stroke"]
    other.history.undo()
    assert fingerprint(other) == empty
    other.history.redo()
    assert fingerprint(other) == painted


def test_an_untouched_document_has_nothing_to_recover(journal: Journal, document: Document) -> None:
    document.mark_saved()
    journal.close(keep=True)
    store = Store(journal.path)
    assert not about(store).is_modified
    store.close()


def test_what_was_undone_can_still_be_done_again(journal: Journal, document: Document) -> None:
    draw(document, (50, 50), (300, 200))
    first = fingerprint(document)
    draw(document, (300, 50), (50, 200))
    second = fingerprint(document)
    document.history.undo()
    other = restart(journal)
    assert fingerprint(other) == first
    other.history.redo()
    assert fingerprint(other) == second


def test_a_new_step_after_undo_replaces_the_undone_ones(journal: Journal, document: Document) -> None:
    draw(document, (50, 50), (300, 200))
    document.history.undo()
    draw(document, (300, 50), (50, 200))
    after = fingerprint(document)
    other = restart(journal)
    assert fingerprint(other) == after
    assert len(other.history.timeline) == 1
    assert not other.history.can_redo


def test_a_drag_of_the_opacity_stays_one_step(journal: Journal, document: Document) -> None:
    assert document.active_id is not None
    draw(document, (50, 50), (300, 200))
    for percent in (90, 50, 30):
        document.run(SetLayer(document.active_id, opacity=percent / 100))
    other = restart(journal)
    assert other.active is not None
    assert other.active.opacity == 0.3
    assert len(other.history.timeline) == 2
    other.history.undo()
    assert other.active.opacity == 1.0


def test_the_saved_state_is_known_again(journal: Journal, document: Document) -> None:
    draw(document, (50, 50), (300, 200))
    document.mark_saved()
    draw(document, (50, 90), (300, 240))
    other = restart(journal)
    assert other.is_modified
    other.history.undo()
    assert not other.is_modified


def test_the_journal_goes_on_after_a_restart(journal: Journal, document: Document, tmp_path: Path) -> None:
    start = fingerprint(document)
    draw(document, (50, 50), (300, 200))
    journal.close(keep=True)
    store = Store(journal.path)
    second = recover(store)
    going_on = Journal(journal.path, second, pytest.fail, store)
    second.history.undo()
    draw(second, (10, 10), (90, 350))
    draw(second, (90, 10), (10, 350))
    states = [fingerprint(second)]
    third = restart(going_on)
    assert fingerprint(third) == states[0]
    assert len(third.history.timeline) == 2
    third.history.go_to(0)
    assert fingerprint(third) == start


def test_every_kind_of_change_comes_back(journal: Journal, document: Document) -> None:
    states = [fingerprint(document)]
    background, top = document.root.children
    group = GroupLayer(name="Group", isolated=False, mode=BlendMode.SCREEN)
    for change in (
        lambda: draw(document, (50, 50), (300, 200)),
        lambda: document.run(AddLayer(group)),
        lambda: document.run(MoveLayer(top.id, group.id, 0)),
        lambda: document.run(SetLayer(top.id, mode=BlendMode.MULTIPLY, name="Été")),
        lambda: document.run(EditSelection(rectangle(Bounds(20, 30, 300, 200)))),
        lambda: document.run(ResizeCanvas(Bounds(-30, 10, 500, 500))),
        lambda: document.run(RemoveLayer(group.id)),
        lambda: document.run(AddLayer(PaintLayer(name="New"))),
        lambda: draw(document, (5, 5), (400, 400)),
        lambda: document.run(RemoveLayer(background.id)),
    ):
        change()
        states.append(fingerprint(document))
    other = restart(journal)
    for position in (*range(len(states) - 1, -1, -1), *range(len(states))):
        other.history.go_to(position)
        assert fingerprint(other) == states[position], other.history.timeline[position - 1].label


@pytest.mark.parametrize("seed", range(6))
def test_random_work_comes_back_at_every_step(journal: Journal, document: Document, seed: int) -> None:
    chance = random.Random(seed)
    known = {0: fingerprint(document)}
    for _ in range(60):
        history = document.history
        match chance.randrange(8):
            case 0:
                history.undo()
            case 1:
                history.redo()
            case 2:
                document.run(AddLayer(PaintLayer(name=f"Layer {chance.random()}")))
            case 3 if len(document.root.children) > 1:
                document.run(RemoveLayer(chance.choice(document.root.children).id))
            case 4:
                document.run(SetLayer(document.active_id or "", visible=True, opacity=chance.random()))
            case 5:
                area = Bounds(chance.randrange(200), chance.randrange(200), 100, 90)
                document.run(EditSelection(rectangle(area)))
            case _:
                places = [(chance.randrange(600), chance.randrange(400)) for _ in range(2)]
                draw(document, *places, color=QColor(chance.randrange(256), 40, 90).name())
        known[history.position] = fingerprint(document)
    timeline = [step.label for step in document.history.timeline]
    picture = render(document, document.bounds)
    other = restart(journal)
    assert render(other, other.bounds) == picture
    assert [step.label for step in other.history.timeline] == timeline
    for position in range(other.history.position, -1, -1):
        other.history.go_to(position)
        assert fingerprint(other) == known[position]
