"""The text in which pictures carry how they were made, as A1111's web UI introduced it and many tools read it.

    a red apple
    Negative prompt: blurry
    Steps: 20, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 7, Seed: 1, Size: 512x512, Model: starter

Reading is tolerant: what is not understood is kept as text, never an error.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import msgspec

from sdstudio import __version__
from sdstudio.formats.pairs import number, pairs_of, quoted
from sdstudio.protocol.request import Branch, GenerationRequest
from sdstudio.protocol.samplers import BETAS, ETA, NOISE_SCALE, PREDICTIONS, SAMPLERS, SCHEDULES, schedules_for
from sdstudio.raster.geometry import Extent

_NEGATIVE = "Negative prompt:"
# Names of the finer values: A1111's own where it has one.
_ADVANCED = {
    "eta": "Eta",
    "s_noise": "Sigma noise",
    "cfg_rescale": "CFG Rescale",
    "cfg_start": "Skip Early CFG",
    "cfg_end": "CFG end",
    "clip_skip": "Clip skip",
    "betas": "Betas",
    "prediction": "Prediction",
    "zero_snr": "Noise Schedule",
    "exact_strength": "Exact strength",
    "refiner": "Refiner",
    "refiner_switch": "Refiner switch at",
}
_ZERO_SNR = "Zero Terminal SNR"
_BRANCH_STEP, _BRANCH_OF, _BRANCH_NOISE, _FRESH = "Branch step", "Branch of", "Branch noise", "fresh"
_FIELDS = {field.name: field for field in msgspec.structs.fields(GenerationRequest)}
_USUAL = {name: _FIELDS[name].default for name in _ADVANCED}
_MIN_FIELDS = 2  # a last line with fewer is part of a prompt


class Recipe(msgspec.Struct, frozen=True, kw_only=True):
    """What a picture's text says; None where it says nothing that this program can use.

    Field names equal those of `generation.parameters.Parameters`, except for `model_title`, `extent` (the size at which
    the model worked) and `others` (everything else, as text).
    """

    prompt: str = ""
    negative_prompt: str = ""
    steps: int | None = None
    cfg_scale: float | None = None
    sampler: str | None = None
    schedule: str | None = None
    seed: int | None = None
    strength: float | None = None
    eta: float | None = None
    s_noise: float | None = None
    cfg_rescale: float | None = None
    cfg_start: float | None = None
    cfg_end: float | None = None
    clip_skip: int | None = None
    betas: str | None = None
    prediction: str | None = None
    zero_snr: bool | None = None
    exact_strength: bool | None = None
    refiner: str | None = None  # a title, or an id
    refiner_switch: float | None = None
    branch: Branch | None = None
    model_title: str = ""
    extent: Extent | None = None
    others: dict[str, str] = {}

    def changes(self) -> dict[str, Any]:
        """The values found, by the names that `Parameters` has."""
        others = ("model_title", "extent", "others")
        values = {name: getattr(self, name) for name in self.__struct_fields__ if name not in others}
        found = {name: value for name, value in values.items() if value is not None}
        if self.steps is not None:  # a whole recipe: what it does not mention is as usual
            found = {**_USUAL, "branch": None, **found}
        return found


def to_text(request: GenerationRequest, model_title: str) -> str:
    """`request` in words that other programs read as well."""
    fields = {
        "Steps": str(request.steps),
        "Sampler": SAMPLERS.get(request.sampler, request.sampler),
        "Schedule type": SCHEDULES.get(request.schedule, request.schedule),
        "CFG scale": number(request.cfg_scale),
        "Seed": str(request.seed),
        "Size": f"{request.extent.width}x{request.extent.height}",
        "Model": model_title,
    }
    if request.mode != "text_to_image" or request.branch is not None:
        fields["Denoising strength"] = number(request.strength)
    for name, title in _ADVANCED.items():
        if (value := getattr(request, name)) != _USUAL[name]:
            fields[title] = _ZERO_SNR if name == "zero_snr" else _word(value)
    fields.pop(_ADVANCED["refiner_switch"], None)
    if request.refiner:  # other programs expect both, or none
        fields[_ADVANCED["refiner_switch"]] = number(request.refiner_switch)
    if request.prompt_source not in ("", request.prompt):
        fields["Template"] = request.prompt_source
    if request.negative_source not in ("", request.negative_prompt):
        fields["Negative Template"] = request.negative_source
    if request.branch is not None:
        fields |= _branch_words(request.branch)
    if request.styles:
        fields["Styles"] = ", ".join(request.styles)
    fields["Version"] = f"SD Studio {__version__}"
    lines = [request.prompt]
    if request.negative_prompt:
        lines.append(f"{_NEGATIVE} {request.negative_prompt}")
    lines.append(", ".join(f"{name}: {quoted(value)}" for name, value in fields.items()))
    return "\n".join(lines)


def from_text(text: str) -> Recipe:
    """What `text` says. Text in any other form becomes a prompt."""
    lines = text.replace("\r\n", "\n").split("\n")
    while lines and not lines[-1].strip():
        lines.pop()
    fields: dict[str, str] = {}
    if lines and len(found := dict(pairs_of(lines[-1]))) >= _MIN_FIELDS:
        fields = found
        lines.pop()
    start = next((number for number, line in enumerate(lines) if line.startswith(_NEGATIVE)), len(lines))
    prompt, negative = "\n".join(lines[:start]), "\n".join(lines[start:]).removeprefix(_NEGATIVE)
    values = _values(fields)
    return Recipe(prompt=prompt.strip(), negative_prompt=negative.strip(), others=fields, **values)


def _values(fields: dict[str, str]) -> dict[str, Any]:
    """The values that are understood, taken out of `fields`."""
    values: dict[str, Any] = {"model_title": fields.pop("Model", "")}
    readers: dict[str, tuple[str, Callable[[str], Any]]] = {
        "Steps": ("steps", int),
        "CFG scale": ("cfg_scale", float),
        "Seed": ("seed", int),
        "Denoising strength": ("strength", float),
        "Size": ("extent", _extent),
    }
    if "Steps" in fields and "Denoising strength" not in fields:
        values["strength"] = 1.0  # text to image does not mention it
    if any(key.startswith("Hires") for key in fields):
        values["strength"] = 1.0  # what is mentioned is that of a second pass
        del readers["Denoising strength"]
    for key, (name, read) in readers.items():
        try:
            values[name] = read(fields[key])
        except (KeyError, ValueError):
            continue
        del fields[key]
    sampler, schedule = _sampling(fields.get("Sampler", ""), fields.get("Schedule type", ""))
    if sampler is not None:
        del fields["Sampler"]
        if schedule is not None:
            fields.pop("Schedule type", None)
        # Before 2024 no word meant the normal schedule; one that the sampler cannot follow is replaced by it.
        schedule = schedule or schedules_for(sampler)[0]
    return {
        **values, **_advanced(fields, sampler), "sampler": sampler, "schedule": schedule, "branch": _branch(fields)
    }  # fmt: skip


def _branch_words(branch: Branch) -> dict[str, str]:
    """At which step of which picture it begins; that picture as JSON of what is not as usual about it."""
    given = msgspec.to_builtins(branch.parent)
    parent = {name: value for name, value in given.items() if name not in _FIELDS or value != _usual(name)}
    words = {_BRANCH_STEP: str(branch.step), _BRANCH_OF: json.dumps(parent, ensure_ascii=False)}
    return words | ({_BRANCH_NOISE: _FRESH} if branch.fresh_noise else {})


def _usual(name: str) -> object:
    """A field's default as JSON has it; something that no field can be where there is none."""
    field = _FIELDS[name]
    return field if field.default is msgspec.NODEFAULT else msgspec.to_builtins(field.default)


def _branch(fields: dict[str, str]) -> Branch | None:
    """The branch, taken out of `fields`, if it is told completely."""
    try:
        parent = msgspec.json.decode(fields[_BRANCH_OF], type=GenerationRequest)
        step = int(fields[_BRANCH_STEP])
    except (KeyError, ValueError, msgspec.MsgspecError, RecursionError):
        return None
    del fields[_BRANCH_OF], fields[_BRANCH_STEP]
    return Branch(parent=parent, step=step, fresh_noise=fields.pop(_BRANCH_NOISE, "") == _FRESH)


def _advanced(fields: dict[str, str], sampler: str | None) -> dict[str, Any]:
    """The finer values that are understood and fit the sampler, taken out of `fields`."""
    readers: dict[str, Callable[[str], Any]] = {
        "clip_skip": int,
        "betas": _betas,
        "prediction": _prediction,
        "zero_snr": _zero_snr,
        "exact_strength": _true,
        "refiner": _without_hash,
    }
    values = {}
    for name, title in _ADVANCED.items():
        fits = {"eta": sampler in ETA, "s_noise": sampler in NOISE_SCALE}.get(name, True)
        try:
            if fits:
                values[name] = readers.get(name, float)(fields[title])
                del fields[title]
        except (KeyError, ValueError):
            continue
    return values


def _betas(text: str) -> str:
    return {title: name for name, title in BETAS.items()}.get(text) or {name: name for name in BETAS}[text]


def _prediction(text: str) -> str:
    return {name: name for name in PREDICTIONS if name}[text]


def _zero_snr(text: str) -> bool:
    if text != _ZERO_SNR:
        raise ValueError(text)
    return True


def _without_hash(text: str) -> str:
    """A1111 writes the beginning of a file's hash behind its name."""
    return re.sub(r"\s*\[[0-9a-fA-F]{8,}\]$", "", text)


def _true(text: str) -> bool:
    return {"true": True}[text.lower()]


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "True"
    return number(value) if isinstance(value, int | float) else str(value)


def _sampling(sampler: str, schedule: str) -> tuple[str | None, str | None]:
    """This program's names for A1111's; before 2024 the schedule was the last word of the sampler's name."""
    samplers = {title.lower(): name for name, title in SAMPLERS.items()} | {name: name for name in SAMPLERS}
    schedules = {title.lower(): name for name, title in SCHEDULES.items()} | {
        "automatic": "normal",
        "uniform": "normal",
    }
    words, found = sampler.strip().lower(), schedules.get(schedule.strip().lower())
    if words not in samplers:
        stem, _, last = words.rpartition(" ")
        words, found = stem, found or schedules.get(last)
        if last not in schedules:
            return None, None
    name = samplers.get(words)
    if name is None:
        return None, None
    return name, found if found in schedules_for(name) else None


def _extent(text: str) -> Extent:
    width, _, height = text.lower().partition("x")
    return Extent(int(width), int(height))
