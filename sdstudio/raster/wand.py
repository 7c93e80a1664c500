"""Areas of like colour: what the magic wand selects and the bucket fills, and the choice by colour range.

Colours are compared premultiplied, channel by channel; the largest difference of B, G, R and A counts. Must not know
documents or layers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage

from sdstudio.raster.contour import grow
from sdstudio.raster.gaps import flood, flood_closed
from sdstudio.raster.geometry import Bounds, Point
from sdstudio.raster.pixels import Pixels, premultiplied, view
from sdstudio.raster.tiles import Mask, keys_over, tile_bounds
from sdstudio.raster.warp import Progress, no_progress

Reader = Callable[[Bounds], QImage]
"""Gives the pixels of a part of the canvas."""
_Places = NDArray[np.intp]
_NEIGHBOURS = np.ones((3, 3), np.uint8)


@dataclass(frozen=True, slots=True)
class Likeness:
    """What counts as the same area as the pixel that was clicked.

    `tolerance` is 0..255. `contiguous` keeps to what is connected; then openings up to `gap_px` in the lines around
    count as closed. `antialias` takes in the mixed pixels of soft lines by their share. `grow_px` spreads (or, below 0,
    shrinks) the area in the end.
    """

    tolerance: int = 0
    contiguous: bool = True
    gap_px: int = 0
    antialias: bool = False
    grow_px: int = 0


def like_area(read: Reader, canvas: Bounds, at: Point, likeness: Likeness, progress: Progress = no_progress) -> Mask:
    """The coverage of the area around `at`, inside of `canvas`; empty when `at` lies outside of it.

    `read` gives the pixels of any part of the canvas. It is asked for one tile after the other, so that a large picture
    never has to be put together. `progress` is told how far the work is; what it raises ends the work.
    """
    mask = Mask()
    x, y = math.floor(at.x) - canvas.x, math.floor(at.y) - canvas.y
    if not (0 <= x < canvas.width and 0 <= y < canvas.height):
        return mask
    seed = view(premultiplied(read(Bounds(x + canvas.x, y + canvas.y, 1, 1))))[0, 0].tolist()
    alike = _alike(read, canvas, seed, likeness.tolerance, lambda share: progress(share / 2))
    if not likeness.contiguous:
        found = alike
    elif likeness.gap_px > 0:
        found = flood_closed(alike, x, y, likeness.gap_px, lambda share: progress(0.5 + share * 0.4))
    else:
        found = flood(alike, x, y)
    progress(0.9)
    left, top, width, height = cv2.boundingRect(found)
    inner = Bounds(0, 0, canvas.width, canvas.height)
    place = Bounds(left, top, width, height).padded(2 + max(likeness.grow_px, 0)).intersected(inner)
    coverage = found[place.y : place.bottom, place.x : place.right]
    area = place.translated(canvas.x, canvas.y)
    if likeness.antialias:
        coverage = _softened(coverage, area, read, seed)
    if likeness.grow_px:
        coverage = grow(coverage, likeness.grow_px)
    mask.write(area, coverage)
    mask.drop_empty()
    return mask


def _alike(read: Reader, canvas: Bounds, seed: Sequence[int], tolerance: int, progress: Progress) -> Pixels:
    """255 where no channel differs by more than `tolerance` from `seed`: (h, w) of the canvas."""
    alike = np.empty((canvas.height, canvas.width), np.uint8)
    lowest, highest = (
        tuple(float(value - tolerance) for value in seed),
        tuple(float(value + tolerance) for value in seed),
    )
    keys = list(keys_over(canvas))
    for index, key in enumerate(keys):
        progress(index / len(keys))
        part = tile_bounds(key).intersected(canvas)
        pixels = view(premultiplied(read(part)))
        top, left = part.y - canvas.y, part.x - canvas.x
        if _is_flat(pixels):  # most tiles of a drawing are, and one look is enough
            pixels = pixels[:1, :1]
        alike[top : top + part.height, left : left + part.width] = cv2.inRange(pixels, lowest, highest)
    return alike


def _is_flat(pixels: Pixels) -> bool:
    values = pixels.view(np.uint32)
    return bool((values == values[0, 0]).all())


def range_area(
    read: Reader, canvas: Bounds, colors: Sequence[QColor], fuzziness: int, progress: Progress = no_progress
) -> Mask:
    """How much each pixel of `canvas` is like one of `colors`: `color_range`, one tile after the other."""
    mask, keys = Mask(), list(keys_over(canvas))
    for index, key in enumerate(keys):
        progress(index / len(keys))
        part = tile_bounds(key).intersected(canvas)
        coverage = color_range(read(part), colors, fuzziness)
        if coverage.any():
            mask.write(part, coverage)
    return mask


def color_range(image: QImage, colors: Sequence[QColor], fuzziness: int) -> Pixels:
    """How much each pixel is like one of `colors`, (h, w) uint8.

    Full up to half of `fuzziness` (0..255), falling to nothing at all of it. A translucent pixel is compared by its own
    colour and counts by its alpha, so nothing is found where nothing is painted.
    """
    straight = view(image.convertToFormat(QImage.Format.Format_ARGB32))
    best = np.zeros(straight.shape[:2], np.uint8)
    reach = max(fuzziness, 1)
    places = np.arange(256)
    share = np.rint(255 * np.clip(2 * (1 - places / reach), 0, 1)).astype(np.uint8)
    if fuzziness == 0:
        share = np.where(places == 0, 255, 0).astype(np.uint8)
    for color in colors:
        differences = _differences(straight[:, :, :3], [color.blue(), color.green(), color.red()])
        np.maximum(best, cast(Pixels, cv2.LUT(differences, share)), out=best)
    return cast(Pixels, cv2.multiply(best, np.ascontiguousarray(straight[:, :, 3]), scale=1 / 255))


def _differences(pixels: NDArray[np.uint8], color: Sequence[int]) -> Pixels:
    """The largest difference of any channel from `color`, (h, w) uint8."""
    apart = cv2.absdiff(pixels, tuple(float(value) for value in (*color, 0, 0, 0)[:4]))
    first, *others = cv2.split(apart)
    for plane in others:
        cv2.max(first, plane, dst=first)
    return cast(Pixels, first)


def _softened(found: Pixels, area: Bounds, read: Reader, seed: Sequence[int]) -> Pixels:
    """`found`, which covers `area`, with the pixels beside it that are a mixture of its colour and of what lies beyond.

    The share is read from the pixel itself: one that differs half as much as what is behind it is half covered.
    """
    rim = cv2.subtract(cast(Pixels, cv2.dilate(found, _NEIGHBOURS)), np.ascontiguousarray(found))
    soft = found.copy()
    for key in keys_over(area):
        part = tile_bounds(key).intersected(area)
        top, left = part.y - area.y, part.x - area.x
        rows, columns = np.nonzero(rim[top : top + part.height, left : left + part.width])
        if rows.size == 0:
            continue
        around = part.padded(1).intersected(area)
        pixels = view(premultiplied(read(around)))
        y, x = rows + (part.y - around.y), columns + (part.x - around.x)
        soft[rows + top, columns + left] = _share(pixels, y, x, seed)
    return soft


def _share(pixels: Pixels, rows: _Places, columns: _Places, seed: Sequence[int]) -> Pixels:
    """How much of the colour `seed` each of the pixels at `rows` and `columns` holds, 0..255."""
    height, width = pixels.shape[:2]
    beyond = np.zeros(rows.size, np.int16)
    for down, right in np.ndindex(3, 3):
        near = pixels[np.clip(rows + down - 1, 0, height - 1), np.clip(columns + right - 1, 0, width - 1)]
        np.maximum(beyond, _apart(near, seed), out=beyond)
    share = 1 - _apart(pixels[rows, columns], seed) / np.maximum(beyond, 1).astype(np.float32)
    return np.rint(255 * share).astype(np.uint8)


def _apart(pixels: Pixels, color: Sequence[int]) -> NDArray[np.int16]:
    """The largest difference of any channel for a list of pixels (n, 4)."""
    largest: NDArray[np.int16] = np.abs(pixels.astype(np.int16) - np.array(color, np.int16)).max(axis=1)
    return largest
