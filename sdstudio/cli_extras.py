"""The command line's options for what is added to a model: LoRAs, control pictures and the rest of the Extras panel."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import Any, get_args

from msgspec.structs import replace

from sdstudio.errors import BadRequest
from sdstudio.generation.additions import SELECTION
from sdstudio.protocol.request import (
    DEPTH_INPUT,
    PICTURE_INPUT,
    REFERENCE,
    ControlKind,
    ControlPart,
    ControlUse,
    LoraUse,
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add them as a group of their own."""
    add = parser.add_argument_group("extras").add_argument
    add("--lora", metavar="NAME[:WEIGHT]", type=_lora, action="append", default=[], help="may be given several times")
    add("--control", metavar="NAME=IMG[,HOW][,WEIGHT][,START-END][,KEY=VALUE]", action="append", default=[],
        help="let a picture guide, e.g. scribble=lines.png,invert,0.8; HOW: none, invert, scribble, line_art, canny, "
        "soft_edge, depth, pose, segments; KEY: kind (of a union's picture: pose, depth, soft, lines, normals, "
        "segments, tile, repaint), part (of an IP-Adapter's: style, composition, style_and_composition), within "
        f"(selection: the --mask), fidelity (0 to 1), by (a model for HOW); the NAME {REFERENCE} needs no model, "
        f"nor do {DEPTH_INPUT}, which a model for depth maps reads, and {PICTURE_INPUT}, the picture that Flux Kontext "
        "edits or that Flux Canny and Depth follow; may be given several times")  # fmt: skip
    add("--vae", metavar="NAME", help="another autoencoder than the model's own")
    add("--text-encoder", metavar="NAME", action="append", default=[],
        help="a text encoder in a file of its own, for a model without one; may be given several times")  # fmt: skip
    add("--tile", choices=("x", "y", "both"), help="a picture whose opposite edges fit together")
    add("--hires", metavar="X", type=float, help="X times larger than the model's size, in a second pass (1)")
    add("--hires-strength", metavar="S", type=float, help="how much the second pass may change, 0 to 1 (0.5)")
    add("--hires-by", metavar="NAME", help="what enlarges between the passes: pixels (usually), latents, an upscaler")
    add("--refiner", metavar="MODEL", help="another model, such as SDXL's refiner, does the last steps of the picture")
    add("--refiner-switch", metavar="S", type=float, help="after which part of the noise levels, 0 to 1 (0.8)")
    add("--freeu", action="store_true", help="stronger shapes, calmer details")


def values(options: argparse.Namespace) -> dict[str, Any]:
    """What was given, by the names that `Parameters` has."""
    given: dict[str, Any] = {
        "vae": options.vae,
        "text_encoders": tuple(options.text_encoder) or None,
        "seamless": options.tile,
        "hires": options.hires,
        "hires_strength": options.hires_strength,
        "hires_by": options.hires_by,
        "refiner": options.refiner,
        "refiner_switch": options.refiner_switch,
        "freeu": options.freeu or None,
    }
    return {name: value for name, value in given.items() if value is not None}


def controls(options: argparse.Namespace) -> dict[str, Any]:
    """The controls and their picture files, by the names that `headless_order.Order` has. Raises BadRequest."""
    made, files = [], {}
    for text in options.control:
        name, equals, rest = text.partition("=")
        picture, *more = rest.split(",")
        try:
            if not equals or not name or not picture:
                raise ValueError
            use = ControlUse(model=name, source=f"file:{Path(picture).name}")
            for word in more:
                use = _with_word(use, word.strip())
        except ValueError:
            raise BadRequest(f"“{text}” is not a control such as scribble=lines.png,invert,0.8,0-0.7.") from None
        made.append(use)
        files[use.source] = Path(picture)
    return {"controls": tuple(made), "control_files": files}


def _lora(text: str) -> LoraUse:
    """NAME or NAME:WEIGHT."""
    name, colon, weight = text.rpartition(":")
    try:
        return LoraUse(name=name, weight=float(weight)) if colon else LoraUse(name=text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"“{text}” is not a LoRA such as ink:0.8") from None


def _with_word(use: ControlUse, word: str) -> ControlUse:
    """A range is start and end, a number the weight, a word the preprocessor."""
    key, equals, value = word.partition("=")
    if equals:
        return _with_value(use, key, value)
    if found := re.fullmatch(r"([\d.]+)-([\d.]+)", word):
        return replace(use, start=float(found[1]), end=float(found[2]))
    if word[:1].isdigit():
        return replace(use, weight=float(word))
    return replace(use, preprocessor=word)


def _with_value(use: ControlUse, key: str, value: str) -> ControlUse:
    """Raises ValueError for a key or a value that is not one of those there are."""
    known = {"kind": get_args(ControlKind), "part": get_args(ControlPart), "within": (SELECTION,)}
    if key == "fidelity":
        return replace(use, fidelity=float(value))
    if key == "by":
        return replace(use, estimator=value)
    if value not in known.get(key, ()):
        raise ValueError(key)
    return replace(use, **{"mask" if key == "within" else key: value})
