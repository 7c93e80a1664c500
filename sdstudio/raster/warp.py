"""Pixels put through a transform: tile by tile, premultiplied, averaged where they shrink, smooth where they grow.

Whole-pixel moves, quarter turns and mirrors are exact. Must not know layers or documents.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

import cv2
import numpy as np

from sdstudio.raster.geometry import Bounds, Extent
from sdstudio.raster.pixels import Pixels, over, view
from sdstudio.raster.sampling import Source, Tiles, sampled
from sdstudio.raster.tiles import Mask, Surface, keys_over, tile_bounds
from sdstudio.raster.transform import Transform

Progress = Callable[[float], None]
"""Told the share that is done, 0..1; raises what shall end the work."""


class Filter(StrEnum):
    """How a pixel is made of those around it."""

    SMOOTH = "smooth"  # areas where it shrinks, Lanczos where it grows
    BICUBIC = "bicubic"
    BILINEAR = "bilinear"
    NEAREST = "nearest"


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
    for key in tiles:
        place = transform.bounds(tile_bounds(key))
        tile = tiles.tile(key)
        assert tile is not None
        pixels = tile if isinstance(tile, np.ndarray) else view(tile)
        if turn[0, 0] == 0:
            pixels = pixels.swapaxes(0, 1)
        pixels = pixels[:: turn[1].sum(), :: turn[0].sum()]
        _write(turned, place, np.ascontiguousarray(pixels))
    turned.drop_empty()
    return turned


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


def _write(tiles: Surface | Mask, place: Bounds, pixels: Pixels) -> None:
    if isinstance(tiles, Mask):
        tiles.write(place, pixels)
    else:
        tiles.write(place, over(pixels))
