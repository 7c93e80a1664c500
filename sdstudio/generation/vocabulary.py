"""Which of the things that a small model knows a prompt names. General models have no such list."""

from __future__ import annotations

import re


def things_named(prompt: str, vocabulary: tuple[str, ...]) -> tuple[str, ...]:
    """The entries of `vocabulary` that stand in `prompt` as whole words, singular or with a plural s."""
    words = _spaced(prompt)
    return tuple(thing for thing in vocabulary if re.search(f"{_spaced(thing).rstrip()}(s|es)? ", words))


def _spaced(text: str) -> str:
    """The words of `text` in small letters, with one space around each."""
    return " " + " ".join(re.findall(r"[^\W_]+", text.lower())) + " "
