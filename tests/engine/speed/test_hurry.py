"""What a request's speed does to a job, and what it gives way to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
import torch

from sdstudio.engine import memory
from sdstudio.engine.failures import JobCancelledError
from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.sampling import run_job
from sdstudio.engine.speed import half
from sdstudio.engine.speed.hurry import Hurry
from sdstudio.engine.validation import Pixels
from sdstudio.protocol.request import ControlUse
from tests.engine.conftest import Listener, make_request

NOTHING = Pixels(None, None)


@pytest.fixture(params=[True, False], ids=["native halves", "no halves"])
def native(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """As on a processor with bfloat16, which oneDNN can stand in for, and on one without."""
    monkeypatch.setattr(half, "is_native", lambda: request.param)
    return bool(request.param)


@contextmanager
def counted(model: LoadedModel) -> Iterator[list[torch.dtype]]:
    """The types in which the network's deepest layer computed, one for each time it was asked."""
    calls: list[torch.dtype] = []
    hook = model.unet.mid_block.resnets[0].register_forward_hook(
        lambda _block, _given, answer: calls.append(answer.dtype)
    )
    yield calls
    hook.remove()


def deep_calls(model: LoadedModel, **changes: object) -> list[torch.dtype]:
    with counted(model) as calls:
        run_job(make_request(**changes), NOTHING, model, Listener())
    return calls


def test_exact_is_the_usual(sd: LoadedModel, native: bool) -> None:
    assert deep_calls(sd, steps=4) == [torch.float32] * 4


def test_fast_is_half_precision_where_the_processor_has_it(sd: LoadedModel, native: bool) -> None:
    expected = [torch.bfloat16] * 4 if native else [torch.float32] * 2
    assert deep_calls(sd, steps=4, speed="fast") == expected


def test_faster_asks_the_deep_layers_every_second_time(sd: LoadedModel, native: bool) -> None:
    assert deep_calls(sd, steps=4, speed="faster") == [torch.bfloat16 if native else torch.float32] * 2


def test_another_prompt_in_between_makes_a_whole_step(sd: LoadedModel, native: bool) -> None:
    assert len(deep_calls(sd, steps=4, speed="faster", prompt="a [red:blue:0.25] apple")) == 3


@pytest.mark.parametrize("speed", ["fast", "faster"])
def test_the_same_request_gives_the_same_picture(sd: LoadedModel, native: bool, speed: str) -> None:
    request = make_request(speed=speed)
    first = run_job(request, NOTHING, sd, Listener())
    run_job(make_request(prompt="another", speed="faster", steps=3), NOTHING, sd, Listener())
    exact = run_job(make_request(), NOTHING, sd, Listener())
    again = run_job(request, NOTHING, sd, Listener())
    assert np.array_equal(first.pixels, again.pixels)
    assert not np.array_equal(first.pixels, exact.pixels)


def test_a_cancelled_job_leaves_the_network_whole(sd: LoadedModel, native: bool) -> None:
    before = run_job(make_request(), NOTHING, sd, Listener())
    with pytest.raises(JobCancelledError):
        run_job(make_request(speed="faster"), NOTHING, sd, Listener(cancel_after=3))
    assert np.array_equal(run_job(make_request(), NOTHING, sd, Listener()).pixels, before.pixels)


def test_what_is_kept_stays_kept(sd: LoadedModel, native: bool, photo: np.ndarray) -> None:
    mask = np.zeros((64, 64), np.uint8)
    mask[16:48, 8:56] = 255
    request = make_request(mode="inpaint", speed="faster", strength=0.8)
    made = run_job(request, Pixels(photo, mask), sd, Listener(previews=True))
    assert np.array_equal(made.pixels[mask == 0], photo[mask == 0])
    assert not np.array_equal(made.pixels[mask > 0], photo[mask > 0])


def test_control_pictures_have_whole_steps(sd: LoadedModel) -> None:
    request = make_request(speed="faster", controls=(ControlUse(model="lines"),))
    assert Hurry(request, sd)._reuse is None
    assert Hurry(make_request(speed="faster"), sd)._reuse is not None


@pytest.mark.parametrize(
    ("saving", "dtype", "count"), [("half_weights", torch.float32, 1), ("batch_split", torch.bfloat16, 2)]
)
def test_saving_memory_comes_first(
    sd: LoadedModel, monkeypatch: pytest.MonkeyPatch, saving: str, dtype: torch.dtype, count: int
) -> None:
    monkeypatch.setattr(half, "is_native", lambda: True)
    monkeypatch.setattr(sd.economy, "savings", (saving,))
    hurry, words = Hurry(make_request(speed="faster"), sd), torch.randn(1, 77, sd.unet.config.cross_attention_dim)
    with torch.inference_mode(), counted(sd) as calls:
        for _ in range(2):
            with hurry.call({"encoder_hidden_states": words}):
                sd.unet(torch.randn(1, 4, 8, 8), 10, words)
    assert calls == [dtype] * count


def test_halves_need_room_beside_the_weights(sd: LoadedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(half, "is_native", lambda: True)
    monkeypatch.setattr(sd, "half", half.Half())
    monkeypatch.setattr(memory, "available", lambda device: 3 * sd.economy.numbers)
    assert deep_calls(sd, steps=4, speed="fast") == [torch.float32] * 2
    monkeypatch.setattr(memory, "available", lambda device: 5 * sd.economy.numbers)
    assert deep_calls(sd, steps=4, speed="fast") == [torch.bfloat16] * 4
