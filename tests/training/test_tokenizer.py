"""The tokenizer: loads as a CLIPTokenizer and gives words back."""

from pathlib import Path

import pytest
from transformers import CLIPTokenizer

from sdstudio.training import tokenizer

WORDS = ["apple", "banana", "cat", "blue", "background", "on", "a", "star", "start"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tokenizer.save(tmp_path, *tokenizer.learn(WORDS * 3, 600), positions=12)
    return tmp_path


def test_loads_as_clip_and_gives_the_words_back(folder: Path) -> None:
    reader = CLIPTokenizer.from_pretrained(str(folder), local_files_only=True)
    numbers = reader("a Cat on a BLUE background")["input_ids"]
    assert reader.decode(numbers, skip_special_tokens=True).strip() == "a cat on a blue background"


def test_known_words_are_one_token_and_unknown_ones_are_spelled(folder: Path) -> None:
    reader = tokenizer.load(folder)
    assert reader.tokenize("cat") == ["cat</w>"]
    spelled = reader.tokenize("zebra")
    assert len(spelled) > 1
    assert reader.unk_token not in spelled


def test_the_ends_are_the_last_two_tokens_and_padding_is_the_end(folder: Path) -> None:
    reader = tokenizer.load(folder)
    numbers = reader("cat", padding="max_length", max_length=12, truncation=True)["input_ids"]
    assert len(numbers) == reader.model_max_length == 12
    assert numbers[0] == len(reader) - 2
    assert set(numbers[2:]) == {len(reader) - 1}


def test_learning_is_the_same_every_time() -> None:
    assert tokenizer.learn(WORDS, 560) == tokenizer.learn(list(reversed(WORDS)), 560)
