"""A brush with a name, and how it is written down: one JSON part and a grey PNG for each of its pictures.

Must not know where the parts are kept.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import cv2
import msgspec
import numpy as np

from sdstudio.errors import BadRequest, FileProblem
from sdstudio.raster.dabs import Brush, as_changes, with_changes
from sdstudio.raster.pixels import Pixels
from sdstudio.raster.stamps import MAX_SIDE, known, learn

Kind = Literal["paint", "eraser", "mask", "smudge", "blur", "clone"]

JSON_PART = "brush.json"
MAX_JSON_BYTES = 64 * 1024
MAX_PICTURE_BYTES = 2 * 2**20
MAX_NAME = 60
_MAX_DYNAMICS = 32
_MAX_POINTS = 32
_VERSION = 1
_PNG_HEADER = struct.Struct(">8sI4sII")
_PNG_MAGIC = b"\x89PNG\r\n\x1a\n"

Read = Callable[[str, int], bytes]
"""Gives the bytes of a part by its name, at most so many. Raises FileProblem."""


@dataclass(frozen=True, slots=True)
class Preset:
    """`kind` is the tool that the brush is for, `group` a heading to find it under."""

    name: str
    group: str
    kind: Kind
    brush: Brush


class _Stored(msgspec.Struct):
    version: int
    name: str
    group: str
    kind: Kind
    brush: Brush


def encode(preset: Preset) -> dict[str, bytes]:
    """The parts of a preset by their names."""
    parts: dict[str, bytes] = {}
    names = {"tip": "", "grain": ""}
    for use, name in (("tip", preset.brush.tip), ("grain", preset.brush.grain)):
        picture = known(name)
        if picture is not None:
            names[use] = f"{use}.png"
            parts[names[use]] = as_png(picture)
    brush = replace(preset.brush, tip=names["tip"], grain=names["grain"])
    stored = _Stored(_VERSION, preset.name, preset.group, preset.kind, brush)
    return {JSON_PART: msgspec.json.format(msgspec.json.encode(stored)), **parts}


def decode(read: Read, json_part: str = JSON_PART) -> Preset:
    """The preset whose parts `read` gives; numbers out of range are brought into it.

    Raises FileProblem, with the end of a sentence that begins with the file's name, when it is none.
    """
    try:
        stored = msgspec.json.decode(read(json_part, MAX_JSON_BYTES), type=_Stored)
    except (msgspec.DecodeError, RecursionError) as error:
        raise FileProblem("is not a brush, or is damaged", detail=str(error)) from error
    if stored.version != _VERSION:
        raise FileProblem(f"was made by another edition of SD Studio (version {stored.version} of its format)")
    brush = stored.brush
    if len(brush.dynamics) > _MAX_DYNAMICS or any(not 0 < len(one.curve) <= _MAX_POINTS for one in brush.dynamics):
        raise FileProblem("holds curves that cannot be used")
    pictures = {
        use: picture_from(read(name, MAX_PICTURE_BYTES), name) if name else ""
        for use, name in (("tip", brush.tip), ("grain", brush.grain))
    }
    return Preset(
        clean_name(stored.name),
        stored.group.strip()[:MAX_NAME],
        stored.kind,
        with_changes(brush, as_changes(brush) | pictures),
    )


def clean_name(name: str) -> str:
    """`name` as it may be shown in one line. Raises FileProblem when nothing is left of it."""
    cleaned = " ".join("".join(c if c.isprintable() else " " for c in name).split())[:MAX_NAME]
    if not cleaned:
        raise FileProblem("has no name")
    return cleaned


def as_png(picture: Pixels) -> bytes:
    """A grey picture as a PNG. Raises FileProblem with the end of a sentence."""
    done, data = cv2.imencode(".png", picture)
    if not done:
        raise FileProblem("has a picture that could not be packed")
    return bytes(data)


def picture_from(data: bytes, name: str) -> str:
    """The name by which `stamps` knows the picture of a PNG from now on; its size is checked before it is unpacked.

    Raises FileProblem with the end of a sentence.
    """
    if not _PNG_HEADER.size <= len(data) <= MAX_PICTURE_BYTES:
        raise FileProblem("is damaged", detail=f"{name} is no PNG")
    magic, _, kind, width, height = _PNG_HEADER.unpack(data[: _PNG_HEADER.size])
    if magic != _PNG_MAGIC or kind != b"IHDR" or not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE):
        raise FileProblem("holds a picture that cannot be used", detail=f"{name}: {width} x {height}")
    try:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
        if picture is None:
            raise FileProblem("holds a damaged picture", detail=name)
        return learn(np.asarray(picture, np.uint8))
    except (cv2.error, BadRequest) as error:
        raise FileProblem("holds a damaged picture", detail=f"{name}: {error}") from error
