"""The engine as a process: stream, cancel, end of stream, failures. Without a model (the fake) and with a tiny one."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest

from sdstudio.models.info import ModelInfo
from sdstudio.models.library import describe
from sdstudio.protocol.messages import (
    Cancel,
    CancelAcknowledged,
    Failed,
    Finished,
    Generate,
    Preview,
    Progress,
    Shutdown,
)
from sdstudio.raster.geometry import Extent
from tests.engine.conftest import make_request
from tests.helpers.engine_client import EngineClient

FAKE = ModelInfo(id="fake", title="Fake", path="/fake", family="sd1")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return {"SDSTUDIO_HOME": str(tmp_path_factory.mktemp("home")), "OMP_NUM_THREADS": "1"}


@pytest.fixture(scope="module")
def fake(home: dict[str, str]) -> Iterator[EngineClient]:
    with EngineClient("--fake", environment=home) as client:
        yield client


@pytest.fixture(scope="module")
def slow_fake(home: dict[str, str]) -> Iterator[EngineClient]:
    with EngineClient("--fake", "--step-delay-ms", "400", environment=home) as client:
        yield client


# Denies the network and prints where it must not, then runs the real engine.
REAL = """
    import socket, sys
    from sdstudio.engine import environment
    take = environment.take_streams
    def take_and_print():
        streams = take()
        print("a library prints")
        return streams
    environment.take_streams = take_and_print
    def deny(*args, **kwargs):
        raise AssertionError("the engine used the network")
    socket.socket.connect = socket.getaddrinfo = socket.create_connection = deny
    import runpy
    runpy.run_module("sdstudio.engine", run_name="__main__")
"""


@pytest.fixture(scope="module")
def real(home: dict[str, str]) -> Iterator[EngineClient]:
    with EngineClient(command=(sys.executable, "-c", textwrap.dedent(REAL)), environment=home) as client:
        yield client


@pytest.fixture(scope="module")
def tiny(folders: dict[str, Path]) -> ModelInfo:
    return describe(folders["starter"])


def generate(job_id: str, model: ModelInfo = FAKE, **changes: object) -> Generate:
    return Generate(job_id=job_id, request=make_request(**changes), model=model)


def test_a_job_reports_stages_steps_and_previews(fake: EngineClient) -> None:
    seen: list[object] = []
    fake.send(generate("one", steps=3))
    finished, blob = fake.outcome(lambda message, blob: seen.append(message))
    assert (finished.width, finished.height, finished.steps_run) == (64, 64, 3)
    assert len(blob) == 64 * 64 * 3
    stages = [message.stage for message in seen if isinstance(message, Progress)]
    assert list(dict.fromkeys(stages)) == ["loading", "encoding", "sampling", "decoding"]
    assert [message.step for message in seen if isinstance(message, Preview)] == [1, 2, 3]


def test_the_fake_picture_follows_from_the_request_alone(fake: EngineClient) -> None:
    pictures = []
    for prompt, seed in (("a", 1), ("a", 1), ("b", 1), ("a", 2)):
        fake.send(generate("picture", prompt=prompt, seed=seed))
        pictures.append(fake.outcome()[1])
    assert pictures[0] == pictures[1]
    assert len(set(pictures)) == 3


def test_the_fake_keeps_what_the_mask_keeps(fake: EngineClient, photo: np.ndarray) -> None:
    mask = np.zeros((64, 64), np.uint8)
    mask[:, 40:] = 255
    job = Generate(job_id="m", request=make_request(strength=0.8), model=FAKE, has_source=True, has_mask=True)
    fake.send(job, photo.tobytes() + mask.tobytes())
    picture = np.frombuffer(fake.outcome()[1], np.uint8).reshape(64, 64, 3)
    assert np.array_equal(picture[:, :40], photo[:, :40])
    assert not np.array_equal(picture[:, 40:], photo[:, 40:])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"steps": 0}, "number of steps is 0"),
        ({"steps": 10**9}, "between 1 and 1000"),
        ({"seed": 2**64}, "seed"),
        ({"seed": -1}, "seed"),
        ({"extent": Extent(65, 64)}, "multiples of 8 pixels"),
        ({"extent": Extent(0, 64)}, "at least 8 pixels"),
        ({"extent": Extent(2**20, 2**20)}, "at most"),
        ({"strength": 1.5}, "strength is 1.5"),
        ({"strength": -0.1}, "strength is -0.1"),
        ({"cfg_scale": 1e9}, "CFG scale"),
        ({"cfg_rescale": 2.0}, "CFG rescale"),
        ({"sampler": "magic"}, "no sampler “magic”"),
        ({"schedule": "magic"}, "no schedule “magic”"),
        ({"sampler": "ddim", "schedule": "karras"}, "cannot follow"),
    ],
)
def test_a_bad_request_is_refused_with_a_sentence(fake: EngineClient, changes: dict[str, object], words: str) -> None:
    fake.send(generate("bad", **changes))
    failed, _ = fake.outcome()
    assert isinstance(failed, Failed)
    assert failed.kind == "bad_request"
    assert words in failed.message


def test_prompts_are_never_logged(
    fake: EngineClient, real: EngineClient, tiny: ModelInfo, home: dict[str, str]
) -> None:
    for client, model in ((fake, FAKE), (real, tiny), (real, FAKE)):
        for steps in (1, 0):
            client.send(
                generate("a job with a name", model, prompt="secret wish", negative_prompt="secret", steps=steps)
            )
            client.outcome()
    log = (Path(home["SDSTUDIO_HOME"]) / "logs" / "engine.log").read_text()
    assert "a job with a name" in log
    assert "secret" not in log


def test_pixels_that_do_not_fit_are_refused(fake: EngineClient) -> None:
    fake.send(Generate(job_id="p", request=make_request(), model=FAKE, has_source=True), b"\0" * 100)
    failed, _ = fake.outcome()
    assert (failed.kind, "100 bytes" in failed.message) == ("bad_request", True)
    fake.send(Generate(job_id="p", request=make_request(), model=FAKE, has_mask=True), b"\0" * 64 * 64)
    assert fake.outcome()[0].kind == "bad_request"


def test_strength_zero_returns_the_source_without_any_work(real: EngineClient, photo: np.ndarray) -> None:
    nowhere = msgspec.structs.replace(FAKE, path="/nowhere")
    job = Generate(job_id="zero", request=make_request(strength=0.0), model=nowhere, has_source=True)
    real.send(job, photo.tobytes())
    finished, blob = real.outcome()
    assert isinstance(finished, Finished)
    assert (finished.steps_run, blob) == (0, photo.tobytes())


def test_cancel_is_acknowledged_while_a_step_runs(slow_fake: EngineClient) -> None:
    slow_fake.send(generate("long", steps=100))
    while not isinstance(slow_fake.receive()[0], Preview):
        pass
    slow_fake.send(Cancel(job_id="long"))
    answers = [slow_fake.receive()[0] for _ in range(2)]
    assert answers[0] == CancelAcknowledged(job_id="long")
    assert isinstance(answers[1], Failed)
    assert (answers[1].job_id, answers[1].kind) == ("long", "cancelled")


def test_a_waiting_job_can_be_cancelled(slow_fake: EngineClient) -> None:
    slow_fake.send(generate("running", steps=1))
    slow_fake.send(generate("waiting", steps=1))
    slow_fake.send(Cancel(job_id="waiting"))
    assert isinstance(slow_fake.outcome()[0], Finished)
    failed, _ = slow_fake.outcome()
    assert (failed.job_id, failed.kind) == ("waiting", "cancelled")


def test_cancelling_an_unknown_job_is_acknowledged_too(fake: EngineClient) -> None:
    fake.send(Cancel(job_id="never heard of"))
    assert fake.receive()[0] == CancelAcknowledged(job_id="never heard of")


@pytest.mark.parametrize("last_words", ["close", "shutdown", "babble"])
def test_the_engine_ends_with_its_stream_even_during_a_job(home: dict[str, str], last_words: str) -> None:
    with EngineClient("--fake", "--step-delay-ms", "60000", environment=home) as client:
        client.send(generate("endless"))
        if last_words == "close":
            client.process.stdin.close()
        elif last_words == "shutdown":
            client.send(Shutdown())
        else:
            client.process.stdin.write(b"GET / HTTP/1.1\r\n\r\n")
            client.process.stdin.flush()
        assert client.process.wait(timeout=10) == (2 if last_words == "babble" else 0)


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="only Linux can watch a parent")
def test_the_engine_ends_with_its_parent_even_if_the_stream_stays_open(home: dict[str, str]) -> None:
    parent = textwrap.dedent("""
        import os, subprocess, sys, time
        engine = subprocess.Popen([sys.executable, "-m", "sdstudio.engine", "--fake"], stdin=0, stdout=subprocess.PIPE)
        engine.stdout.read(8)
        print(engine.pid, flush=True)
        os._exit(0)
    """)
    reading, writing = os.pipe()
    shown = subprocess.run(
        [sys.executable, "-c", parent], stdin=reading, capture_output=True, env={**os.environ, **home}, check=True
    )
    pid = int(shown.stdout)
    deadline = time.monotonic() + 10
    while _is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    os.close(writing)
    os.close(reading)
    assert not _is_alive(pid)


def _is_alive(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return status != "Z"


def test_the_real_engine_makes_a_picture_offline_while_a_library_prints(real: EngineClient, tiny: ModelInfo) -> None:
    """Every frame is read to its end, so a stray print would break the stream; sockets are denied in this process."""
    real.send(generate("tiny", tiny, steps=3))
    finished, blob = real.outcome()
    assert isinstance(finished, Finished), finished
    assert len(blob) == 64 * 64 * 3
    assert np.frombuffer(blob, np.uint8).std() > 0


@pytest.mark.parametrize("prompt", ["", "🍎 一个红苹果", "word " * 10_000], ids=["empty", "emoji", "10,000 words"])
def test_the_real_engine_takes_any_prompt(real: EngineClient, tiny: ModelInfo, prompt: str) -> None:
    real.send(generate("prompt", tiny, prompt=prompt, steps=1, seed=2**64 - 1))
    finished, _ = real.outcome()
    assert isinstance(finished, Finished), finished


def test_the_real_engine_cancels_and_goes_on(real: EngineClient, tiny: ModelInfo) -> None:
    real.send(generate("long", tiny, steps=1000))
    while not isinstance(real.receive()[0], Preview):
        pass
    real.send(Cancel(job_id="long"))
    acknowledged: list[object] = []
    failed, _ = real.outcome(
        lambda message, blob: acknowledged.append(message) if isinstance(message, CancelAcknowledged) else None
    )
    assert (failed.job_id, failed.kind) == ("long", "cancelled")
    assert acknowledged == [CancelAcknowledged(job_id="long")]
    real.send(generate("next", tiny, steps=1))
    assert isinstance(real.outcome()[0], Finished)


def test_a_missing_model_is_named(real: EngineClient) -> None:
    real.send(generate("missing", msgspec.structs.replace(FAKE, path="/nowhere/at all")))
    failed, _ = real.outcome()
    assert failed.kind == "model_missing"
    assert "“Fake”" in failed.message


def test_a_broken_model_is_named_and_the_next_job_works(
    real: EngineClient, tiny: ModelInfo, folders: dict[str, Path], tmp_path: Path
) -> None:
    broken = msgspec.structs.replace(tiny, path=str(tmp_path), title="Broken")
    real.send(generate("broken", broken))
    failed, _ = real.outcome()
    assert failed.kind == "model_invalid"
    assert "“Broken”" in failed.message
    real.send(generate("next", tiny, steps=1))
    assert isinstance(real.outcome()[0], Finished)
