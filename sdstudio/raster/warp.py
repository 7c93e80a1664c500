"""Pixels put through a transform: tile by tile, premultiplied, averaged where they shrink, smooth where they grow.

Whole-pixel moves, quarter turns and mirrors are exact. Must not know layers or documents.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from sdstudio.raster.geometry import Bounds, Extent
from sdstudio.raster.pixels import Pixels, over, view
from sdstudio.raster.sampling import Source, Tiles, sampled
from sdstudio.raster.tiles import TILE, Mask, Surface, keys_over, tile_bounds
from sdstudio.raster.transform import Transform

Progress = Callable[[float], None]
"""Told the share that is done, 0..1; raises what shall end the work."""


class Filter(StrEnum):
    """How a pixel is made of those around it."""

    SMOOTH = "smooth"  # areas where it shrinks, Lanczos where it grows
    BICUBIC = "bicubic"
    BILINEAR = "bilinear"
    NEAREST = "nearest"


def share_of(progress: Progress, index: int, count: int) -> Progress:
    """The progress of one of several equal parts of the work."""
    return lambda share: progress((index + share) / count)


def no_progress(share: float) -> None:
    """For work that nobody waits for."""


def warped(tiles: Tiles, transform: Transform, kind: Filter, limits: Bounds, progress: Progress = no_progress) -> Tiles:
    """`tiles` put through `transform`. Pixels that would come to lie outside of `limits` are lost, except exactly.

    Raises ValueError when the transform squeezes everything flat or takes it beyond the horizon.
    """
    if transform.is_exact:
        return _turned(tiles, transform)
    area = tiles.content_bounds()
    if not transform.is_possible or not transform.shows(area):
        raise ValueError("this transform has no picture")
    return _resampled(tiles, transform, kind, area, limits, progress)


def quickly_warped(pixels: Pixels, transform: Transform, extent: Extent) -> Pixels:
    """For a look at it: pixels or coverage whose corner is at 0, 0, through `transform`, as far as it fits `extent`."""
    half = Transform.move(0.5, 0.5)
    inverse = half.then(transform.inverse).then(half.inverse).matrix  # OpenCV counts from the middles of pixels
    size, flags = (extent.width, extent.height), cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    quick = cv2.warpPerspective(pixels, inverse, size, flags=flags)
    return np.ascontiguousarray(quick, np.uint8)


def _turned(tiles: Tiles, transform: Transform) -> Tiles:
    whole = np.rint(transform.matrix).astype(int)
    dx, dy = int(whole[0, 2]), int(whole[1, 2])
    turn = whole[:2, :2]
    if (turn == np.eye(2)).all():
        return tiles.translated(dx, dy)
    turned = _empty_like(tiles)
    done: dict[int, Pixels] = {}  # tiles of one colour are often one tile in many places
    for key in tiles:
        tile = tiles.tile(key)
        assert tile is not None
        if id(tile) not in done:
            done[id(tile)] = _turned_tile(tile, turn)
        _put(turned, transform.bounds(tile_bounds(key)), done[id(tile)])
    turned.drop_empty()
    return turned


def _turned_tile(tile: QImage | Pixels, turn: NDArray[np.int_]) -> Pixels:
    pixels = view(tile).view(np.uint32)[:, :, 0] if isinstance(tile, QImage) else tile
    if turn[0, 0] == 0:
        pixels = pixels.swapaxes(0, 1)
    turned = np.ascontiguousarray(pixels[:: turn[1].sum(), :: turn[0].sum()])
    shape = (TILE, TILE, 4) if isinstance(tile, QImage) else (TILE, TILE)
    return np.asarray(turned.view(np.uint8).reshape(shape), np.uint8)


def _resampled(
    tiles: Tiles, transform: Transform, kind: Filter, area: Bounds, limits: Bounds, progress: Progress
) -> Tiles:
    result = _empty_like(tiles)
    source = Source(tiles, area, transform)
    keys = list(keys_over(transform.bounds(area).intersected(limits)))
    for count, key in enumerate(keys):
        progress(count / len(keys))
        pixels = sampled(source, tile_bounds(key), kind.value)
        if pixels is None:
            continue
        if not limits.contains(tile_bounds(key)):
            _cut(pixels, tile_bounds(key), limits)
        if isinstance(result, Mask):
            result.replace(key, pixels ^ np.uint8(result.outside))
        else:
            result.replace(key, over(pixels).copy())
    result.drop_empty()
    return result


def _cut(pixels: Pixels, place: Bounds, limits: Bounds) -> None:
    part = place.intersected(limits)
    kept = pixels[part.y - place.y : part.bottom - place.y, part.x - place.x : part.right - place.x].copy()
    pixels[...] = 0
    pixels[part.y - place.y : part.bottom - place.y, part.x - place.x : part.right - place.x] = kept


def _empty_like(tiles: Tiles) -> Tiles:
    return Mask(tiles.outside) if isinstance(tiles, Mask) else Surface()


def _put(tiles: Surface | Mask, place: Bounds, pixels: Pixels) -> None:
    """A whole tile's pixels at any place; whole tiles are shared, which is quick."""
    key = (place.x // TILE, place.y // TILE)
    is_tile = place == tile_bounds(key)
    if isinstance(tiles, Mask):
        if is_tile:
            tiles.replace(key, pixels)
        else:
            tiles.write(place, pixels)
    elif is_tile:
        tiles.replace(key, over(pixels).copy())
    else:
        tiles.write(place, over(pixels))
