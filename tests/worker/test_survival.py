"""R1, R2 and R13 of the reliability promises: queue, dispatcher and a real process, with the document watching.

The engine is the fake one of the program itself. Times are only time-outs.
"""

from __future__ import annotations

import hashlib
import os
import random
import signal
import struct
import sys
from pathlib import Path

import msgspec
import pytest
from PySide6.QtGui import QColor

from sdstudio.document.composite import render
from sdstudio.document.document import Document
from sdstudio.document.stroke import Stroke
from sdstudio.generation.jobs import Job, JobQueue
from sdstudio.generation.parameters import Parameters
from sdstudio.generation.place import place
from sdstudio.generation.prepare import prepare
from sdstudio.models.info import ModelInfo
from sdstudio.protocol import messages
from sdstudio.protocol.framing import write_frame
from sdstudio.raster.dabs import Brush, Sample
from sdstudio.raster.geometry import Bounds, Extent, Point
from sdstudio.worker.dispatcher import Dispatcher
from sdstudio.worker.process import own_engine_command
from tests.helpers.engines import PATIENCE_S, is_running, stop, wait_until

MODEL = ModelInfo(id="fake", title="Fake", path="fake", family="sd1", native_size=64)
STEPS = 6


class Studio:
    """Document, queue and dispatcher wired as the window wires them."""

    def __init__(self, qtbot, command: list[str], **options: int) -> None:
        self.qtbot = qtbot
        self.document = Document.new(Extent(64, 64))
        self.dispatcher = Dispatcher(command, **options)
        self.queue = JobQueue(self.dispatcher)
        self.dispatcher.received.connect(self.queue.receive)
        self.dispatcher.lost.connect(self.queue.engine_lost)
        self.messages: list[object] = []
        self.dispatcher.received.connect(lambda message, blob: self.messages.append(message))
        self.dispatcher.start()

    def generate(self, **changes: object) -> Job:
        parameters = msgspec.structs.replace(Parameters(prompt="a red apple", steps=STEPS), **changes)
        return self.queue.add(prepare(self.document, parameters, MODEL, seed=1), self.document)

    def wait(self, condition) -> None:
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=int(PATIENCE_S * 1000))

    def wait_ready(self) -> int:
        self.wait(lambda: self.dispatcher.state == "ready")
        return self.dispatcher.engine_pid

    def progress(self) -> list[messages.Progress]:
        return [message for message in self.messages if isinstance(message, messages.Progress)]

    def fingerprint(self) -> str:
        image = render(self.document, Bounds.of(self.document.extent))
        layers = [(layer.id, layer.name, layer.opacity) for layer in self.document.walk()]
        return hashlib.sha256(bytes(image.constBits()) + repr(layers).encode()).hexdigest()


@pytest.fixture
def open_studio(qtbot):
    studios: list[Studio] = []

    def make(*options: str, command: list[str] | None = None, **more: int) -> Studio:
        studio = Studio(qtbot, command or [*own_engine_command(fake=True), *options], **more)
        studios.append(studio)
        return studio

    yield make
    for studio in studios:
        studio.dispatcher.close()


def test_killed_at_any_moment_the_document_is_unharmed_and_the_next_job_works(open_studio):
    """R1: after every message of a job, and while the engine starts; then the queue goes on with a new engine."""
    studio = open_studio("--step-delay-ms", "15", "--load-delay-ms", "15")
    before = studio.fingerprint()
    studio.wait_ready()
    studio.generate()
    studio.wait(lambda: studio.queue.running is None)
    points = len(studio.progress())
    assert points > STEPS
    for point in range(points + 1):
        pid = studio.wait_ready()
        studio.messages.clear()
        victim, follower = studio.generate(), studio.generate()
        studio.wait(lambda point=point: len(studio.progress()) >= point)
        os.kill(pid, signal.SIGKILL)
        studio.wait(lambda follower=follower: follower.is_over)
        states = [victim.state, follower.state]
        assert sorted(states) == ["failed", "finished"]
        assert states[0] == "failed" or point >= points - 1  # at the very end the victim may win the race
        failure = victim.failure or follower.failure
        assert failure.kind == "crashed"
        assert failure.message.endswith(".")
        assert studio.fingerprint() == before
        if states[0] == "finished":
            studio.dispatcher.restart()
    job = studio.generate()
    studio.wait(lambda: job.is_over)
    place(studio.document, job.prepared, job.result)
    assert studio.fingerprint() != before


def test_killed_while_it_starts_the_waiting_job_fails_and_the_next_works(open_studio):
    studio = open_studio()
    victim = studio.generate()
    studio.wait(lambda: studio.dispatcher.engine_pid)
    os.kill(studio.dispatcher.engine_pid, signal.SIGKILL)
    studio.wait(lambda: victim.is_over)
    job = studio.generate()
    studio.wait(lambda: job.is_over)
    assert job.state == "finished"


@pytest.mark.parametrize("moment", ["loading", "sampling"])
def test_cancel_is_done_and_the_next_job_works(open_studio, moment):
    """R13: the engine leaves by itself, while it samples as while it loads, and what it has loaded stays."""
    delays = ("--step-delay-ms", "20", "--load-delay-ms", "400")
    studio = open_studio(*delays)
    pid = studio.wait_ready()
    victim = studio.generate(steps=500)
    studio.wait(lambda: any(getattr(message, "stage", "") == moment for message in studio.messages))
    studio.queue.cancel(victim.id)
    studio.wait(lambda: victim.is_over)
    assert victim.state == "cancelled"
    assert is_running(pid)
    job = studio.generate()
    studio.wait(lambda: job.is_over)
    assert job.state == "finished"


def test_cancel_of_a_stopped_engine_is_done_and_the_next_job_works(open_studio):
    studio = open_studio("--step-delay-ms", "20", cancel_patience_ms=200)
    pid = studio.wait_ready()
    victim, follower = studio.generate(steps=500), studio.generate()
    studio.wait(lambda: victim.preview)
    stop(pid)
    studio.queue.cancel(victim.id)
    studio.wait(lambda: follower.is_over)
    assert (victim.state, follower.state) == ("cancelled", "finished")
    wait_until(lambda: not is_running(pid))


def test_painting_goes_on_while_the_engine_is_stopped(open_studio):
    studio = open_studio()
    stop(studio.wait_ready())
    job, before = studio.generate(), studio.fingerprint()
    stroke = Stroke(studio.document, studio.document.active_id, Brush(), QColor("red"))
    for step in range(20):
        stroke.add(Sample(Point(10 + 2 * step, 30)))
        studio.qtbot.wait(5)  # the event loop turns
    stroke.commit()
    assert job.state == "running"
    assert studio.fingerprint() != before


@pytest.mark.parametrize("seed", range(10))
def test_fuzzed_streams_end_in_a_picture_or_a_sentence(open_studio, tmp_path, seed):
    """R2: what an engine says is damaged at random places; the framing's own fuzzing has the numbers."""
    stream = tmp_path / "stream"
    stream.write_bytes(_damaged_answer(random.Random(seed)))
    script = (
        "import sys, shutil, time; shutil.copyfileobj(open(sys.argv[1], 'rb'), sys.stdout.buffer); sys.stdin.read()"
    )
    studio = open_studio(command=[sys.executable, "-c", script, str(stream)])
    job = studio.generate()
    studio.wait(lambda: studio.dispatcher.state != "starting")
    studio.qtbot.wait(30)
    if not job.is_over:
        studio.dispatcher.restart(own_engine_command(fake=True))
    studio.wait(lambda: job.is_over)
    assert job.state in ("failed", "finished")
    if job.state == "finished":
        assert job.result.shape == (64, 64, 3)
    else:
        assert job.failure.message.endswith(".")


def _damaged_answer(rng: random.Random) -> bytes:
    import io

    stream = io.BytesIO()
    write_frame(
        stream,
        messages.Ready(device="cpu", device_name="x", memory_bytes=1, torch_version="2", diffusers_version="0"),
    )
    ready = len(stream.getvalue())
    for step in range(1, 4):
        write_frame(stream, messages.Progress(job_id="job-1", stage="sampling", step=step, steps=3))
        write_frame(stream, messages.Preview(job_id="job-1", step=step, steps=3, width=8, height=8), bytes(192))
    done = messages.Finished(job_id="job-1", width=64, height=64, steps_run=3, seconds=1.0)
    write_frame(stream, done, bytes(3 * 64 * 64))
    data = bytearray(stream.getvalue())
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(ready, len(data) - 12_000)
        if rng.random() < 0.5:
            data[at] ^= 1 << rng.randrange(8)
        else:
            data[at:at] = struct.pack(">I", rng.getrandbits(32))
    return bytes(data)


def test_the_engine_ends_when_the_window_is_killed(tmp_path):
    """With the program's own engine, whose heavy start must not keep it alive."""
    import subprocess

    script = (
        "import sys; from sdstudio.worker.process import EngineProcess, own_engine_command\n"
        "engine = EngineProcess(own_engine_command(fake=True)); engine.start(); engine.receive()\n"
        "print(engine.pid, flush=True); engine.receive()"
    )
    window = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=Path.cwd())
    engine_pid = int(window.stdout.readline())
    window.kill()
    window.wait()
    window.stdout.close()
    wait_until(lambda: not is_running(engine_pid))
