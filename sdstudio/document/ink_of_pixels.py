"""Inks that are made of pixels: those of another place (clone), and the layer's own, blurred.

Must not know how the coverage comes to be.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from sdstudio.raster.geometry import Bounds
from sdstudio.raster.pixels import Pixels, over, view
from sdstudio.raster.tiles import Mask, Surface, TileKey, tile_bounds

Floats = NDArray[np.float32]
Read = Callable[[Bounds], QImage]


class CloneInk:
    """What `read` gives from `dx`, `dy` farther on, put over the layer."""

    def __init__(
        self, surface: Surface, selection: Mask, read: Read, dx: int, dy: int, *, keep_alpha: bool = False
    ) -> None:
        """`read` must give the same pixels during the whole stroke. An empty `selection` limits nothing."""
        self._place = _Place(surface, selection, keep_alpha)
        self._read = read
        self._by = (dx, dy)

    def put(self, original: QImage | None, key: TileKey, part: Bounds, coverage: Pixels) -> None:
        source = _floats(self._read(part.translated(*self._by)))
        source *= self._place.share(part, coverage)
        before = self._place.before(original, key, part)
        source += before * (1 - source[:, :, 3:] / 255)
        self._place.write(key, part, before, source)


class BlurInk:
    """The layer as it was when the stroke began, blurred by `radius_px` (of a Gaussian, the standard deviation)."""

    def __init__(self, surface: Surface, selection: Mask, radius_px: float, *, keep_alpha: bool = False) -> None:
        self._place = _Place(surface, selection, keep_alpha)
        self._sharp = surface.snapshot()
        self._radius_px = radius_px
        self._blurred: dict[TileKey, Floats] = {}

    def put(self, original: QImage | None, key: TileKey, part: Bounds, coverage: Pixels) -> None:
        corner = tile_bounds(key)
        rows, columns = (
            slice(part.y - corner.y, part.bottom - corner.y),
            slice(part.x - corner.x, part.right - corner.x),
        )
        before = self._place.before(original, key, part)
        share = self._place.share(part, coverage)
        self._place.write(key, part, before, before + (self._tile(key)[rows, columns] - before) * share)

    def _tile(self, key: TileKey) -> Floats:
        """A whole tile at once, so that a pixel is the same whichever part asks for it."""
        if key not in self._blurred:
            margin = int(np.ceil(self._radius_px * 3)) + 1
            around = _floats(self._sharp.read(tile_bounds(key).padded(margin)))
            soft = cv2.GaussianBlur(around, (0, 0), self._radius_px)
            self._blurred[key] = np.asarray(soft[margin:-margin, margin:-margin], np.float32)
        return self._blurred[key]


class _Place:
    """The layer and what limits painting on it."""

    def __init__(self, surface: Surface, selection: Mask, keep_alpha: bool) -> None:
        self._surface = surface
        self._selection = None if selection.is_empty else selection.snapshot()
        self._keep_alpha = keep_alpha

    def share(self, part: Bounds, coverage: Pixels) -> Floats:
        """How much of the ink goes there, (h, w, 1) in 0..1."""
        share = np.multiply(coverage, np.float32(1 / 255), dtype=np.float32)
        if self._selection is not None:
            share *= np.multiply(self._selection.read(part), np.float32(1 / 255), dtype=np.float32)
        return share[:, :, None]

    def before(self, original: QImage | None, key: TileKey, part: Bounds) -> Floats:
        """The pixels when the stroke began, (h, w, 4) in 0..255, premultiplied."""
        if original is None:
            return np.zeros((part.height, part.width, 4), np.float32)
        return tile_floats(original, key, part)

    def write(self, key: TileKey, part: Bounds, before: Floats, pixels: Floats) -> None:
        write_floats(self._surface, part, with_alpha_of(before, pixels) if self._keep_alpha else pixels)


def tile_floats(tile: QImage, key: TileKey, part: Bounds) -> Floats:
    """`part` of a tile as (h, w, 4) float32 in 0..255."""
    corner = tile_bounds(key)
    rows, columns = slice(part.y - corner.y, part.bottom - corner.y), slice(part.x - corner.x, part.right - corner.x)
    return view(tile)[rows, columns].astype(np.float32)


def write_floats(surface: Surface, part: Bounds, pixels: Floats) -> None:
    """Put premultiplied pixels, (h, w, 4) in 0..255, on a layer."""
    rounded = np.clip(np.rint(pixels), 0, 255).astype(np.uint8)
    np.minimum(rounded[:, :, :3], rounded[:, :, 3:], out=rounded[:, :, :3])
    surface.write(part, over(np.ascontiguousarray(rounded)))


def with_alpha_of(before: Floats, pixels: Floats) -> Floats:
    """The colours of `pixels` at the alpha of `before`; where `pixels` has no colour, nothing changes."""
    alpha = pixels[:, :, 3:]
    scaled = pixels * (before[:, :, 3:] / np.maximum(alpha, np.float32(1e-3)))
    kept: Floats = np.where(alpha > 0.5, scaled, before).astype(np.float32)
    return kept


def _floats(image: QImage) -> Floats:
    return view(image).astype(np.float32)
