"""What the denoiser is shown at each step, and how its answers are put together."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from sdstudio.engine.guidance import guide
from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.sampling import sample
from sdstudio.engine.validation import Pixels
from tests.engine.conftest import Listener, make_request


def shown(model: LoadedModel, monkeypatch: pytest.MonkeyPatch, **changes: object) -> list[torch.Tensor]:
    """The texts that the denoiser saw, a batch for each network call."""
    seen: list[torch.Tensor] = []
    forward = model.unet.forward

    def spy(*inputs: Any, **options: Any) -> Any:
        seen.append(options["encoder_hidden_states"])
        return forward(*inputs, **options)

    with monkeypatch.context() as patch, torch.inference_mode():
        patch.setattr(model.unet, "forward", spy)
        sample(make_request(**({"steps": 10} | changes)), Pixels(None, None), model, Listener())
    return seen


def text(model: LoadedModel, prompt: str) -> torch.Tensor:
    with torch.inference_mode():
        return model.prompts.encode(prompt, None)[0].tokens[0]


def test_a_schedule_is_seen_step_by_step(sd: LoadedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = shown(sd, monkeypatch, prompt="[red:blue:0.4] [cat|dog]", negative_prompt="[x::2]")
    for step, (negative, positive) in enumerate(seen):
        assert torch.equal(positive, text(sd, f"{'red' if step < 4 else 'blue'} {('cat', 'dog')[step % 2]}"))
        assert torch.equal(negative, text(sd, "x" if step < 2 else ""))
    assert len(seen) == 10


def test_a_step_with_two_network_calls_reads_one_text(sd: LoadedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = shown(sd, monkeypatch, prompt="[red:blue:2]", sampler="heun", steps=4)
    assert len(seen) == 7
    is_red = [torch.equal(batch[1], text(sd, "red")) for batch in seen]
    assert is_red == [True] * 4 + [False] * 3


def test_guidance_only_within_its_interval(sd: LoadedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = [len(batch) for batch in shown(sd, monkeypatch, cfg_start=0.2, cfg_end=0.7)]
    assert sizes == [1, 1, 2, 2, 2, 2, 2, 1, 1, 1]
    assert [len(batch) for batch in shown(sd, monkeypatch)] == [2] * 10
    assert [len(batch) for batch in shown(sd, monkeypatch, cfg_scale=1.0)] == [1] * 10


def test_parts_are_seen_together(sd: LoadedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = shown(sd, monkeypatch, prompt="red AND [blue:green:5] :0.5", steps=6)
    assert [len(batch) for batch in seen] == [3] * 6
    assert torch.equal(seen[0][1], text(sd, "red "))
    assert torch.equal(seen[5][2], text(sd, " green"))


def test_parts_need_the_negative_outside_of_the_interval_too(sd: LoadedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = shown(sd, monkeypatch, prompt="red AND blue", cfg_start=0.5, steps=6)
    assert [len(batch) for batch in seen] == [3] * 6


def test_composition_adds_each_parts_difference_by_its_weight() -> None:
    """arXiv:2206.01714, section 3.2."""
    negative, first, second = (torch.full((1, 4, 2, 2), value) for value in (1.0, 3.0, 5.0))
    made = guide(torch.cat([negative, first, second]), (0.5, -0.25), scale=4.0, rescale=0.0)
    assert torch.equal(made, negative + 4 * (0.5 * (first - negative) - 0.25 * (second - negative)))


def test_one_part_twice_counts_as_its_double_weight(sd: LoadedModel) -> None:
    def latents(prompt: str) -> torch.Tensor:
        with torch.inference_mode():
            return sample(make_request(prompt=prompt, steps=4), Pixels(None, None), sd, Listener())[0]

    assert torch.allclose(latents("red AND red"), latents("red AND red :0.0 AND red :1"), atol=1e-3)
    assert not torch.allclose(latents("red AND red"), latents("red"), atol=1e-3)


def test_weights_without_guidance_share_the_picture(sd: LoadedModel) -> None:
    def latents(prompt: str) -> torch.Tensor:
        with torch.inference_mode():
            return sample(make_request(prompt=prompt, steps=4, cfg_scale=1.0), Pixels(None, None), sd, Listener())[0]

    assert torch.allclose(latents("red AND red :3"), latents("red"), atol=1e-3)
