from __future__ import annotations

import pytest

from sdstudio.generation.vocabulary import things_named

KNOWN = ("apple", "polar bear", "bear", "bus", "t-shirt")


@pytest.mark.parametrize(
    ("prompt", "named"),
    [
        ("A red Apple, glossy", ("apple",)),
        ("two apples", ("apple",)),
        ("three buses", ("bus",)),
        ("a polar bear", ("polar bear", "bear")),
        ("pineapple", ()),
        ("a dragon on a table", ()),
        ("", ()),
        ("(apple:1.2)", ("apple",)),
        ("a blue T-shirt", ("t-shirt",)),
    ],
)
def test_whole_words_count(prompt: str, named: tuple[str, ...]) -> None:
    assert things_named(prompt, KNOWN) == named


def test_a_general_model_names_nothing() -> None:
    assert things_named("a red apple", ()) == ()
