"""Finds each bracket's partner and says what the pair is, between the lexer and the parser.

A pair that crosses another, or lies too deep, still weighs its text as in A1111: it becomes two loose signs, which
`reading` pairs by counting. What never closes weighs everything up to the end of its part; what closes nothing is text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from lark import Token
from lark.lark import PostLex

from sdstudio.prompting.tree import Mistake

DEEPEST = 64  # levels that the tree has; deeper brackets are loose signs
_PARTNER = {"ROUND_CLOSE": "(", "WEIGHT_CLOSE": "(", "SQUARE_CLOSE": "[", "WHEN_CLOSE": "[", "CHOICE_CLOSE": "{"}


@dataclass(slots=True)
class _Open:
    """A bracket that waits for its partner, and the signs directly in it that may separate its parts."""

    index: int
    sign: str
    depth: int
    colons: list[int] = field(default_factory=list)
    pipes: list[int] = field(default_factory=list)


class Brackets(PostLex):
    """`mistakes` are those of the text that was lexed last."""

    always_accept = ()

    def __init__(self) -> None:
        self.mistakes: list[Mistake] = []
        self._tokens: list[Token] = []
        self._open: list[_Open] = []

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        self.mistakes, self._tokens, self._open = [], list(stream), []
        is_composed = any(token.type == "AND" for token in self._tokens)
        for index, token in enumerate(self._tokens):
            match token.type:
                case "AND":
                    self._give_up(0)
                case "PART_WEIGHT" if not is_composed:
                    self._turn(index, "TEXT")  # “aspect 16:9” is no weight where there is nothing to weigh against
                case "ROUND_OPEN" | "SQUARE_OPEN" | "CHOICE_OPEN":
                    self._open.append(_Open(index, token[0], len(self._open)))
                case "COLON":
                    self._turn(index, "TEXT")
                    if self._open:
                        self._open[-1].colons.append(index)
                case "PIPE":
                    self._turn(index, "TEXT")
                    if self._open:
                        self._open[-1].pipes.append(index)
                case kind if kind in _PARTNER:
                    self._close(index, _PARTNER[kind])
        self._give_up(0)
        yield from _split_loose(self._tokens)

    # Pairing

    def _close(self, index: int, sign: str) -> None:
        place = next((n for n in range(len(self._open) - 1, -1, -1) if self._open[n].sign == sign), None)
        if place is None:
            token = self._tokens[index]
            at = _position(token) + len(token)
            self.mistakes.append(Mistake(at - 1, at, f"“{token[-1]}” at character {at} closes nothing."))
            self._turn(index, "TEXT")
            return
        if sign == "{":
            self._give_up(place + 1)
        else:
            self._forget_braces(place + 1)
        opened = self._open.pop(place)
        if place < len(self._open) or opened.depth >= DEEPEST:
            self._make_loose(opened, index)
        else:
            self._make_pair(opened, index)

    def _make_pair(self, opened: _Open, index: int) -> None:
        pipes, colons = opened.pipes, opened.colons
        match self._tokens[index].type:
            case "WHEN_CLOSE" if len(colons) <= 1:
                self._turn(opened.index, "SCHEDULE_OPEN")
                self._turn_all(colons, "COLON")
            case "WHEN_CLOSE":
                self._make_loose(opened, index)
            case "SQUARE_CLOSE" if pipes:
                self._turn(opened.index, "ALTERNATE_OPEN")
                self._turn_all(pipes, "PIPE")
            case "CHOICE_CLOSE" if pipes or "$$" in self._tokens[opened.index]:
                self._turn_all(pipes, "PIPE")
            case "CHOICE_CLOSE":  # braces alone mean nothing
                self._turn(index, "TEXT")
                self._make_text(opened)

    def _make_loose(self, opened: _Open, index: int) -> None:
        self._turn(opened.index, "LOOSE_OPEN")
        self._turn(index, "LOOSE_CLOSE")
        self._hand_down(opened)

    def _make_text(self, opened: _Open) -> None:
        self._turn(opened.index, "TEXT")
        self._hand_down(opened)

    def _hand_down(self, opened: _Open) -> None:
        """Signs directly in what turned out to be no list belong to the bracket around it."""
        if self._open:
            self._open[-1].colons += opened.colons
            self._open[-1].pipes += opened.pipes

    def _forget_braces(self, place: int) -> None:
        for number in range(len(self._open) - 1, place - 1, -1):
            if self._open[number].sign == "{":
                opened = self._open.pop(number)
                self._complain(opened, "is never closed.")
                self._make_text(opened)

    def _give_up(self, place: int) -> None:
        """Whatever is still open from `place` on never closes."""
        while len(self._open) > place:
            opened = self._open.pop()
            if opened.sign == "{":
                self._complain(opened, "is never closed.")
                self._make_text(opened)
            else:
                effect = "raises" if opened.sign == "(" else "lowers"
                self._complain(opened, f"is never closed, so it {effect} everything after it.")
                self._turn(opened.index, "LOOSE_OPEN")
                self._hand_down(opened)

    def _complain(self, opened: _Open, words: str) -> None:
        at = _position(self._tokens[opened.index])
        self.mistakes.append(Mistake(at, at + 1, f"“{opened.sign}” at character {at + 1} {words}"))

    def _turn(self, index: int, kind: str) -> None:
        self._tokens[index] = self._tokens[index].update(type=kind)

    def _turn_all(self, indexes: list[int], kind: str) -> None:
        for index in indexes:
            self._turn(index, kind)


def _split_loose(tokens: list[Token]) -> Iterator[Token]:
    """A step number before a loose bracket is text."""
    for token in tokens:
        if token.type == "LOOSE_CLOSE" and token[0] == ":" and token[-1] == "]":
            begin = _position(token)
            yield Token("TEXT", token[:-1], start_pos=begin)
            yield Token("LOOSE_CLOSE", "]", start_pos=begin + len(token) - 1)
        else:
            yield token


def _position(token: Token) -> int:
    assert token.start_pos is not None
    return token.start_pos
