"""Several results for one place: which belong together, and what choosing among them does."""

from __future__ import annotations

import msgspec
import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from sdstudio.document.document import Document
from sdstudio.document.layers import Layer, PaintLayer
from sdstudio.errors import BadRequest
from sdstudio.generation.candidates import Candidates
from sdstudio.generation.jobs import Job, JobQueue
from sdstudio.generation.session import Session
from sdstudio.models.info import ModelInfo
from sdstudio.raster.geometry import Bounds, Extent, Point
from sdstudio.raster.masks import rectangle
from sdstudio.raster.pixels import filled
from tests.generation.conftest import Answers
from tests.helpers.drawing import pick

COLORS = ((200, 30, 60), (30, 200, 60), (30, 60, 200), (90, 90, 90))


@pytest.fixture
def document(qapp: QApplication) -> Document:
    return Document.new(Extent(96, 80))


@pytest.fixture
def session(document: Document, queue: JobQueue, model: ModelInfo) -> Session:
    return Session(document, queue, [model])


@pytest.fixture
def candidates(session: Session) -> Candidates:
    return Candidates(session)


def batch(session: Session, count: int) -> list[Job]:
    session.parameters = msgspec.structs.replace(session.parameters, prompt="apple", batch_count=count)
    return session.generate()


def layers(document: Document) -> list[Layer]:
    return list(document.root.children)


def seen(document: Document) -> tuple[int, int, int]:
    color = pick(document, Point(40, 40))
    return color.red(), color.green(), color.blue()


@pytest.fixture
def made(session: Session, candidates: Candidates, answers: Answers) -> list[Job]:
    """A batch of four that is done."""
    jobs = batch(session, 4)
    for job, color in zip(jobs, COLORS, strict=True):
        answers.finish(job, color)
    return jobs


def test_a_single_result_becomes_a_layer_as_always(session, candidates, answers, document) -> None:
    (job,) = batch(session, 1)
    answers.finish(job)
    assert len(layers(document)) == 3
    assert not candidates.is_open


def test_of_a_batch_the_first_is_a_layer_and_the_others_wait(document, candidates, made) -> None:
    assert len(layers(document)) == 3
    assert seen(document) == COLORS[0]
    assert candidates.jobs == made
    assert candidates.shown is made[0]
    assert candidates.awaited == 0


def test_while_the_batch_runs_more_are_awaited(session, candidates, answers) -> None:
    jobs = batch(session, 3)
    assert not candidates.is_open
    answers.finish(jobs[0])
    assert candidates.is_open
    assert (len(candidates.jobs), candidates.awaited) == (1, 2)
    session.queue.cancel(jobs[2].id)
    answers.fail(jobs[1])
    assert not candidates.is_open  # nothing is left to choose


def test_choosing_is_one_undo_step_and_nothing_is_lost(document, candidates, made) -> None:
    candidates.choose(made[2])
    assert seen(document) == COLORS[2]
    assert len(layers(document)) == 3
    assert document.active is layers(document)[2]
    document.history.undo()
    assert seen(document) == COLORS[0]
    document.history.redo()
    assert seen(document) == COLORS[2]
    assert all(job.result is not None and job.is_placed for job in made)


def test_what_was_set_on_the_layer_stays_with_the_chosen_one(document, candidates, made) -> None:
    layer = layers(document)[2]
    layer.opacity, layer.name = 0.5, "my apple"
    candidates.choose(made[1])
    chosen = layers(document)[2]
    assert (chosen.opacity, chosen.name) == (0.5, "my apple")


def test_a_layer_that_was_painted_on_is_never_taken_away(document, candidates, made) -> None:
    layer = layers(document)[2]
    assert isinstance(layer, PaintLayer)
    layer.surface.write(Bounds(0, 0, 9, 9), filled(9, 9, QColor("black")))
    document.pixels_changed.emit(layer.id, Bounds(0, 0, 9, 9))
    candidates.choose(made[1])
    assert layer in layers(document)
    assert len(layers(document)) == 4
    assert seen(document) == COLORS[1]
    candidates.choose(made[3])  # now the new layer is the one that is exchanged
    assert len(layers(document)) == 4


def test_all_are_kept_as_hidden_layers_below_the_shown_one(document, candidates, made) -> None:
    candidates.choose(made[1])
    candidates.keep_all()
    assert len(layers(document)) == 6
    assert seen(document) == COLORS[1]
    assert [layer.visible for layer in layers(document)[2:]] == [False, False, False, True]
    assert document.active is layers(document)[5]
    assert not candidates.is_open
    document.history.undo()
    assert len(layers(document)) == 3


def test_discarding_takes_the_layer_away_in_one_step(document, candidates, made) -> None:
    candidates.discard()
    assert len(layers(document)) == 2
    assert not candidates.is_open
    document.history.undo()
    assert seen(document) == COLORS[0]
    assert all(job.result is not None for job in made)


def test_after_undoing_the_layer_a_choice_makes_a_new_one(document, candidates, made) -> None:
    document.history.undo()
    assert len(layers(document)) == 2
    candidates.choose(made[0])
    assert len(layers(document)) == 3
    assert seen(document) == COLORS[0]


def test_another_place_is_another_choice(session, candidates, answers, document, made) -> None:
    document.selection = rectangle(Bounds(10, 10, 40, 40))
    (elsewhere,) = batch(session, 1)
    answers.finish(elsewhere)
    assert len(layers(document)) == 4
    assert not candidates.is_open


def test_two_presses_for_one_place_belong_together_while_they_wait(session, candidates, answers, document) -> None:
    first, second = [*batch(session, 1), *batch(session, 1)]
    answers.finish(first)
    answers.finish(second, COLORS[1])
    assert candidates.jobs == [first, second]
    assert len(layers(document)) == 3


def test_switched_off_every_result_is_a_layer(session, candidates, answers, document) -> None:
    candidates.is_wanted = False
    for job in batch(session, 3):
        answers.finish(job)
    assert len(layers(document)) == 5
    assert not candidates.is_open


def test_a_forgotten_picture_says_so(document, candidates, made) -> None:
    made[1].result = None
    with pytest.raises(BadRequest, match="not kept any more"):
        candidates.choose(made[1])
    assert seen(document) == COLORS[0]


def test_a_locked_layer_is_not_exchanged(document, candidates, made) -> None:
    layers(document)[2].locked = True
    with pytest.raises(Exception, match="locked"):
        candidates.choose(made[1])
    assert seen(document) == COLORS[0]
    assert candidates.shown is made[0]


def test_one_more_joins_the_others(document, candidates, made, answers) -> None:
    more = candidates.another()
    assert more.prepared.request.seed != made[0].prepared.request.seed
    assert msgspec.structs.replace(more.prepared.request, seed=1) == msgspec.structs.replace(
        made[0].prepared.request, seed=1
    )
    assert candidates.awaited == 1
    answers.finish(more)
    assert candidates.jobs == [*made, more]
    assert len(layers(document)) == 3
