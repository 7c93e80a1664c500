"""Prompts of every length and script."""

from __future__ import annotations

import pytest
import torch

from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.remembered import Remembered
from sdstudio.errors import BadRequest
from sdstudio.prompting.counting import counter_for

PROMPTS = ["", " ", "red", "🍎🍏", "一个红苹果", "naïve café\u0000\ttab", "<|endoftext|> trick", r"\(red\) 16:9 {a}"]


def theirs(model: LoadedModel, prompt: str) -> torch.Tensor:
    """As diffusers encodes a prompt: one padded piece, the rest cut off."""
    text, prompt = model.prompts.text_models[0], prompt.replace("\\", "")
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
    monkeypatch.setattr(text, "encode", lambda pieces, skip, encode=text.encode: encoded.append(1) or encode(pieces))
    first, _ = starter.prompts.encode("something new", None)
    again, _ = starter.prompts.encode("something new", None)
    monkeypatch.setattr(starter.prompts, "_cache", Remembered(8 * first.nbytes))
    assert torch.equal(first.tokens, again.tokens)
    assert len(encoded) == 1
    for number in range(9):
        starter.prompts.encode(f"prompt {number}", None)
    starter.prompts.encode("prompt 8", None)
    starter.prompts.encode("prompt 0", None)
    assert len(encoded) == 1 + 9 + 1


def embedding(model: LoadedModel, prompt: str, **options: int) -> torch.Tensor:
    return model.prompts.script(prompt, None, steps=1, **options)[0].parts[0][1].tokens


@torch.inference_mode()
def test_weights_scale_embeddings_and_keep_their_mean(sd: LoadedModel) -> None:
    """A1111's arithmetic: every token's embedding times its weight, then all of the piece times the old mean."""
    plain = theirs(sd, "a red b")[0]
    weights = torch.ones(77)
    weights[2] = 1.3  # behind the begin sign and "a"
    expected = plain * weights[:, None]
    expected *= plain.mean() / expected.mean()
    assert torch.equal(embedding(sd, "a (red:1.3) b")[0], expected)
    assert torch.equal(embedding(sd, "a (red:1.0) b")[0], plain)


@torch.inference_mode()
def test_break_fills_up_a_piece(sd: LoadedModel) -> None:
    assert torch.equal(embedding(sd, "a BREAK red"), torch.cat([theirs(sd, "a"), theirs(sd, "red")], dim=1))


@torch.inference_mode()
def test_a_full_piece_is_cut_behind_a_near_comma(sd: LoadedModel) -> None:
    words = "red " * 70
    tokens = embedding(sd, words + ", " + "a " * 10)
    assert torch.equal(tokens, torch.cat([theirs(sd, words + ","), theirs(sd, "a " * 10)], dim=1))
    far = "red " * 40 + ", " + "red " * 40
    assert torch.equal(embedding(sd, far)[:, :77], theirs(sd, far))


@torch.inference_mode()
def test_clip_skip_reads_an_earlier_layer_with_the_final_norm(sd: LoadedModel) -> None:
    text = sd.prompts.text_models[0]
    ids = text.tokenizer("red", padding="max_length", max_length=77, return_tensors="pt").input_ids
    hidden = text.encoder(ids, output_hidden_states=True).hidden_states[-2]
    norm = next(module for name, module in text.encoder.named_modules() if name.endswith("final_layer_norm"))
    assert torch.equal(embedding(sd, "red", clip_skip=2), norm(hidden))
    assert torch.equal(embedding(sd, "red", clip_skip=1), theirs(sd, "red"))


def test_clip_skip_beyond_the_first_layer_is_refused(sd: LoadedModel) -> None:
    with pytest.raises(BadRequest, match="CLIP skip is 3, but this model's text encoder allows 2 at most"):
        embedding(sd, "red", clip_skip=3)


@torch.inference_mode()
def test_each_step_reads_what_the_schedule_says(sd: LoadedModel) -> None:
    script = sd.prompts.script("[red:a:0.5] [b|c]", "[red::2]", steps=4)
    shown = [composition.parts[0][1].tokens for composition in script]
    for tokens, text in zip(shown, ["red b", "red c", "a b", "a c"], strict=True):
        assert torch.equal(tokens, theirs(sd, text))
    against = [composition.negative.tokens for composition in script if composition.negative]
    for tokens, text in zip(against, ["red", "red", "", ""], strict=True):
        assert torch.equal(tokens, theirs(sd, text))


@torch.inference_mode()
def test_and_makes_parts_with_weights(sd: LoadedModel) -> None:
    (composition,) = sd.prompts.script("red :1.5 AND a cat AND b :-1", "red AND b", steps=1)
    assert composition.weights == (1.5, 1.0, -1.0)
    for (_, part), text in zip(composition.parts, ["red", "a cat", "b"], strict=True):
        assert torch.equal(part.tokens, theirs(sd, text))
    assert composition.negative is not None
    assert torch.equal(composition.negative.tokens, theirs(sd, "red AND b"))


@pytest.mark.parametrize("prompt", [*PROMPTS, "it's 3 o'clock, l'été über 123", "a, b,,c", "  x  \n y "])
def test_the_windows_counter_sees_the_tokenizers_tokens(starter: LoadedModel, prompt: str) -> None:
    counter = counter_for(starter.info)
    assert counter is not None
    assert counter.numbers(prompt) == starter.prompts.text_models[0].numbers(prompt)
    assert counter.room == starter.prompts.text_models[0].length - 2
