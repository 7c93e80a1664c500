"""How a long prompt is cut into pieces that a text encoder can read: at BREAK, when full, and then near a comma."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

_REACH = 20 / 75  # of a piece: how far back a comma may be for the cut to be made behind it


class Token(NamedTuple):
    """One number for the text encoder, how much it counts, and where in the source its text ends (-1: unknown)."""

    number: int
    weight: float = 1.0
    end: int = -1


def cut(stretches: Iterable[Sequence[Token] | None], room: int, comma: int | None) -> list[list[Token]]:
    """The tokens in pieces of at most `room`, one at least. None among the stretches is a BREAK.

    A piece that is full ends behind its last comma, if that is near, as in A1111: 20 of 75 tokens.
    """
    reach = int(room * _REACH)
    pieces: list[list[Token]] = []
    piece: list[Token] = []
    last_comma = -1
    for stretch in stretches:
        if stretch is None:
            pieces.append(piece)
            piece, last_comma = [], -1
            continue
        for token in stretch:
            if token.number == comma:
                last_comma = len(piece)
            elif len(piece) == room and last_comma != -1 and len(piece) - last_comma <= reach:
                pieces.append(piece[: last_comma + 1])
                piece, last_comma = piece[last_comma + 1 :], -1
            if len(piece) == room:
                pieces.append(piece)
                piece, last_comma = [], 0 if token.number == comma else -1
            piece.append(token)
    if piece or not pieces:
        pieces.append(piece)
    return pieces
