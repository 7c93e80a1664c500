"""Prompts of every length and script."""

from __future__ import annotations

import pytest
import torch

from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.prompts import CACHED_TEXTS

PROMPTS = ["", " ", "red", "🍎🍏", "一个红苹果", "naïve café\u0000\ttab", "<|endoftext|> trick", "(red:1.2) {a|b} [x]"]


def theirs(model: LoadedModel, prompt: str) -> torch.Tensor:
    """As diffusers encodes a prompt: one padded piece, the rest cut off."""
    text = model.prompts.text_models[0]
    ids = text.tokenizer(
        prompt, padding="max_length", max_length=text.length, truncation=True, return_tensors="pt"
    ).input_ids
    return text.encoder(ids)[0]


@pytest.mark.parametrize("prompt", PROMPTS)
@torch.inference_mode()
def test_short_prompts_equal_diffusers(starter: LoadedModel, prompt: str) -> None:
    positive, negative = starter.prompts.encode(prompt, "")
    assert torch.equal(positive.tokens, theirs(starter, prompt))
    assert negative is not None
    assert torch.equal(negative.tokens, theirs(starter, ""))


@torch.inference_mode()
def test_the_first_piece_of_a_long_prompt_is_all_that_diffusers_would_read(starter: LoadedModel) -> None:
    prompt = "red " * 45
    positive, negative = starter.prompts.encode(prompt, "blue")
    assert positive.tokens.shape == (1, 2 * 32, 32)
    assert torch.equal(positive.tokens[:, :32], theirs(starter, prompt))
    assert negative is not None
    assert torch.equal(negative.tokens, torch.cat([theirs(starter, "blue"), theirs(starter, "")], dim=1))


@torch.inference_mode()
def test_the_end_of_a_long_prompt_counts(sd: LoadedModel) -> None:
    long = "red " * 80
    first, _ = sd.prompts.encode(long + "apple", None)
    second, _ = sd.prompts.encode(long + "pear", None)
    assert torch.equal(first.tokens[:, :77], second.tokens[:, :77])
    assert not torch.equal(first.tokens, second.tokens)


@torch.inference_mode()
def test_ten_thousand_words_work(starter: LoadedModel) -> None:
    positive, negative = starter.prompts.encode("red " * 10_000, "")
    assert negative is not None
    assert positive.tokens.shape == negative.tokens.shape == (1, 334 * 32, 32)


@torch.inference_mode()
def test_a_prompt_is_encoded_once(starter: LoadedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    text = starter.prompts.text_models[0]
    encoded = []
    monkeypatch.setattr(text, "encode", lambda pieces, encode=text.encode: encoded.append(pieces) or encode(pieces))
    first, _ = starter.prompts.encode("something new", None)
    again, _ = starter.prompts.encode("something new", None)
    assert torch.equal(first.tokens, again.tokens)
    assert len(encoded) == 1
    for number in range(CACHED_TEXTS):
        starter.prompts.encode(f"prompt {number}", None)
    starter.prompts.encode("something new", None)
    assert len(encoded) == 2 + CACHED_TEXTS
