"""What can be an axis of a grid: the fields of Parameters, how their values are written, and what each changes.

Must not know grids.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from sdstudio.errors import BadRequest
from sdstudio.generation.parameters import Parameters, for_sampler
from sdstudio.prompting.parse import parse
from sdstudio.prompting.tree import LORA
from sdstudio.protocol.request import MAX_EXTRA_WEIGHT, LoraUse
from sdstudio.protocol.samplers import BETAS, PREDICTIONS, SAMPLERS, SCHEDULES
from sdstudio.protocol.speeds import SPEEDS

_NONE = "none"
_SWITCH = {"on": True, "yes": True, "true": True, "off": False, "no": False, "false": False}
_TILES = {
    _NONE: "",
    "x": "x",
    "across": "x",
    "y": "y",
    "up and down": "y",
    "both": "both",
    "in both directions": "both",
}

Read = Callable[[str], Any]
Change = Callable[[Parameters, Any], Parameters]


@dataclass(frozen=True)
class Kind:
    """One axis. `read` raises ValueError for what is no value; `change` is given what it made of one."""

    field: str
    title: str
    read: Read
    names: Mapping[str, str] | None = None  # of values that speak for themselves
    has_ranges: bool = False  # its values may be written as 1..4
    own_change: Change | None = None

    def change(self, parameters: Parameters, value: Any) -> Parameters:
        """`parameters` with this value. Raises BadRequest where there is nothing to change."""
        if self.own_change is not None:
            return self.own_change(parameters, value)
        return msgspec.structs.replace(parameters, **{self.field: value})


def _named(field: str, title: str, names: Mapping[str, str], own_change: Change | None = None) -> Kind:
    known = {words.casefold(): name for name, words in names.items()} | {name: name for name in names if name}

    def read(text: str) -> str:
        if text.casefold() not in known:
            raise ValueError(text)
        return known[text.casefold()]

    return Kind(field, title, read, names, own_change=own_change)


def _number(field: str, title: str, read: Read = float, own_change: Change | None = None) -> Kind:
    return Kind(field, title, read, has_ranges=True, own_change=own_change)


def _switch(text: str) -> bool:
    if text.casefold() not in _SWITCH:
        raise ValueError(text)
    return _SWITCH[text.casefold()]


def _tiles(text: str) -> str:
    if text.casefold() not in _TILES:
        raise ValueError(text)
    return _TILES[text.casefold()]


def _or_none(text: str) -> str:
    return "" if text.casefold() == _NONE else text


def _between(low: float, high: float) -> Read:
    def read(text: str) -> float:
        value = float(text)
        if not low <= value <= high:
            raise ValueError(text)
        return value

    return read


_share = _between(0.0, 1.0)
_control_weight = _between(0.0, MAX_EXTRA_WEIGHT)
_lora_weight = _between(-MAX_EXTRA_WEIGHT, MAX_EXTRA_WEIGHT)


def _loras(text: str) -> tuple[LoraUse, ...]:
    """`ink:0.8`, `ink`, or none at all."""
    if text.casefold() == _NONE:
        return ()
    name, colon, weight = text.rpartition(":")
    return (LoraUse(name=name, weight=_lora_weight(weight)) if colon else LoraUse(name=text),)


def _weigh_loras(parameters: Parameters, value: float) -> Parameters:
    """Every LoRA of the panel and of the prompt, with this weight."""
    tags = [tag for tag in parse(parameters.prompt).networks if tag.kind in LORA]
    if not parameters.loras and not tags:
        raise BadRequest(
            "There is no LoRA whose weight the grid could change; switch one on in the Extras panel, or write "
            "<lora:name:1> into the prompt."
        )
    prompt = parameters.prompt
    for tag in sorted(tags, key=lambda tag: tag.start, reverse=True):
        prompt = f"{prompt[: tag.start]}<{tag.kind}:{tag.name}:{value:g}>{prompt[tag.end :]}"
    loras = tuple(LoraUse(name=use.name, weight=value) for use in parameters.loras)
    return msgspec.structs.replace(parameters, loras=loras, prompt=prompt)


def _of_controls(name: str) -> Change:
    def change(parameters: Parameters, value: float) -> Parameters:
        if not parameters.controls:
            raise BadRequest("There is no control that the grid could change; add one in the Control panel.")
        controls = tuple(msgspec.structs.replace(use, **{name: value}) for use in parameters.controls)
        return msgspec.structs.replace(parameters, controls=controls)

    return change


def _restyle(parameters: Parameters, value: str) -> Parameters:
    return msgspec.structs.replace(parameters, styles=(value,) if value else ())


AXES: dict[str, Kind] = {
    kind.field: kind
    for kind in (
        Kind("prompt", "Prompt (search, replace)", str),
        Kind("negative_prompt", "Negative prompt (search, replace)", str),
        Kind("styles", "Style", _or_none, own_change=_restyle),
        _number("seed", "Seed", int),
        _number("steps", "Steps", int),
        _number("cfg_scale", "CFG scale"),
        _named("sampler", "Sampler", SAMPLERS, for_sampler),
        _named("schedule", "Schedule", SCHEDULES),
        _number("strength", "Strength"),
        Kind("exact_strength", "Exact strength", _switch),
        _number("clip_skip", "CLIP skip", int),
        _number("eta", "Eta"),
        _number("s_noise", "Noise scale"),
        _number("cfg_rescale", "CFG rescale"),
        _number("cfg_start", "CFG from"),
        _number("cfg_end", "CFG until"),
        _named("betas", "Betas", BETAS),
        _named("prediction", "Prediction", {name: title for name, title in PREDICTIONS.items() if name}),
        Kind("zero_snr", "Zero SNR", _switch),
        Kind("model_id", "Model", str),
        Kind("vae", "VAE", _or_none),
        _number("native_size", "Size", int),
        Kind("loras", "LoRA", _loras),
        _number("lora_weight", "LoRA weight", _lora_weight, own_change=_weigh_loras),
        _number("control_weight", "Control weight", _control_weight, own_change=_of_controls("weight")),
        _number("control_start", "Control from", _share, own_change=_of_controls("start")),
        _number("control_end", "Control until", _share, own_change=_of_controls("end")),
        Kind("seamless", "Tiles", _tiles),
        Kind("freeu", "FreeU", _switch),
        _number("hires", "Second pass"),
        _number("hires_strength", "Second pass's strength"),
        Kind("hires_by", "Second pass by", str),
        Kind("refiner", "Refiner", _or_none),
        _number("refiner_switch", "Refiner from", _share),
        _named("speed", "Speed", SPEEDS),
    )
}
