"""The window counts as the tokenizer does: with the bundled vocabularies, in pieces, with the places of the cuts."""

from __future__ import annotations

import subprocess
import sys

import pytest

from sdstudio import paths
from sdstudio.models.info import ModelInfo
from sdstudio.prompting.counting import Counter, count, counter_for

STARTER = ModelInfo(id="starter", title="", path=str(paths.resources() / "models" / "starter"), family="starter")


def of(family: str) -> ModelInfo:
    return ModelInfo(id="m", title="m", path="nowhere", family=family)


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


def test_t5s_own_numbers() -> None:
    """The sentence and the numbers are those of T5's own example."""
    (t5, gist) = count("translate English to German: The house is wonderful.", of("flux"))
    assert (t5.reader, t5.tokens, t5.room, t5.unread) == ("T5", 10, 511, 0)
    assert (gist.reader, gist.is_gist, gist.warning) == ("CLIP", True, "")


@pytest.mark.parametrize(
    ("family", "rooms"),
    [
        ("sd3", [("CLIP", 75), ("T5", 255)]),
        ("flux", [("T5", 511), ("CLIP", 75)]),
        ("qwen_image", [("Qwen", 1024)]),
        ("z_image", [("Qwen", 509)]),
        ("if", [("T5", 76)]),
        ("sdxl", [("", 75)]),
    ],
)
def test_every_family_has_its_own_readers(family: str, rooms: list[tuple[str, int]]) -> None:
    assert [(one.reader, one.room) for one in count("a cat", of(family))] == rooms


def test_what_no_reader_reads_is_said_with_its_place() -> None:
    text = r"(cat:1.2) \( " + "cat " * 600
    t5, gist = count(text, of("flux"))
    assert (t5.pieces, t5.unread) == (1, t5.tokens - 511)
    assert t5.warning == f"T5 reads the first 511 of these {t5.tokens} tokens."
    (cut,) = t5.cuts
    assert text[cut - 3 : cut] == "cat"
    assert text[cut:].count("cat") == t5.unread
    assert (gist.pieces, gist.cuts, gist.warning) == (1, (), "")


def test_sd3_reads_by_clip_in_pieces_and_by_t5_at_once() -> None:
    clip, t5 = count("cat " * 300, of("sd3"))
    assert (clip.pieces, clip.warning) == (4, "")
    assert t5.unread == 45


def test_no_torch_is_needed() -> None:
    code = (
        "import sdstudio.prompting.counting as c, sys; from sdstudio.models.info import ModelInfo as M;"
        "c.count('a', M(id='', title='', path='', family='sd3')); print('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
