"""Pixels put on pixels by numbers: the modes that QPainter lacks, and the mixing of two pictures.

QPainter has no hue, saturation, colour and luminosity; on translucent pixels its colour dodge is off by up to 24 of
255, and its soft light and exclusion by up to 3. Compositing is by section 5 of W3C Compositing and Blending Level 1.
What is needed on the way is kept by each thread: new memory takes longer to get than to fill. Must not know modes by
anything but their names.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator

import cv2
import numpy as np

from sdstudio.raster.formulas import FORMULAS, Floats
from sdstudio.raster.pixels import Pixels

_CHUNK_PIXELS = 16384  # so that all planes of one step stay in the processor's cache, more or less
_UNIT = np.float32(1 / 255)


class _Room(threading.local):
    """What one thread computes in."""

    def __init__(self) -> None:
        self.bytes = np.empty((4, _CHUNK_PIXELS), np.uint8)
        self.above, self.below = np.empty((2, 4, _CHUNK_PIXELS), np.float32)
        self.inside_s, self.inside_b, self.replaced = np.empty((3, 3, _CHUNK_PIXELS), np.float32)
        self.both = np.empty(_CHUNK_PIXELS, np.float32)
        self.spare = np.empty((4, _CHUNK_PIXELS), np.float32)
        self.sums = np.empty((2, 4 * _CHUNK_PIXELS), np.uint16)
        self.light = np.empty(0, np.uint8)

    def like(self, pixels: Pixels) -> Pixels:
        """An array of the same shape, that is good until the next time this is asked for."""
        if self.light.shape != pixels.shape:
            self.light = np.empty(pixels.shape, np.uint8)
        return self.light


_room = _Room()


def blend_floats(target: Pixels, source: Pixels, mode: str, opacity: float) -> None:
    """Put `source` on `target` in place, premultiplied (h, w, 4); `mode` is a key of FORMULAS, opacity 0..1."""
    for part in _parts(target):
        if source[part].any():
            _blend_part(target[part], source[part], mode, np.float32(opacity))


def _parts(pixels: Pixels) -> Iterator[tuple[slice, slice]]:
    """What is computed at once: few enough pixels for the room that each thread has."""
    height, width = pixels.shape[:2]
    columns = min(max(width, 1), _CHUNK_PIXELS)
    rows = _CHUNK_PIXELS // columns
    for top in range(0, height, rows):
        for left in range(0, width, columns):
            yield slice(top, top + rows), slice(left, left + columns)


def _blend_part(below: Pixels, above: Pixels, mode: str, opacity: np.float32) -> None:
    source, backdrop = _planes(above, _room.above), _planes(below, _room.below)
    count = source.shape[1]
    if opacity != 1:
        source *= opacity
    # Products of bytes are exact: what is full, or equal, before it is multiplied is so afterwards.
    both = np.multiply(source[3], backdrop[3], out=_room.both[:count])
    inside_s = np.multiply(source[:3], backdrop[3], out=_room.inside_s[:, :count])
    inside_b = np.multiply(backdrop[:3], source[3], out=_room.inside_b[:, :count])
    replaced = np.add(inside_s, inside_b, out=_room.replaced[:, :count])
    mixed = FORMULAS[mode](inside_b, inside_s, both, _room.spare[:, :count])
    mixed -= replaced
    mixed *= _UNIT
    both *= _UNIT
    backdrop += source
    backdrop[:3] += mixed
    backdrop[3] -= both
    _put_back(backdrop, below)


def _planes(pixels: Pixels, room: Floats) -> Floats:
    """B, G, R, A of (h, w, 4) as rows of floats, 0..255, in `room`: (4, h * w)."""
    height, width = pixels.shape[:2]
    split = _room.bytes[:, : height * width]
    cv2.split(pixels, list(split.reshape(4, height, width)))
    planes = room[:, : height * width]
    np.copyto(planes, split)
    return planes


def _put_back(planes: Floats, pixels: Pixels) -> None:
    """The inverse of `_planes`, rounded; colour does not exceed alpha."""
    height, width = pixels.shape[:2]
    np.minimum(planes[:3], planes[3], out=planes[:3])
    rounded = _room.bytes[:, : height * width]
    for plane, row in zip(planes, rounded, strict=True):
        cv2.convertScaleAbs(plane[None], row[None])
    cv2.merge(list(rounded.reshape(4, height, width)), pixels)


def mix_pixels(target: Pixels, changed: Pixels, opacity: float, coverage: Pixels | None) -> None:
    """`target` becomes `changed` in place as far as opacity (0..1) and coverage (h, w) say; both (h, w, 4)."""
    if opacity >= 1 and (coverage is None or _is_full(coverage)):
        target[...] = changed
        return
    if coverage is None:
        cv2.addWeighted(target, 1 - opacity, changed, opacity, 0, dst=target)
        return
    share = coverage if opacity >= 1 else np.rint(coverage * np.float32(opacity)).astype(np.uint8)
    for part in _parts(target):
        _mix_part(target[part], changed[part], share[part])


def _mix_part(target: Pixels, changed: Pixels, share: Pixels) -> None:
    weights = np.asarray(cv2.merge([share] * 4), np.uint8)
    sums, rest = (room[: target.size].reshape(target.shape) for room in _room.sums)
    np.multiply(changed, weights, out=sums, dtype=np.uint16)
    np.multiply(target, cv2.bitwise_not(weights, dst=weights), out=rest, dtype=np.uint16)
    # Nothing can lie halfway between two bytes, so this is exact at the end of a row, too.
    cv2.convertScaleAbs(cv2.add(sums, rest, dst=sums), dst=target, alpha=1 / 255)


def limit_pixels(target: Pixels, coverage: Pixels) -> None:
    """Multiply premultiplied pixels (h, w, 4) by a coverage (h, w) in place."""
    if _is_full(coverage):
        return
    for part in _parts(target):
        weights = np.asarray(cv2.merge([coverage[part]] * 4), np.uint8)
        cv2.multiply(target[part], weights, dst=target[part], scale=1 / 255)


def _is_full(coverage: Pixels) -> bool:
    """Whether it changes nothing, as most masks do in most places."""
    return coverage.size > 0 and int(coverage.min()) == 255


def add_pixels(target: Pixels, source: Pixels, opacity: float) -> None:
    """The sum of both in place, cut off at 255; premultiplied (h, w, 4)."""
    cv2.addWeighted(source, opacity, target, 1, 0, dst=target)


def screen_pixels(target: Pixels, source: Pixels, opacity: float) -> None:
    """The screen formula in place, which is b + s (1 - b) on premultiplied pixels; (h, w, 4)."""
    # The opacity comes last: by other factors than 1/255 OpenCV multiplies the end of a row otherwise than the rest,
    # and a pixel would depend on the rectangle that it is composed in.
    light = _room.like(target)
    cv2.bitwise_not(target, dst=light)
    cv2.multiply(source, light, dst=light, scale=1 / 255)
    if opacity >= 1:
        cv2.add(target, light, dst=target)
    else:
        cv2.add(target, light, dst=light)
        mix_pixels(target, light, opacity, None)
