"""Reusing deep features: which calls are whole, and that the network is as before afterwards."""

from __future__ import annotations

import pytest
import torch

from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.speed.reuse import Reuse


@torch.no_grad()
@pytest.mark.parametrize("name", ["sd", "xl", "starter"])
def test_every_second_call_is_short(name: str, request: pytest.FixtureRequest) -> None:
    model: LoadedModel = request.getfixturevalue(name)
    unet, calls = model.unet, []
    hook = unet.down_blocks[-1].resnets[0].register_forward_hook(lambda *_: calls.append("deep"))
    words = {"encoder_hidden_states": torch.randn(2, 77, unet.config.cross_attention_dim)}
    if name == "xl":
        pooled = unet.config.projection_class_embeddings_input_dim - 6 * unet.config.addition_time_embed_dim
        words["added_cond_kwargs"] = {"text_embeds": torch.randn(2, pooled), "time_ids": torch.ones(2, 6)}
    given = torch.randn(2, unet.config.in_channels, 16, 16)
    right = unet(given, 400, **words)[0]
    calls.clear()
    reuse = Reuse(unet)
    with reuse.call(words):
        whole = unet(given, 400, **words)[0]
    with reuse.call(words):
        short = unet(given, 400, **words)[0]
    assert calls == ["deep"]
    assert torch.equal(whole, right)
    assert torch.allclose(short, right, atol=1e-5)  # the same input: the features remembered are the right ones
    with reuse.call(words):
        unet(given, 400, **words)
    assert calls == ["deep"] * 2
    assert torch.equal(unet(given, 400, **words)[0], right)
    hook.remove()


@torch.no_grad()
def test_another_text_makes_a_whole_call(sd: LoadedModel) -> None:
    given = torch.randn(1, 4, 16, 16)
    first, second = ({"encoder_hidden_states": torch.randn(1, 77, sd.unet.config.cross_attention_dim)} for _ in "ab")
    reuse = Reuse(sd.unet)
    with reuse.call(first):
        sd.unet(given, 400, **first)
    right = sd.unet(given, 400, **second)[0]
    with reuse.call(second):
        assert torch.equal(sd.unet(given, 400, **second)[0], right)


@torch.no_grad()
def test_a_call_that_failed_is_made_again(sd: LoadedModel) -> None:
    given = torch.randn(1, 4, 16, 16)
    words = {"encoder_hidden_states": torch.randn(1, 77, sd.unet.config.cross_attention_dim)}
    reuse = Reuse(sd.unet)
    with pytest.raises(MemoryError), reuse.call(words):
        raise MemoryError
    right = sd.unet(given, 400, **words)[0]
    with reuse.call(words):
        assert torch.equal(sd.unet(given, 400, **words)[0], right)
