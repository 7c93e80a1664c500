"""Layers that are nothing but tiles: most layers, so they are put on the fastest way.

Must not know masks, groups or caches.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TypeGuard

import numpy as np
from PySide6.QtGui import QImage

from sdstudio.document.layers import Layer, PaintLayer
from sdstudio.raster.blend import SIMPLE_MODES, BlendMode, blend_pixels, can_paint, painter_on, set_mode
from sdstudio.raster.geometry import Bounds
from sdstudio.raster.kernels import mix_pixels
from sdstudio.raster.pixels import blank, edit, view
from sdstudio.raster.tiles import TILE, TileKey, keys_over, overlap

_MOST_KEPT = 2**20  # pixels
_kept = threading.local()


def is_plain(layer: Layer) -> TypeGuard[PaintLayer]:
    """Whether `paint_tiles` can put the layer where it belongs."""
    return isinstance(layer, PaintLayer) and layer.shown_mask is None and layer.mode in SIMPLE_MODES


def hides_below(layer: Layer, area: Bounds) -> bool:
    """Whether nothing of what lies below the layer can be seen in `area`, whatever is clipped to it."""
    return (
        is_plain(layer)
        and layer.mode is BlendMode.NORMAL
        and layer.opacity >= 1
        and layer.visible
        and not layer.clipped
        and layer.surface.hides(area)
    )


def paint_tiles(target: QImage, layers: Sequence[PaintLayer], area: Bounds) -> None:
    """Put plain layers, bottom first, on `target`, which shows `area`.

    A layer of some opacity is painted at full strength on a copy, which is then mixed in; see `raster.blend`.
    """
    painted = [(layer, tiles) for layer in layers if (tiles := _tiles(layer, area))]
    if not painted:
        return
    is_direct = all(layer.opacity >= 1 or not can_paint(layer.mode) for layer, _ in painted)
    trial = target if is_direct else _scratch(area.width, area.height)
    painter = painter_on(trial, BlendMode.NORMAL)  # one for all: to begin one takes as long as to paint a tile
    pixels, tried = edit(target), edit(trial)
    for layer, tiles in painted:
        if not can_paint(layer.mode):
            for key, tile in tiles:
                inside, outside = overlap(area, key)
                blend_pixels(pixels[outside], view(tile)[inside], layer.mode, layer.opacity)
            continue
        if not is_direct:
            np.copyto(tried, pixels)
        set_mode(painter, layer.mode)
        for (column, row), tile in tiles:
            painter.drawImage(column * TILE - area.x, row * TILE - area.y, tile)
        if not is_direct:
            mix_pixels(pixels, tried, layer.opacity, None)
    painter.end()


def _tiles(layer: PaintLayer, area: Bounds) -> list[tuple[TileKey, QImage]]:
    return [(key, tile) for key in keys_over(area) if (tile := layer.surface.tile(key)) is not None]


def _scratch(width: int, height: int) -> QImage:
    """A picture to be written on, the same one for the same size: new memory takes longer to get than to fill."""
    image: QImage | None = getattr(_kept, "image", None)
    if image is None or (image.width(), image.height()) != (width, height):
        image = blank(width, height)
        if width * height <= _MOST_KEPT:
            _kept.image = image
    return image
