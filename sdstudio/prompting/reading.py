"""What the text encoder is to read at each step, and how much each word of it counts.

Weights follow A1111's arithmetic to the bit: every pair of brackets multiplies what lies between them, the inner ones
first, and words of equal weight are read in one go.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sdstudio.errors import BadRequest
from sdstudio.prompting.parse import parse
from sdstudio.prompting.tree import (
    Alternating,
    Choice,
    Emphasis,
    Item,
    Leaf,
    Network,
    Part,
    Prompt,
    Scheduled,
    as_number,
)

RAISED, LOWERED = 1.1, 1 / 1.1  # what a pair of round or square brackets multiplies by
MAX_OPEN = 256  # brackets at one place; more than any weight can use


@dataclass(frozen=True)
class Fragment:
    """Words of one weight. `places` says where stretches of `text` stand in the source: (offset, position)."""

    text: str
    weight: float = 1.0
    places: tuple[tuple[int, int], ...] = ()
    is_break: bool = False  # no words: a new piece for the text encoder begins here


@dataclass(frozen=True)
class Reading:
    """One step's composition: for each part between AND its share and its words."""

    parts: tuple[tuple[float, tuple[Fragment, ...]], ...]

    @property
    def is_plain(self) -> bool:
        """Whether there is nothing to compose."""
        return len(self.parts) == 1 and self.parts[0][0] == 1


def readings(text: str, steps: int, *, composed: bool = True) -> list[Reading]:
    """What is read at each of `steps` steps. Equal steps share one value. Raises BadRequest for too many brackets.

    Unless `composed`, AND is a word like others, as in negative prompts.
    """
    prompt = parse(text)
    if not composed:
        prompt = _as_one(prompt)
    known: dict[tuple[tuple[Fragment, ...], ...], Reading] = {}
    if not _changes(prompt):
        steps, repeat = 1, steps
    else:
        repeat = 1
    found = []
    for step in range(steps):
        texts = tuple(fragments(part, step, steps) for part in prompt.parts)
        reading = Reading(tuple((part.weight, words) for part, words in zip(prompt.parts, texts, strict=True)))
        found.append(known.setdefault(texts, reading))
    return found * repeat


def _as_one(prompt: Prompt) -> Prompt:
    items: list[Item] = list(prompt.parts[0].items)
    for part in prompt.parts[1:]:
        at = part.items[0].start if part.items else len(prompt.source)
        items += [Leaf(at - 3, at, "text", "AND"), *part.items]
    return Prompt(prompt.source, (Part(tuple(items)),), prompt.mistakes)


def _changes(prompt: Prompt) -> bool:
    return any(isinstance(item, Scheduled | Alternating) for item in prompt.walk())


def fragments(part: Part, step: int, steps: int) -> tuple[Fragment, ...]:
    """The words of `part` at `step` (counted from 0) of `steps`, with their weights; at least one fragment."""
    words = _Words()
    for piece in _pieces(part.items, step, steps):
        words.add(piece)
    return words.finish()


# From items to signs in a row


@dataclass(frozen=True, slots=True)
class _Sign:
    """Text, or a bracket: `sign` is one of ( ) [ ], "BREAK" or empty for text."""

    text: str
    position: int
    sign: str = ""
    weight: float | None = None


def _pieces(items: tuple[Item, ...], step: int, steps: int) -> Iterator[_Sign]:
    for item in items:
        match item:
            case Leaf():
                yield _sign_of(item)
            case Emphasis():
                yield _Sign("", item.start, item.opening)
                yield from _pieces(item.items, step, steps)
                yield _closing(item.closing, item.end)
            case Scheduled():
                yield from _pieces(item.before if step < item.step(steps) else item.after, step, steps)
            case Alternating():
                yield from _pieces(item.options[step % len(item.options)], step, steps)
            case Choice():  # was decided before the job began; what is left is meant as it stands
                yield from _as_written(item, step, steps)
            case Network():
                pass


def _as_written(item: Choice, step: int, steps: int) -> Iterator[_Sign]:
    yield _Sign("{" + item.head, item.start)
    for number, option in enumerate(item.options):
        if number:
            yield _Sign("|", item.spans[number][0] - 1)
        yield from _pieces(option, step, steps)
    yield _Sign("}", item.end - 1)


def _sign_of(leaf: Leaf) -> _Sign:
    match leaf.kind:
        case "escape":
            return _Sign(leaf.text[1:], leaf.start + 1)
        case "comment":
            return _Sign("\n", leaf.start)
        case "break":
            return _Sign("", leaf.start, "BREAK")
        case "open":
            return _Sign("", leaf.start, leaf.text)
        case "close":
            return _closing(leaf.text, leaf.end)
    return _Sign(leaf.text, leaf.start)


def _closing(text: str, end: int) -> _Sign:
    return _Sign(text, end - len(text), text[-1], as_number(text[1:-1]) if text.startswith(":") else None)


# From signs in a row to weights


class _Words:
    """Collects words; each bracket's closing multiplies all that came since its opening."""

    def __init__(self) -> None:
        self._found: list[tuple[_Sign, float]] = []
        self._open: dict[str, list[int]] = {"(": [], "[": []}

    def add(self, sign: _Sign) -> None:
        match sign.sign:
            case "(" | "[":
                starts = self._open[sign.sign]
                if len(starts) == MAX_OPEN:
                    raise BadRequest(
                        f"The bracket at character {sign.position + 1} of the prompt lies in over {MAX_OPEN} others."
                    )
                starts.append(len(self._found))
            case ")" if self._open["("]:
                self._multiply(self._open["("].pop(), RAISED if sign.weight is None else sign.weight)
            case "]" if self._open["["]:
                self._multiply(self._open["["].pop(), LOWERED)
            case _:
                self._found.append((sign, 1.0))

    def _multiply(self, start: int, factor: float) -> None:
        self._found[start:] = [(sign, weight * factor) for sign, weight in self._found[start:]]

    def finish(self) -> tuple[Fragment, ...]:
        for start in self._open["("]:
            self._multiply(start, RAISED)
        for start in self._open["["]:
            self._multiply(start, LOWERED)
        made: list[Fragment] = []
        run: list[_Sign] = []
        for number, (sign, weight) in enumerate(self._found):
            if sign.sign == "BREAK":
                made += [*_joined(run, self._found[number - 1][1] if run else 1.0), Fragment("", is_break=True)]
                run = []
            else:
                if run and weight != self._found[number - 1][1]:
                    made += _joined(run, self._found[number - 1][1])
                    run = []
                run.append(sign)
        made += _joined(run, self._found[-1][1] if run else 1.0)
        return tuple(_without_edges(made)) or (Fragment(""),)


def _joined(run: list[_Sign], weight: float) -> list[Fragment]:
    if not run:
        return []
    places, offset = [], 0
    for sign in run:
        places.append((offset, sign.position))
        offset += len(sign.text)
    return [Fragment("".join(sign.text for sign in run), weight, tuple(places))]


def _without_edges(made: list[Fragment]) -> Iterator[Fragment]:
    """The white space around BREAK belongs to it."""
    for number, fragment in enumerate(made):
        text = fragment.text
        if number + 1 < len(made) and made[number + 1].is_break:
            text = text.rstrip()
        if number and made[number - 1].is_break and not fragment.is_break:
            cut = len(text) - len(text.lstrip())
            text = text[cut:]
            places = tuple((max(offset - cut, 0), at + max(cut - offset, 0)) for offset, at in fragment.places)
            fragment = Fragment(text, fragment.weight, places)
        if text or fragment.is_break:
            yield Fragment(text, fragment.weight, fragment.places, fragment.is_break)
