"""The grey pictures that brushes press or use as paper, each kept once and named by its content.

A name therefore means the same picture everywhere, and a brush can be plain data. Must not know files.
"""

from __future__ import annotations

import hashlib

import numpy as np

from sdstudio.errors import BadRequest
from sdstudio.raster.pixels import Pixels

MAX_SIDE = 1024

_pictures: dict[str, Pixels] = {}


def learn(picture: Pixels) -> str:
    """The name of a grey picture, (h, w) uint8, 255 where the brush covers (or the paper rises) most.

    Raises BadRequest when it is empty or has a side of more than 1024 pixels.
    """
    if picture.ndim != 2 or 0 in picture.shape or max(picture.shape) > MAX_SIDE:
        raise BadRequest(f"The picture of a brush must be grey and from 1 to {MAX_SIDE} pixels on each side.")
    kept = np.ascontiguousarray(picture).copy()
    kept.setflags(write=False)
    name = hashlib.sha256(repr(kept.shape).encode() + kept.tobytes()).hexdigest()[:16]
    _pictures.setdefault(name, kept)
    return name


def known(name: str) -> Pixels | None:
    """The picture, read only; None when nobody has brought one of this name."""
    return _pictures.get(name)
