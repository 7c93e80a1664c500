"""X/Y/Z grids: the same picture with some parameters changed, each value of one axis with each of the others.

What can be an axis is a table in `grid_axes`. Must not know documents, the queue or widgets.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from sdstudio.errors import BadRequest
from sdstudio.generation.grid_axes import AXES, Kind
from sdstudio.generation.parameters import Parameters

MAX_CELLS = 400
_RANGE = ".."
_REPLACED = ("prompt", "negative_prompt")  # whose first value is searched for and replaced by each

Change = Callable[[Parameters], Parameters]


@dataclass(frozen=True)
class Value:
    """One value of an axis: how it is labelled and what it changes."""

    label: str
    change: Change


@dataclass(frozen=True)
class Axis:
    title: str
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Cell:
    """One picture of a grid: its place by x, y and z, its values' labels in that order, and its parameters."""

    x: int
    y: int
    z: int
    labels: tuple[str, ...]
    parameters: Parameters


def axis(field: str, text: str) -> Axis:
    """The axis over a field of Parameters with the values in `text`: `7, 9`, `1..4`, `10..30:10`, `red, blue`.

    For prompts the first value is searched for and replaced by each. Raises BadRequest naming what cannot be read.
    """
    kind = AXES.get(field)
    if kind is None:
        raise BadRequest(f"There is no axis “{field}”; choose one of {', '.join(AXES)}.")
    words = [word for part in text.split(",") for word in _expanded(part.strip(), kind) if word]
    if not words:
        raise BadRequest(f"The axis {kind.title} has no values; write some, with commas between them.")
    values = []
    for word in words:
        try:
            values.append((word, kind.read(word)))
        except ValueError as error:
            raise BadRequest(f"“{word}” is no value for the axis {kind.title}.") from error
    return Axis(
        kind.title, tuple(Value(_label(kind, word, value), _change(kind, words[0], value)) for word, value in values)
    )


def cells(parameters: Parameters, axes: Sequence[Axis]) -> list[Cell]:
    """All pictures of the grid, row by row. Up to three axes: x, y and z. Raises BadRequest for too many or none."""
    if not 1 <= len(axes) <= 3:
        raise BadRequest("A grid has one, two or three axes.")
    count = math.prod(len(axis.values) for axis in axes)
    if count > MAX_CELLS:
        raise BadRequest(f"The grid would have {count:,} pictures; {MAX_CELLS} are the most.")
    sizes = [range(len(axis.values)) for axis in axes] + [range(1)] * (3 - len(axes))
    made = []
    for z, y, x in itertools.product(sizes[2], sizes[1], sizes[0]):
        chosen = [axis.values[place] for axis, place in zip(axes, (x, y, z), strict=False)]
        wishes = parameters
        for value in chosen:
            wishes = value.change(wishes)
        made.append(Cell(x, y, z, tuple(value.label for value in chosen), wishes))
    return made


def _expanded(word: str, kind: Kind) -> list[str]:
    """`10..30:10` as its numbers; any other word alone."""
    if _RANGE not in word or not kind.has_ranges:
        return [word]
    bounds, _, step_text = word.partition(":")
    first_text, _, last_text = bounds.partition(_RANGE)
    try:
        first, last, step = kind.read(first_text), kind.read(last_text), kind.read(step_text or "1")
    except ValueError:
        raise BadRequest(f"“{word}” is no range such as 1..4 or 10..30:10.") from None
    if step <= 0 or (last - first) / step >= MAX_CELLS:
        raise BadRequest(f"The range “{word}” has too many numbers.")
    return [f"{first + number * step:g}" for number in range(int((last - first) / step + 1e-9) + 1)]


def _label(kind: Kind, word: str, value: Any) -> str:
    if kind.field in _REPLACED:
        return word
    if isinstance(value, bool):
        return f"{kind.title} {'on' if value else 'off'}"
    return kind.names[value] if kind.names is not None else f"{kind.title} {word}"


def _change(kind: Kind, searched: str, value: Any) -> Change:
    def change(parameters: Parameters) -> Parameters:
        if kind.field not in _REPLACED:
            return kind.change(parameters, value)
        text: str = getattr(parameters, kind.field)
        if searched not in text:
            raise BadRequest(f"The prompt does not hold “{searched}”, which the grid is to replace.")
        return msgspec.structs.replace(parameters, **{kind.field: text.replace(searched, value)})

    return change
