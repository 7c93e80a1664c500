"""Names in a prompt that mean nothing on this machine: networks that are not here or do not fit, lists without a file.

Owns the sentences' places; the sentences are those that a job would be refused with.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sdstudio.errors import BadRequest
from sdstudio.models.extras import ExtraInfo, choose
from sdstudio.models.info import ModelInfo
from sdstudio.prompting import wildcards
from sdstudio.prompting.tree import HYPERNETWORK, LORA, Leaf, Mistake, Network, Prompt


def unknown(prompt: Prompt, extras: Iterable[ExtraInfo], model: ModelInfo | None) -> tuple[Mistake, ...]:
    """One for each tag whose network cannot be used with `model`, and each wildcard without lines, in their order."""
    return tuple(_unknown(prompt, list(extras), model))


def _unknown(prompt: Prompt, extras: list[ExtraInfo], model: ModelInfo | None) -> Iterator[Mistake]:
    for item in prompt.walk():
        try:
            if isinstance(item, Network) and model is not None:
                if item.kind in LORA:
                    choose(extras, "lora", item.name, model)
                elif item.kind in HYPERNETWORK:
                    choose(extras, "hypernetwork", item.name, model)
            elif isinstance(item, Leaf) and item.kind == "wildcard":
                wildcards.lines(prompt.source[item.start + 2 : item.end - 2])
        except BadRequest as problem:
            yield Mistake(item.start, item.end, problem.message)
