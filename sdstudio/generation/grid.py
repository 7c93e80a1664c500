"""X/Y/Z grids: the same picture with some parameters changed, each value of one axis with each of the others.

Owns what can be an axis and how its values are written. Must not know documents, the queue or widgets.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from sdstudio.errors import BadRequest
from sdstudio.generation.parameters import Parameters, for_sampler
from sdstudio.protocol.samplers import BETAS, PREDICTIONS, SAMPLERS, SCHEDULES
from sdstudio.protocol.speeds import SPEEDS

MAX_CELLS = 400
_RANGE = ".."

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


@dataclass(frozen=True)
class _Kind:
    field: str
    title: str
    read: Callable[[str], Any]


def _named(names: dict[str, str]) -> Callable[[str], str]:
    known = {title.casefold(): name for name, title in names.items()} | {name: name for name in names}

    def read(text: str) -> str:
        if text.casefold() not in known:
            raise ValueError(text)
        return known[text.casefold()]

    return read


AXES: dict[str, _Kind] = {
    kind.field: kind
    for kind in (
        _Kind("prompt", "Prompt (search, replace)", str),
        _Kind("negative_prompt", "Negative prompt (search, replace)", str),
        _Kind("seed", "Seed", int),
        _Kind("steps", "Steps", int),
        _Kind("cfg_scale", "CFG scale", float),
        _Kind("sampler", "Sampler", _named(SAMPLERS)),
        _Kind("schedule", "Schedule", _named(SCHEDULES)),
        _Kind("strength", "Strength", float),
        _Kind("clip_skip", "CLIP skip", int),
        _Kind("eta", "Eta", float),
        _Kind("s_noise", "Noise scale", float),
        _Kind("cfg_rescale", "CFG rescale", float),
        _Kind("cfg_start", "CFG from", float),
        _Kind("cfg_end", "CFG until", float),
        _Kind("betas", "Betas", _named(BETAS)),
        _Kind("prediction", "Prediction", _named({name: title for name, title in PREDICTIONS.items() if name})),
        _Kind("model_id", "Model", str),
        _Kind("vae", "VAE", str),
        _Kind("native_size", "Size", int),
        _Kind("hires", "Second pass", float),
        _Kind("hires_strength", "Second pass's strength", float),
        _Kind("speed", "Speed", _named(SPEEDS)),
    )
}


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


def _expanded(word: str, kind: _Kind) -> list[str]:
    """`10..30:10` as its numbers; any other word alone."""
    if _RANGE not in word or kind.read not in (int, float):
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


def _label(kind: _Kind, word: str, value: Any) -> str:
    if kind.field in ("prompt", "negative_prompt"):
        return word
    titles = {"sampler": SAMPLERS, "schedule": SCHEDULES, "betas": BETAS, "prediction": PREDICTIONS}.get(kind.field)
    return titles[value] if titles is not None else f"{kind.title} {word}"


def _change(kind: _Kind, searched: str, value: Any) -> Change:
    def change(parameters: Parameters) -> Parameters:
        match kind.field:
            case "prompt" | "negative_prompt":
                text: str = getattr(parameters, kind.field)
                if searched not in text:
                    raise BadRequest(f"The prompt does not hold “{searched}”, which the grid is to replace.")
                return msgspec.structs.replace(parameters, **{kind.field: text.replace(searched, value)})
            case "sampler":
                return for_sampler(parameters, value)
        return msgspec.structs.replace(parameters, **{kind.field: value})

    return change
