"""Changing the weight of what is selected in a prompt: what Ctrl+Up and Ctrl+Down do to the text."""

from __future__ import annotations

import re

from sdstudio.prompting.parse import parse
from sdstudio.prompting.tree import Emphasis, Network, as_number

_STOPS = " \t\n,.()[]{}<>|:#\\"
_NUMBER_AT_END = re.compile(r":\s*[+-]?[.\d]+\s*$")


def weigh(text: str, start: int, end: int, by: float) -> tuple[str, int, int]:
    """`text` with the weight of its characters `start` to `end` changed by `by`, and where these are afterwards.

    Without a selection the word at `start` is meant, or the network's tag there. A weight of 1 takes the brackets off.
    """
    network = next((it for it in parse(text).walk() if isinstance(it, Network) and it.start <= start < it.end), None)
    if network is not None and end <= network.end:
        return _weigh_network(text, network, by)
    if start == end:
        start, end = _word_at(text, start)
    if start == end:
        return text, start, end
    around = _pair_around(text, start, end)
    if around is None:
        return _put(text, start, end, start, end, 1 + by)
    inner_end = around.end - len(around.closing)
    weight = as_number(around.closing[1:-1]) if around.closing.startswith(":") else 1.1
    return _put(text, around.start, around.end, around.start + 1, inner_end, (1.0 if weight is None else weight) + by)


def _put(text: str, start: int, end: int, inner_start: int, inner_end: int, weight: float) -> tuple[str, int, int]:
    inner, weight = text[inner_start:inner_end], round(weight, 2)
    if weight == 1:
        return text[:start] + inner + text[end:], start, start + len(inner)
    return f"{text[:start]}({inner}:{weight:g}){text[end:]}", start + 1, start + 1 + len(inner)


def _pair_around(text: str, start: int, end: int) -> Emphasis | None:
    """The round brackets that hold exactly these characters, or are these characters."""
    for item in parse(text).walk():
        if isinstance(item, Emphasis) and item.opening == "(":
            inner = (item.start + 1, item.end - len(item.closing))
            if (start, end) in (inner, (item.start, item.end)):
                return item
    return None


def _word_at(text: str, position: int) -> tuple[int, int]:
    start = end = position
    while start > 0 and text[start - 1] not in _STOPS:
        start -= 1
    while end < len(text) and text[end] not in _STOPS:
        end += 1
    return start, end


def _weigh_network(text: str, network: Network, by: float) -> tuple[str, int, int]:
    weight = round(network.weights[0] + by, 2)
    tag = ":".join((network.kind, network.arguments[0], f"{weight:g}", *network.arguments[2:]))
    at = network.start
    return f"{text[:at]}<{tag}>{text[network.end :]}", at + 1, at + 1
