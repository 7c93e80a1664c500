"""The grammar of prompts, in the dialect of A1111's web UI, and the tree that comes of a text.

Every text parses: a bracket without a partner is no error there, and here a mistake that the editor marks. Two facts
about a bracket can be known only at its end, whether it has a partner and what kind of list it holds, so `brackets`
looks at the terminals between lexer and parser. Must not know what weights and steps do: that is `reading`'s part.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import Any, cast

from lark import Lark, Token, Transformer, v_args

from sdstudio.prompting.brackets import Brackets
from sdstudio.prompting.tree import (
    Alternating,
    Choice,
    Emphasis,
    Item,
    Leaf,
    LeafKind,
    Mistake,
    Network,
    Part,
    Prompt,
    Scheduled,
)

_GRAMMAR = r"""
start: part (AND part)*
part: _item* PART_WEIGHT?
_item: TEXT | ESCAPE | COMMENT | BREAK | NETWORK | WILDCARD | LOOSE_OPEN | LOOSE_CLOSE
     | emphasis | lowered | scheduled | alternating | choice
emphasis: ROUND_OPEN _item* (ROUND_CLOSE | WEIGHT_CLOSE)
lowered: SQUARE_OPEN _item* SQUARE_CLOSE
scheduled: SCHEDULE_OPEN sequence (COLON sequence)? WHEN_CLOSE
alternating: ALTERNATE_OPEN sequence (PIPE sequence)+ SQUARE_CLOSE
choice: CHOICE_OPEN sequence (PIPE sequence)* CHOICE_CLOSE
sequence: _item*

ESCAPE.9: /\\(.|\n)?/
COMMENT.8: /#[^\n]*\n?/
AND.7: /\bAND\b/
BREAK.7: /\bBREAK\b/
NETWORK.6: /<\w{1,32}:[^<>\n]{1,300}>/
WILDCARD.6: /__[\w\/*.-]{1,200}?__/
PART_WEIGHT.6: /:\s*[+-]?(\d+\.?|\d*\.\d+)\s*(?=\bAND\b|\Z)/
WEIGHT_CLOSE.5: /:\s*[+-]?[.\d]+\s*\)/
WHEN_CLOSE.5: /:\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*\]/
CHOICE_OPEN.4: /\{(\s*(\d+(-\d*)?|-\d+)\s*\$\$([^{}|$]*\$\$)?)?/
CHOICE_CLOSE.4: "}"
ROUND_OPEN.4: "("
ROUND_CLOSE.4: ")"
SQUARE_OPEN.4: "["
SQUARE_CLOSE.4: "]"
PIPE.4: "|"
COLON.4: ":"
TEXT.1: /((?!\bAND\b|\bBREAK\b|__[\w\/*.-]{1,200}?__|<\w{1,32}:[^<>\n]{1,300}>)[^\\()\[\]{}|:#])+/
%declare LOOSE_OPEN LOOSE_CLOSE SCHEDULE_OPEN ALTERNATE_OPEN
"""
_LEAVES: dict[str, LeafKind] = {
    "TEXT": "text",
    "ESCAPE": "escape",
    "COMMENT": "comment",
    "BREAK": "break",
    "WILDCARD": "wildcard",
    "LOOSE_OPEN": "open",
    "LOOSE_CLOSE": "close",
}


def parse(text: str) -> Prompt:
    """The tree of `text`, with every position in it. Never fails; see `Prompt.mistakes`."""
    brackets, parser = _parser()
    parts = cast(tuple[Part, ...], parser.parse(text))  # what its transformer made of the tree
    return Prompt(text, parts, tuple(sorted([*brackets.mistakes, *_mistakes_in(parts)], key=lambda it: it.start)))


@cache
def _parser() -> tuple[Brackets, Lark]:
    brackets = Brackets()
    parser = Lark(_GRAMMAR, parser="lalr", lexer="basic", postlex=brackets, transformer=_Tree())
    return brackets, parser


@v_args(inline=True)
class _Tree(Transformer[Token, Any]):
    """Called by the parser for each rule as soon as it is complete: no recursion, however deep a prompt goes."""

    def start(self, *parts: Any) -> tuple[Part, ...]:
        signs = [-1, *(_begin(sign) for sign in parts if isinstance(sign, Token))]
        found = (part for part in parts if isinstance(part, Part))
        return tuple(Part(part.items, part.weight, sign) for part, sign in zip(found, signs, strict=True))

    def part(self, *children: Any) -> Part:
        weight = 1.0
        if children and isinstance(children[-1], Token) and children[-1].type == "PART_WEIGHT":
            weight = float(children[-1][1:])
            children = children[:-1]
        return Part(_items(children), weight)

    def sequence(self, *children: Any) -> tuple[Item, ...]:
        return _items(children)

    def emphasis(self, *children: Any) -> Emphasis:
        first, *inner, last = children
        return Emphasis(_begin(first), _end(last), _items(inner), first, last)

    def lowered(self, *children: Any) -> Emphasis:
        return self.emphasis(*children)

    def scheduled(self, first: Token, *rest: Any) -> Scheduled:
        last = rest[-1]
        *before, after = [part for part in rest if isinstance(part, tuple)]
        number = last[1:-1].strip()
        return Scheduled(_begin(first), _end(last), before[0] if before else (), after, number)

    def alternating(self, first: Token, *rest: Any) -> Alternating:
        return Alternating(_begin(first), _end(rest[-1]), tuple(part for part in rest if isinstance(part, tuple)))

    def choice(self, first: Token, *rest: Any) -> Choice:
        cuts = [first, *(part for part in rest if isinstance(part, Token))]
        spans = tuple((_end(a), _begin(b)) for a, b in pairwise(cuts))
        options = tuple(part for part in rest if isinstance(part, tuple))
        return Choice(_begin(first), _end(rest[-1]), options, spans, str(first[1:]))


def _items(children: Any) -> tuple[Item, ...]:
    return tuple(_leaf(child) if isinstance(child, Token) else child for child in children)


def _leaf(token: Token) -> Item:
    if token.type == "NETWORK":
        kind, _, rest = token[1:-1].partition(":")
        return Network(_begin(token), _end(token), kind.lower(), tuple(rest.split(":")))
    return Leaf(_begin(token), _end(token), _LEAVES[token.type], str(token))


def _begin(token: Token) -> int:
    assert token.start_pos is not None
    return token.start_pos


def _end(token: Token) -> int:
    return _begin(token) + len(token)


def _mistakes_in(parts: tuple[Part, ...]) -> list[Mistake]:
    """What is wrong within items that the parser takes as they are."""
    found = []
    waiting: list[Item] = [item for part in parts for item in part.items]
    while waiting:
        item = waiting.pop()
        waiting += item.children
        if (sentence := item.complaint) is not None:
            found.append(Mistake(item.start, item.end, sentence))
    return found
