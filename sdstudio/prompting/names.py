"""Names in a prompt that mean nothing on this machine: networks that are not here or do not fit, lists without a file.

Owns the sentences' places; the sentences are those that a job would be refused with.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from sdstudio.errors import BadRequest
from sdstudio.models.extras import ExtraInfo, choose, fits, made_for
from sdstudio.models.info import ModelInfo
from sdstudio.prompting import wildcards
from sdstudio.prompting.tree import HYPERNETWORK, LORA, Leaf, Mistake, Network, Prompt


def unknown(prompt: Prompt, extras: Iterable[ExtraInfo], model: ModelInfo | None) -> tuple[Mistake, ...]:
    """One for each tag whose network cannot be used with `model`, each wildcard without lines, and each embedding that
    `model` can only read as letters, in their order."""
    known = list(extras)
    found = [*_unknown(prompt, known, model), *(_unread(prompt, known, model) if model is not None else ())]
    return tuple(sorted(found, key=lambda mistake: mistake.start))


def _unread(prompt: Prompt, extras: list[ExtraInfo], model: ModelInfo) -> Iterator[Mistake]:
    for extra in extras:
        if extra.kind != "embedding" or fits(extra, model):
            continue
        for place in re.finditer(rf"(?<![\w-]){re.escape(extra.id)}(?![\w-])", prompt.source, re.IGNORECASE):
            sentence = (
                f"The embedding “{extra.id}” was made for {made_for(extra)}; “{model.title}” reads its name as letters."
            )
            yield Mistake(place.start(), place.end(), sentence)


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
