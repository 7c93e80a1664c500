"""The window counts as the tokenizer does: with the bundled vocabularies, in pieces, with the places of the cuts."""

from __future__ import annotations

import subprocess
import sys

import pytest

from sdstudio import paths
from sdstudio.models.info import ModelInfo
from sdstudio.prompting.counting import Counter, counter_for

STARTER = ModelInfo(id="starter", title="", path=str(paths.resources() / "models" / "starter"), family="starter")


@pytest.fixture(scope="module")
def clip() -> Counter:
    counter = counter_for(None)
    assert counter is not None
    return counter


def test_clips_own_numbers(clip: Counter) -> None:
    """As published with CLIP for this sentence."""
    assert clip.numbers("a photo of a cat") == [320, 1125, 539, 320, 2368]


@pytest.mark.parametrize(
    ("text", "tokens", "pieces"),
    [
        ("", 0, 1),
        ("a photo of a cat", 5, 1),
        ("a (photo:1.3) of <lora:x:1> a cat", 5, 1),
        ("a BREAK cat", 2, 2),
        ("cat " * 75, 75, 1),
        ("cat " * 76, 76, 2),
        ("a cat AND a big dog", 3, 1),
    ],
)
def test_counts(clip: Counter, text: str, tokens: int, pieces: int) -> None:
    count = clip.count(text)
    assert (count.tokens, count.pieces, count.room) == (tokens, pieces, 75)


def test_cuts_are_places_in_what_was_written(clip: Counter) -> None:
    text = r"(cat:1.2) \( " + "cat " * 80
    (cut,) = clip.count(text).cuts
    assert text[:cut].count("cat") == 74
    assert text[cut - 3 : cut] == "cat"
    commas = "cat " * 70 + ", " + "dog " * 20
    assert commas[: clip.count(commas).cuts[0]] == "cat " * 70 + ","


def test_a_small_model_has_shorter_pieces() -> None:
    counter = counter_for(STARTER)
    assert counter is not None
    assert counter.room == 34
    assert counter.count("a red apple " * 12).pieces == 2


def test_no_torch_is_needed() -> None:

    code = "import sdstudio.prompting.counting as c, sys; c.counter_for(None).count('a'); print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
