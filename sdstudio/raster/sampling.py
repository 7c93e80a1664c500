"""The pixels of one tile of a warped picture: what is read for it, how much it is reduced, and by which filter.

A picture that shrinks is first reduced by averaging, per direction and by powers of two, then sampled several times
for each pixel; one that grows is interpolated. Edges go on beyond the content and are cut off along its outline: they
stay full where they meet the pixel grid and are smooth where they do not. Must not know layers or documents.
"""

from __future__ import annotations

import math
from typing import Generic, TypeVar

import cv2
import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage, QPainter, QPolygonF

from sdstudio.raster.geometry import Bounds
from sdstudio.raster.pixels import Pixels, edit, over, view
from sdstudio.raster.tiles import TILE, Mask, Surface, keys_over, tile_bounds
from sdstudio.raster.transform import Matrix, Transform, clipped, corners

Tiles = TypeVar("Tiles", Surface, Mask)

_REACH = 6  # pixels of the source that the widest filter looks at beyond a place
_MOST_SAMPLES = 4  # for one pixel in each direction, after reducing
_HIGHEST_LEVEL = 8  # a tile becomes one pixel
_NEARLY = 0.02
_CUBIC, _LINEAR, _NEAREST, _LANCZOS = cv2.INTER_CUBIC, cv2.INTER_LINEAR, cv2.INTER_NEAREST, cv2.INTER_LANCZOS4
_METHODS = {"bicubic": _CUBIC, "bilinear": _LINEAR, "nearest": _NEAREST}


class Source(Generic[Tiles]):
    """The picture to warp, whole and reduced. Coverage counts from a mask's value outside."""

    def __init__(self, tiles: Tiles, area: Bounds, transform: Transform) -> None:
        """`area` holds all of the content; `transform` can be inverted there."""
        self.area, self.transform = area, transform
        self._levels: dict[tuple[int, int], Tiles] = {(0, 0): tiles}
        self._outside = tiles.outside if isinstance(tiles, Mask) else 0

    def read(self, area: Bounds, level: tuple[int, int]) -> Pixels | None:
        """The pixels in `area` of the reduced picture; None when nothing is there."""
        tiles = self._level(level)
        if not any(tiles.tile(key) is not None for key in keys_over(area)):
            return None
        pixels = tiles.read(area)
        if isinstance(pixels, QImage):
            return view(pixels)
        return pixels ^ np.uint8(self._outside)

    def content(self, level: tuple[int, int]) -> Bounds:
        """Where the reduced picture has something."""
        if level == (0, 0):
            return self.area
        across, down = 1 << level[0], 1 << level[1]
        area = self.area
        return Bounds.around(area.x / across, area.y / down, area.right / across, area.bottom / down)

    @property
    def outline(self) -> Matrix:
        """Where the corners of the content go: (4, 2)."""
        return self.transform.map_all(corners(self.area))

    def _level(self, level: tuple[int, int]) -> Tiles:
        if level not in self._levels:
            self._levels[level] = reduced(self._widened(), *level)
        return self._levels[level]

    def _widened(self) -> Tiles:
        """The picture going on beyond its content to the edges of its tiles, so that averages there are not diluted."""
        tiles = self._levels[0, 0].snapshot()
        for key in tiles:
            place = tile_bounds(key)
            part = self.area.intersected(place)
            if part == place or part.is_empty:
                continue
            tile = tiles.editable(key)
            pixels = edit(tile) if isinstance(tile, QImage) else tile
            left, top = part.x - place.x, part.y - place.y
            right, bottom = left + part.width, top + part.height
            pixels[:, :left], pixels[:, right:] = pixels[:, left : left + 1], pixels[:, right - 1 : right]
            pixels[:top], pixels[bottom:] = pixels[top : top + 1], pixels[bottom - 1 : bottom]
        return tiles


def reduced(tiles: Tiles, across: int, down: int, within: Bounds | None = None) -> Tiles:
    """`tiles` averaged to a 2^across-th of the width and a 2^down-th of the height, around the origin.

    Tiles that do not touch `within` are left out.
    """
    result = Mask(tiles.outside) if isinstance(tiles, Mask) else Surface()
    size = (TILE >> across, TILE >> down)
    for column, row in tiles:
        if within is not None and tile_bounds((column, row)).intersected(within).is_empty:
            continue
        tile = tiles.tile((column, row))
        assert tile is not None
        pixels = view(tile) if isinstance(tile, QImage) else tile
        small = np.ascontiguousarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))
        place = Bounds(column * size[0], row * size[1], *size)
        if isinstance(result, Mask):
            result.write(place, small)
        else:
            result.write(place, over(small))
    return result


def sampled(source: Source[Tiles], place: Bounds, kind: str) -> Pixels | None:
    """The pixels of `place` in the target: (h, w, 4), or (h, w) coverage; None when nothing is there."""
    inverse = source.transform.inverse
    seen = clipped(source.outline, place)
    if not len(seen):
        return None
    inside = inverse.map_all(np.vstack((seen, seen.mean(axis=0))))
    level, samples, grows = (0, 0), 1, True
    if kind != "nearest":
        level, samples, grows = _detail(source.transform, inside)
    to_level = inverse.then(Transform.scale(1 / (1 << level[0]), 1 / (1 << level[1])))
    needed = _around(inside / [1 << level[0], 1 << level[1]]).padded(_REACH).intersected(source.content(level))
    pixels = source.read(needed, level) if not needed.is_empty else None
    if pixels is None:
        return None
    method = _METHODS.get(kind, _LANCZOS if grows else _CUBIC)
    warped = _warp(pixels, needed, to_level, place, samples, method)
    _cut_along(source.outline, warped, place, smooth=kind != "nearest")
    if warped.ndim == 3:  # filters overshoot: premultiplied colour must not exceed alpha
        np.minimum(warped[:, :, :3], warped[:, :, 3:], out=warped[:, :, :3])
    return warped


def _warp(pixels: Pixels, needed: Bounds, to_level: Transform, place: Bounds, samples: int, method: int) -> Pixels:
    """Sample the `needed` part of a level for every pixel of `place`, `samples` times in each direction."""
    fine = Transform.scale(1 / samples, 1 / samples).then(Transform.move(place.x, place.y))
    way = fine.then(to_level).then(Transform.move(-needed.x, -needed.y))
    half = Transform.move(0.5, 0.5)
    matrix = half.then(way).then(half.inverse).matrix  # OpenCV counts from the middles of pixels
    size = (place.width * samples, place.height * samples)
    flags = method | cv2.WARP_INVERSE_MAP
    if to_level.is_affine:
        warped = cv2.warpAffine(pixels, matrix[:2], size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    else:
        warped = cv2.warpPerspective(pixels, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    if samples > 1:
        warped = cv2.resize(warped, (place.width, place.height), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(warped, np.uint8)


def _detail(transform: Transform, points: Matrix) -> tuple[tuple[int, int], int, bool]:
    """How far to reduce across and down, how often to sample each pixel, and whether it grows, around `points`."""
    slopes = transform.slopes(points)
    lengths = np.linalg.norm(slopes, axis=1).max(axis=0)  # of one source pixel's sides in the target
    across, down = (_level_for(float(length)) for length in lengths)
    rest = slopes * np.array([1 << across, 1 << down], np.float64)
    least = float(np.linalg.svd(rest, compute_uv=False).min())
    samples = min(max(math.ceil(1 / max(least, 1e-6) - _NEARLY), 1), _MOST_SAMPLES)
    return (across, down), samples, least > 1 + _NEARLY


def _level_for(length: float) -> int:
    """Half as far as possible: what is left is averaged from samples, which is truer than powers of two."""
    return min(max(math.floor(math.log2(1 / max(length, 1e-6)) + _NEARLY) - 1, 0), _HIGHEST_LEVEL)


def _around(points: Matrix) -> Bounds:
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    return Bounds.around(float(left), float(top), float(right), float(bottom))


def _cut_along(outline: Matrix, pixels: Pixels, place: Bounds, *, smooth: bool) -> None:
    """Keep what lies inside of `outline`, a convex shape in the target."""
    shape = clipped(outline, place) - (place.x, place.y)
    if _area(shape) > place.width * place.height - 1e-3:
        return
    cover = QImage(place.width, place.height, QImage.Format.Format_Grayscale8)
    cover.fill(0)
    painter = QPainter(cover)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, smooth)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(Qt.GlobalColor.white)
    painter.drawPolygon(QPolygonF([QPointF(float(x), float(y)) for x, y in shape]))
    painter.end()
    share = view(cover).astype(np.uint16)
    product = pixels * (share if pixels.ndim == 2 else share[:, :, None]) + np.uint16(128)
    pixels[...] = (product + (product >> 8)) >> 8


def _area(shape: Matrix) -> float:
    """Of a convex shape: (n, 2)."""
    if len(shape) < 3:
        return 0.0
    x, y = shape[:, 0], shape[:, 1]
    return abs(float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))) / 2
