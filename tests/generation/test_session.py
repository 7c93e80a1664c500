from __future__ import annotations

import pytest
from msgspec.structs import replace

from sdstudio.document.document import Document
from sdstudio.document.layers import PaintLayer
from sdstudio.errors import BadRequest, ModelProblem
from sdstudio.generation.place import REQUEST_KEY
from sdstudio.generation.session import Session
from sdstudio.models.info import ModelInfo, SamplingDefaults
from sdstudio.protocol.request import MAX_SEED
from sdstudio.raster.geometry import Bounds, Extent
from sdstudio.raster.masks import rectangle


@pytest.fixture
def session(document, queue, model) -> Session:
    best = SamplingDefaults(steps=9, cfg_scale=2.0, sampler="euler", schedule="karras")
    other = ModelInfo(id="other", title="Other", path="/models/other", family="sd1", defaults=best)
    return Session(document, queue, [model, other])


def wish(session: Session, **changes: object) -> None:
    session.parameters = replace(session.parameters, **changes)


def test_the_first_model_is_chosen_with_its_values(session, model) -> None:
    assert session.model is model
    session.choose_model("other")
    assert (session.parameters.steps, session.parameters.sampler) == (9, "euler")


def test_parameters_tell_of_changes_only(session) -> None:
    told = []
    session.parameters_changed.connect(lambda: told.append(session.parameters.prompt))
    wish(session, prompt="a fox")
    wish(session, prompt="a fox")
    assert told == ["a fox"]


def test_a_result_becomes_a_layer_by_itself(session, document, answers) -> None:
    wish(session, prompt="a fox")
    before = len(document.root.children)
    (job,) = session.generate()
    assert len(document.root.children) == before, "painting goes on until the picture is there"
    answers.finish(job)
    assert len(document.root.children) == before + 1
    assert job.is_placed
    assert document.active is not None
    assert document.active.name == "a fox"
    document.history.undo()
    assert len(document.root.children) == before


def test_painting_goes_on_while_it_generates(session, document, engine, answers) -> None:
    wish(session, strength=0.5)
    (job,) = session.generate()
    sent = engine.sent[0].source
    layer = document.active
    assert isinstance(layer, PaintLayer)
    layer.surface.write(Bounds(0, 0, 8, 8), layer.surface.read(Bounds(20, 10, 8, 8)))
    assert engine.sent[0].source == sent
    answers.finish(job)
    assert document.history.undo_label == "Generate"


def test_every_press_queues_another_with_a_new_seed(session, queue) -> None:
    jobs = [*session.generate(), *session.generate()]
    assert [job.state for job in queue.jobs] == ["running", "queued"]
    seeds = [job.prepared.request.seed for job in jobs]
    assert seeds[0] != seeds[1]
    assert all(0 <= seed < 2**32 for seed in seeds)
    assert session.parameters.seed == seeds[1], "the seed used is shown"


def test_a_locked_seed_stays(session) -> None:
    wish(session, seed=1234, seed_locked=True)
    assert [job.prepared.request.seed for job in (*session.generate(), *session.generate())] == [1234, 1234]


def test_a_batch_counts_its_seeds_up(session) -> None:
    wish(session, seed=MAX_SEED - 1, seed_locked=True, batch_count=4)
    assert [job.prepared.request.seed for job in session.generate()] == [MAX_SEED - 1, MAX_SEED, 0, 1]


@pytest.mark.parametrize("changes", [{"steps": 0}, {"cfg_scale": 99.0}, {"seed": MAX_SEED + 1, "seed_locked": True}])
def test_what_cannot_start_queues_nothing(session, queue, engine, changes) -> None:
    wish(session, batch_count=3, **changes)
    with pytest.raises(BadRequest):
        session.generate()
    assert (queue.jobs, engine.sent) == ([], [])


def test_a_model_that_is_gone_is_said_and_starts_nothing(session, queue) -> None:
    wish(session, model_id="lost")
    with pytest.raises(ModelProblem, match="lost"):
        session.generate()
    assert "lost" in session.intent().problem
    assert queue.jobs == []


def test_without_any_model_the_sentence_says_what_to_do(document, queue, model) -> None:
    session = Session(document, queue, [])
    with pytest.raises(ModelProblem, match="models folder"):
        session.generate()
    session.models = [model]
    assert session.model is model


def test_the_intent_follows_the_canvas(session, document) -> None:
    assert session.intent().title == "Create 96 × 80"
    wish(session, strength=0.4)
    assert session.intent().title == "Refine 40 %"
    document.selection = rectangle(Bounds(10, 10, 20, 20))
    assert session.intent().title == "Refine selection 40 %"


def test_the_refiner_goes_along_and_comes_back(session, model) -> None:
    base, gloss = replace(model, family="sdxl"), replace(model, id="gloss", title="Gloss", family="sdxl_refiner")
    session.models = [base, gloss]
    session.parameters = replace(session.parameters, refiner="gloss", refiner_switch=0.7)
    (job,) = session.generate()
    assert job.prepared.model.refiner == gloss
    assert (job.prepared.request.refiner, job.prepared.request.refiner_switch) == ("gloss", 0.7)
    session.parameters = replace(session.parameters, refiner="", refiner_switch=0.8)
    session.take(job.prepared.request)
    assert (session.parameters.refiner, session.parameters.refiner_switch) == ("gloss", 0.7)


def test_a_result_waits_for_its_document(session, document, answers) -> None:
    (job,) = session.generate()
    other = Document.new(Extent(64, 64))
    session.document = other
    answers.finish(job)
    assert not job.is_placed
    assert job.result is not None, "never lost"
    assert len(other.root.children) == 2, "nothing appears in a document that did not ask for it"
    session.document = document
    assert job.is_placed
    assert len(document.root.children) == 3


def test_a_result_can_be_put_into_another_document_by_hand(session, answers) -> None:
    (job,) = session.generate()
    session.document = other = Document.new(Extent(20, 20))
    answers.finish(job)
    layer = session.place(job)
    assert layer in other.root.children
    assert job.is_placed


def test_a_job_whose_picture_is_not_kept_says_so(session, answers) -> None:
    (job,) = session.generate()
    with pytest.raises(BadRequest, match="not kept"):
        session.place(job)


def test_strength_0_adds_a_layer_that_changes_nothing(session, document, engine) -> None:
    wish(session, strength=0.0)
    (job,) = session.generate()
    assert job.is_placed
    assert engine.sent == []
    assert len(document.root.children) == 3


def test_a_layer_brings_its_parameters_back(session, document, answers) -> None:
    wish(session, prompt="a fox", negative_prompt="blurry", steps=13, cfg_scale=3.5, strength=0.7)
    (job,) = session.generate()
    answers.finish(job)
    layer = document.active
    assert layer is not None
    session.choose_model("other")
    wish(session, prompt="something else", strength=1.0)
    session.reproduce(layer)
    now = session.parameters
    assert (now.prompt, now.negative_prompt, now.model_id) == ("a fox", "blurry", "starter")
    assert (now.steps, now.cfg_scale, now.strength) == (13, 3.5, 0.7)
    assert (now.seed, now.seed_locked) == (job.prepared.request.seed, True)


@pytest.mark.parametrize("native_size", [None, 128, 300])
def test_the_generation_size_comes_back(session, document, answers, native_size):
    wish(session, native_size=native_size)
    (job,) = session.generate()
    answers.finish(job)
    wish(session, native_size=80)
    session.reproduce(document.active)
    (again,) = session.generate()
    assert again.prepared.request.extent == job.prepared.request.extent


def test_reproducing_what_was_not_generated_or_cannot_be_is_one_sentence(session, document) -> None:
    layer = PaintLayer(name="Sketch")
    with pytest.raises(BadRequest, match="“Sketch” was not generated"):
        session.reproduce(layer)
    layer.metadata[REQUEST_KEY] = "{}"
    with pytest.raises(BadRequest, match="cannot be read"):
        session.reproduce(layer)
    layer.metadata[REQUEST_KEY] = (
        '{"mode": "text_to_image", "prompt": "x", "model": "lost", "extent": {"width": 8, "height": 8}}'
    )
    before = session.parameters
    with pytest.raises(ModelProblem, match="lost"):
        session.reproduce(layer)
    assert session.parameters is before
