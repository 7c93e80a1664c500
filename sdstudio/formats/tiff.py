"""A TIFF written strip by strip, so that it can be watched and stopped. Source: Adobe, TIFF Revision 6.0 (1992)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

_SHORT, _LONG, _ASCII, _BYTE, _UNDEFINED = 3, 4, 2, 1, 7
_STRIP_ROWS = 64
_DEFLATE, _RGB, _STRAIGHT_ALPHA, _HORIZONTAL = 8, 2, 2, 2
_MOST_BYTES = 2**32 - 2**20  # places in the file have 32 bits
_XMP, _PROFILE = 700, 34675
_ITEM_BYTES = {_SHORT: 2, _LONG: 4, _ASCII: 1, _BYTE: 1, _UNDEFINED: 1}
Entry = tuple[int, int, bytes]
"""Tag, type, and the value as bytes."""


def write_tiff(
    stream: BinaryIO, picture: Image.Image, settings: dict[str, Any], progress: Callable[[float], None]
) -> None:
    """`picture` (RGB or RGBA). `settings` may have "icc_profile", "xmp" and "tags" (texts by their number).

    Raises ValueError when it is too large for the format; `progress` may raise to stop.
    """
    pixels = np.asarray(picture)
    height, _, channels = pixels.shape
    stream.write(struct.pack("<2sHI", b"II", 42, 0))
    at, places, sizes = 8, [], []
    for top in range(0, height, _STRIP_ROWS):
        progress(top / height)
        data = zlib.compress(_differences(pixels[top : top + _STRIP_ROWS]), 6)
        stream.write(data + bytes(len(data) % 2))
        places.append(at)
        sizes.append(len(data))
        at += len(data) + len(data) % 2
        if at > _MOST_BYTES:
            raise ValueError("more than 4 GiB")
    entries = _entries(picture, channels, places, sizes) + _extras(settings)
    stream.write(_table(sorted(entries), at))
    stream.seek(4)
    stream.write(struct.pack("<I", at))
    stream.seek(0, 2)


def _differences(rows: np.ndarray) -> bytes:
    """Each value as its difference to the same channel one pixel before."""
    out = rows.copy()
    out[:, 1:] -= rows[:, :-1]
    return out.tobytes()


def _entries(picture: Image.Image, channels: int, places: list[int], sizes: list[int]) -> list[Entry]:
    entries = [
        (256, _LONG, _longs(picture.width)),
        (257, _LONG, _longs(picture.height)),
        (258, _SHORT, _shorts(*[8] * channels)),
        (259, _SHORT, _shorts(_DEFLATE)),
        (262, _SHORT, _shorts(_RGB)),
        (273, _LONG, _longs(*places)),
        (277, _SHORT, _shorts(channels)),
        (278, _LONG, _longs(_STRIP_ROWS)),
        (279, _LONG, _longs(*sizes)),
        (284, _SHORT, _shorts(1)),
        (317, _SHORT, _shorts(_HORIZONTAL)),
    ]
    return entries + ([(338, _SHORT, _shorts(_STRAIGHT_ALPHA))] if channels == 4 else [])


def _extras(settings: dict[str, Any]) -> list[Entry]:
    texts = settings.get("tags", {}).items()
    entries = [(tag, _ASCII, text.encode() + b"\0") for tag, text in texts if text]
    if settings.get("icc_profile"):
        entries.append((_PROFILE, _UNDEFINED, settings["icc_profile"]))
    if settings.get("xmp"):
        entries.append((_XMP, _BYTE, settings["xmp"]))
    return entries


def _table(entries: list[Entry], at: int) -> bytes:
    """The table, which begins at `at`, and behind it the values that are longer than four bytes."""
    rows, values = [], b""
    behind = at + 2 + 12 * len(entries) + 4
    for tag, kind, value in entries:
        count = len(value) // _ITEM_BYTES[kind]
        if len(value) <= 4:
            rows.append(struct.pack("<HHI4s", tag, kind, count, value))
        else:
            rows.append(struct.pack("<HHII", tag, kind, count, behind + len(values)))
            values += value + bytes(len(value) % 2)
    return struct.pack("<H", len(entries)) + b"".join(rows) + bytes(4) + values


def _shorts(*numbers: int) -> bytes:
    return struct.pack(f"<{len(numbers)}H", *numbers)


def _longs(*numbers: int) -> bytes:
    return struct.pack(f"<{len(numbers)}I", *numbers)
