"""The way into the grammar: its parser library is loaded with the first prompt, not with the window."""

from __future__ import annotations

from sdstudio.prompting.tree import Prompt


def parse(text: str) -> Prompt:
    """The tree of `text`, with every position in it. Never fails; see `Prompt.mistakes`."""
    from sdstudio.prompting import grammar

    return grammar.parse(text)
