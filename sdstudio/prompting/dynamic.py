"""What is decided by chance before a job begins: `{a|b}`, `{2$$a|b|c}`, `{0.3::a|b}` and `__file__`.

The seed decides, so the same seed makes the same text on every machine. Must not know where the seed comes from.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

from sdstudio.errors import BadRequest
from sdstudio.prompting.parse import parse
from sdstudio.prompting.tree import Choice, Item, Leaf

MAX_CHARACTERS = 200_000  # of a text after all has been decided
_DEEPEST = 20  # files that name files
_SHARE = re.compile(r"\s*(\d+\.?\d*|\.\d+)::")

Find = Callable[[str], Sequence[str]]  # the lines of a wildcard file; raises BadRequest when there is none


def resolve(text: str, seed: int, find: Find) -> str:
    """`text` with all its choices made. Raises BadRequest naming the character of what cannot be."""
    return _Resolver(random.Random(f"prompt {seed}"), find).resolve(text, 0)


def _is_chance(item: Item) -> bool:
    return isinstance(item, Choice) or (isinstance(item, Leaf) and item.kind == "wildcard")


class _Resolver:
    def __init__(self, chance: random.Random, find: Find) -> None:
        self._chance, self._find = chance, find

    def resolve(self, text: str, depth: int) -> str:
        """The parts of `text` that are not left to chance stay letter by letter."""
        made, end = [], 0
        for item in parse(text).walk():
            if item.start < end or not _is_chance(item):
                continue  # within what has been decided, or plain
            made += [text[end : item.start], self._decide(item, text, depth)]
            end = item.end
        made.append(text[end:])
        result = "".join(made)
        if len(result) > MAX_CHARACTERS:
            raise BadRequest(f"The prompt's wildcards make more than {MAX_CHARACTERS:,} characters.")
        return result

    def _decide(self, item: Item, text: str, depth: int) -> str:
        if depth >= _DEEPEST:
            raise BadRequest(f"The wildcard at character {item.start + 1} of “{_short(text)}” leads back to itself.")
        if isinstance(item, Choice):
            return self._choose(item, text, depth)
        name = text[item.start + 2 : item.end - 2]
        try:
            lines = self._find(name)
        except BadRequest as problem:
            sentence = f"At character {item.start + 1} of “{_short(text)}”: {problem.message}"
            raise BadRequest(sentence, detail=problem.detail) from problem
        return self.resolve(self._pick([(line, 1.0) for line in lines]), depth + 1)

    def _choose(self, item: Choice, text: str, depth: int) -> str:
        low, high = item.count
        left = [_weighed(text[start:end]) for start, end in item.spans]
        chosen = []
        for _ in range(low + int(self._chance.random() * (high - low + 1)) if high > low else low):
            option = self._pick(left)
            left.remove(next(pair for pair in left if pair[0] == option))
            chosen.append(self.resolve(option, depth + 1))
        return item.joint.join(chosen)

    def _pick(self, options: Sequence[tuple[str, float]]) -> str:
        """By weight. Only `random()` is used: its numbers are the same in every version of Python."""
        at = self._chance.random() * sum(weight for _, weight in options)
        for text, weight in options:
            at -= weight
            if at < 0:
                return text
        return options[-1][0]


def _weighed(option: str) -> tuple[str, float]:
    match = _SHARE.match(option)
    return (option[match.end() :], float(match[1])) if match else (option, 1.0)


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
