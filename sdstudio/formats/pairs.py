"""A line of "Name: value" pairs with commas between them, as A1111's web UI writes below prompts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator


def pairs_of(line: str) -> Iterator[tuple[str, str]]:
    """The "Name: value" pairs of a line, separated by commas; a value in quotes is a JSON string."""
    rest = line.strip()
    while match := re.match(r"\s*([\w][\w /+.-]*):\s*", rest):
        name, rest = match[1].strip(), rest[match.end() :]
        value, rest = _value(rest)
        yield name, value
        if not rest.startswith(","):
            break
        rest = rest[1:]


def quoted(value: str) -> str:
    """`value` as it stands in such a line: a JSON string where it would end too early otherwise."""
    needs_quotes = any(character in value for character in ',:"\n\r') or value != value.strip()
    return json.dumps(value, ensure_ascii=False) if needs_quotes else value


def number(value: float) -> str:
    """Without a needless ".0"; exact otherwise."""
    return str(int(value)) if value == int(value) else repr(value)


def _value(rest: str) -> tuple[str, str]:
    """The value at the start of `rest`, and what follows it."""
    if rest.startswith('"'):
        try:
            value, end = json.JSONDecoder().raw_decode(rest)
        except ValueError:
            pass  # quotes that do not close: plain text up to the comma
        else:
            return str(value), rest[end:].lstrip()
    value, comma, after = rest.partition(",")
    return value.strip(), comma + after
