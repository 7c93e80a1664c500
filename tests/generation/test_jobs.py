from __future__ import annotations

import gc
import weakref

import pytest
from msgspec.structs import replace

from sdstudio.document.document import Document
from sdstudio.errors import EngineProblem
from sdstudio.generation import beside
from sdstudio.generation import jobs as jobs_module
from sdstudio.generation.beside import Develop, Take
from sdstudio.generation.jobs import Job, JobQueue
from sdstudio.generation.parameters import Parameters
from sdstudio.generation.place import layer_of
from sdstudio.generation.prepare import Prepared, prepare
from sdstudio.models.info import ModelInfo
from sdstudio.protocol.messages import CancelAcknowledged, Failed, Finished, Preview, Progress, Ready
from sdstudio.raster.geometry import Bounds, Extent
from sdstudio.raster.masks import rectangle
from tests.generation.conftest import Answers, ScriptedEngine

WISH = Parameters(prompt="a red apple", strength=0.6)


@pytest.fixture
def prepared(document: Document, model: ModelInfo) -> Prepared:
    document.selection = rectangle(Bounds(10, 10, 40, 40))
    return prepare(document, WISH, model, 7)


class Log:
    """What the queue said, in order."""

    def __init__(self, queue: JobQueue) -> None:
        self.lines: list[str] = []
        queue.finished.connect(lambda job: self.lines.append(f"finished {job.id}"))
        queue.failed.connect(lambda job: self.lines.append(f"failed {job.id}"))
        queue.preview_changed.connect(lambda job: self.lines.append(f"preview {job.id}"))


@pytest.fixture
def log(queue: JobQueue) -> Log:
    return Log(queue)


def states(queue: JobQueue) -> list[str]:
    return [job.state for job in queue.jobs]


def test_one_job_at_a_time_reaches_the_engine(queue, engine, answers, prepared) -> None:
    first, second = queue.add(prepared), queue.add(prepared)
    assert [sent.job_id for sent in engine.sent] == [first.id]
    assert states(queue) == ["running", "queued"]
    sent = engine.sent[0]
    assert sent.request == prepared.request
    assert len(sent.source) == prepared.request.extent.area * 3
    assert len(sent.mask) == prepared.request.extent.area
    answers.finish(first)
    assert [sent.job_id for sent in engine.sent] == [first.id, second.id]
    assert states(queue) == ["finished", "running"]


def test_text_to_image_sends_no_pixels(queue, engine, document, model) -> None:
    queue.add(prepare(document, replace(WISH, strength=1.0), model, 7))
    assert (engine.sent[0].source, engine.sent[0].mask) == (b"", b"")


def test_a_result_has_pixels_and_a_thumbnail(queue, answers, prepared, log) -> None:
    job = queue.add(prepared)
    answers.finish(job, (200, 30, 60))
    assert job.result is not None
    assert (job.result == (200, 30, 60)).all()
    assert job.thumbnail is not None
    assert max(job.thumbnail.width(), job.thumbnail.height()) <= 128
    assert log.lines == [f"finished {job.id}"]


def test_progress_previews_and_the_time_left(engine, prepared, log) -> None:
    now = 0.0
    queue = JobQueue(engine, clock=lambda: now)
    log = Log(queue)
    job = queue.add(prepared)
    for step, at in ((0, 0.0), (1, 5.0), (2, 7.0), (3, 9.0)):
        now = at
        queue.receive(Progress(job_id=job.id, stage="sampling", step=step, steps=10))
    assert (job.stage, job.step, job.steps) == ("sampling", 3, 10)
    assert job.seconds_left == pytest.approx(7 * 2.0)
    queue.receive(Preview(job_id=job.id, step=3, steps=10, width=4, height=4), bytes(48))
    assert job.preview == (4, 4, bytes(48))
    assert log.lines == [f"preview {job.id}"]
    extent = prepared.request.extent
    now = 12.0
    message = Finished(job_id=job.id, width=extent.width, height=extent.height, steps_run=10, seconds=1.0)
    queue.receive(message, bytes(extent.area * 3))
    assert (job.preview, job.seconds_left) == (None, None)
    second = queue.add(prepared)
    for step, at in ((8, 20.0), (9, 21.0), (10, 22.0)):
        now = at
        queue.receive(Progress(job_id=second.id, stage="sampling", step=step, steps=10))
    assert second.seconds_left == pytest.approx(3.0), "the last job took three seconds to decode"


def test_a_preview_of_the_wrong_size_is_ignored(queue, prepared, log) -> None:
    job = queue.add(prepared)
    queue.receive(Preview(job_id=job.id, step=1, steps=4, width=4, height=4), bytes(47))
    assert job.preview is None
    assert log.lines == []


def test_cancelling_a_waiting_job_does_not_bother_the_engine(queue, engine, prepared, log) -> None:
    first, second, third = (queue.add(prepared) for _ in range(3))
    queue.cancel(second.id)
    assert second.state == "cancelled"
    assert engine.cancelled == []
    assert [job.id for job in queue.waiting] == [third.id]
    assert queue.running is first
    assert log.lines == []


def test_cancelling_the_running_job_waits_for_the_engine(queue, engine, answers, prepared, log) -> None:
    first, second = queue.add(prepared), queue.add(prepared)
    queue.cancel(first.id)
    queue.cancel(first.id)
    assert engine.cancelled == [first.id]
    assert (first.state, first.is_cancelling) == ("running", True)
    assert len(engine.sent) == 1, "the engine is still busy"
    queue.receive(CancelAcknowledged(job_id=first.id))
    answers.preview(first)
    assert log.lines == []
    answers.fail(first, "cancelled")
    assert (first.state, first.is_cancelling) == ("cancelled", False)
    assert queue.running is second
    assert log.lines == [], "a cancelled job is no failure"


def test_a_picture_that_was_cancelled_at_the_last_moment_is_not_placed(queue, answers, prepared, log) -> None:
    job = queue.add(prepared)
    queue.cancel(job.id)
    answers.finish(job)
    assert (job.state, log.lines) == ("cancelled", [])


def test_cancel_all_leaves_nothing_to_start(queue, engine, answers, prepared) -> None:
    first, *_ = (queue.add(prepared) for _ in range(3))
    queue.cancel_all()
    answers.fail(first, "cancelled")
    assert states(queue) == ["cancelled"] * 3
    assert len(engine.sent) == 1


def test_the_engine_has_a_job_before_anyone_can_cancel_it(queue, engine, prepared):
    sent_when_told = []
    queue.job_changed.connect(lambda job: sent_when_told.append(len(engine.sent)))
    queue.add(prepared)
    assert sent_when_told[0] == 1


def test_cancelling_what_is_over_or_unknown_is_nothing(queue, engine, answers, prepared) -> None:
    job = queue.add(prepared)
    answers.finish(job)
    queue.cancel(job.id)
    queue.cancel("job-99")
    assert (job.state, engine.cancelled) == ("finished", [])


def test_waiting_jobs_can_change_places(queue, engine, answers, prepared) -> None:
    running, a, b, c = (queue.add(prepared) for _ in range(4))
    queue.move(c.id, 0)
    assert queue.jobs == [running, c, a, b]
    queue.move(c.id, 99)
    assert queue.jobs == [running, a, b, c]
    queue.move(running.id, 2)
    assert queue.jobs == [running, a, b, c]
    queue.move(b.id, 0)
    answers.finish(running)
    assert engine.sent[-1].job_id == b.id


def test_losing_the_engine_costs_one_job(queue, engine, prepared, log) -> None:
    first, second = queue.add(prepared), queue.add(prepared)
    queue.engine_lost("The engine stopped unexpectedly.", "signal 9")
    assert first.failure is not None
    assert (first.failure.kind, first.failure.message) == ("crashed", "The engine stopped unexpectedly.")
    assert queue.running is second
    assert log.lines == [f"failed {first.id}"]
    assert second.state == "running"


def test_losing_an_idle_engine_costs_nothing(queue, log) -> None:
    queue.engine_lost("The engine stopped unexpectedly.")
    assert log.lines == []


def test_losing_the_engine_while_cancelling_is_a_cancel(queue, prepared, log) -> None:
    job = queue.add(prepared)
    queue.cancel(job.id)
    queue.engine_lost("The engine was stopped.")
    assert (job.state, log.lines) == ("cancelled", [])


def test_a_failure_is_kept_with_its_job(queue, engine, answers, prepared, log) -> None:
    first, second = queue.add(prepared), queue.add(prepared)
    answers.fail(first)
    assert first.failure is not None
    assert (first.state, first.failure.kind) == ("failed", "out_of_memory")
    assert (queue.running, log.lines) == (second, [f"failed {first.id}"])


def test_an_engine_that_cannot_start_fails_each_job_with_its_sentence(queue, engine, prepared, log) -> None:
    engine.refuses = EngineProblem("The engine could not be started.", detail="no such file")
    first, second = queue.add(prepared), queue.add(prepared)
    assert states(queue) == ["failed", "failed"]
    assert log.lines == [f"failed {first.id}", f"failed {second.id}"]
    assert first.failure is not None
    assert first.failure.message == "The engine could not be started."


def test_a_picture_of_the_wrong_size_is_a_failure(queue, prepared, log) -> None:
    job = queue.add(prepared)
    queue.receive(Finished(job_id=job.id, width=8, height=8, steps_run=1, seconds=1.0), bytes(192))
    assert (job.state, log.lines) == ("failed", [f"failed {job.id}"])


def test_messages_about_nothing_are_ignored(queue, answers, prepared, log) -> None:
    job = queue.add(prepared)
    answers.finish(job)
    log.lines.clear()
    answers.finish(job)
    answers.preview(job)
    queue.receive(Failed(job_id="job-77", kind="internal", message="?"))
    queue.receive(Ready(device="cpu", device_name="", memory_bytes=1, torch_version="", diffusers_version=""))
    assert (job.state, log.lines) == ("finished", [])


def test_strength_0_is_over_at_once_without_the_engine(queue, engine, document, model, log) -> None:
    job = queue.add(prepare(document, replace(WISH, strength=0.0), model, 7))
    assert (job.state, engine.sent, log.lines) == ("finished", [], [f"finished {job.id}"])


def test_strength_0_does_not_wait_for_others(queue, prepared, document, model) -> None:
    waiting = [queue.add(prepared), queue.add(prepared)]
    job = queue.add(prepare(document, replace(WISH, strength=0.0), model, 7))
    assert job.state == "finished"
    assert queue.jobs == [job, *waiting]


def test_a_listener_that_fails_does_not_stop_the_queue(queue, answers, prepared) -> None:
    def fail(job: Job) -> None:
        raise ZeroDivisionError

    queue.finished.connect(fail)
    first, second = queue.add(prepared), queue.add(prepared)
    with pytest.raises(ZeroDivisionError):
        answers.finish(first)
    assert queue.running is second


def test_history_forgets_pixels_that_are_safe_and_keeps_those_that_are_not(engine, answers, prepared) -> None:
    queue = JobQueue(engine, history_bytes=3 * prepared.nbytes)
    answers.queue = queue
    queue.finished.connect(lambda job: setattr(job, "is_placed", job.id != "job-1"))
    for _ in range(6):
        answers.finish(queue.add(prepared))
    kept = [job.result is not None for job in queue.jobs]
    assert kept[0], "not placed yet, so it must not be lost"
    assert not kept[1]
    assert kept[-1]
    assert all(job.thumbnail is not None for job in queue.jobs)


def test_a_job_over_can_be_taken_out_of_the_list(queue, answers, prepared) -> None:
    first, second = queue.add(prepared), queue.add(prepared)
    queue.remove(second.id)
    assert len(queue.jobs) == 2, "a waiting job is cancelled, not removed"
    answers.finish(first)
    queue.remove(first.id)
    assert queue.jobs == [second]


def test_a_queue_does_not_keep_documents_alive(queue, prepared) -> None:
    document = Document.new(Extent(8, 8))
    queue.add(prepared, document)
    reference = weakref.ref(document)
    del document
    gc.collect()
    assert reference() is None


class Darkroom:
    """Makes results ready when the test says so."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Develop, Take]] = []

    def __call__(self, act: Develop, then: Take) -> None:
        self.waiting.append((act, then))

    def develop(self) -> None:
        act, then = self.waiting.pop(0)
        then(act())


@pytest.fixture
def darkroom(monkeypatch: pytest.MonkeyPatch) -> Darkroom:
    monkeypatch.setattr(jobs_module, "_AT_ONCE_PX", 0)
    return Darkroom()


@pytest.fixture
def slow_queue(engine: ScriptedEngine, darkroom: Darkroom) -> JobQueue:
    return JobQueue(engine, beside=darkroom)


def test_a_large_result_is_made_ready_before_the_job_is_over(slow_queue, darkroom, engine, prepared, document) -> None:
    job, following = slow_queue.add(prepared), slow_queue.add(prepared)
    Answers(slow_queue).finish(job)
    assert states(slow_queue) == ["running", "queued"]
    slow_queue.engine_lost("The engine ended.")  # its picture is here already
    darkroom.develop()
    assert states(slow_queue) == ["finished", "running"]
    assert following.id == engine.sent[1].job_id
    with_it = layer_of(document, job.prepared, job.result, job.developed)
    without = layer_of(document, job.prepared, job.result)
    area = job.prepared.placement.target
    assert with_it.surface.read(area) == without.surface.read(area)
    assert with_it.metadata == without.metadata


def test_a_job_can_be_cancelled_while_its_result_is_made_ready(slow_queue, darkroom, engine, prepared) -> None:
    job = slow_queue.add(prepared)
    Answers(slow_queue).finish(job)
    slow_queue.cancel(job.id)
    assert job.state == "cancelled"
    assert engine.cancelled == []
    darkroom.develop()
    assert job.state == "cancelled"
    assert job.developed is None


def test_too_little_memory_for_a_result_is_said(slow_queue, darkroom, prepared, monkeypatch) -> None:
    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(beside, "developed", fail)
    job = slow_queue.add(prepared)
    Answers(slow_queue).finish(job)
    darkroom.develop()
    assert job.state == "failed"
    assert job.failure is not None
    assert job.failure.kind == "out_of_memory"
    assert job.result is None
