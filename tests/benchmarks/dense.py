"""Documents whose layers are full of pixels everywhere, for the figures of compositing."""

from __future__ import annotations

import numpy as np

from sdstudio.document.document import Document
from sdstudio.document.layers import PaintLayer
from sdstudio.raster.blend import BlendMode
from sdstudio.raster.geometry import Extent
from sdstudio.raster.pixels import over
from sdstudio.raster.tiles import Surface, keys_over

SIDE = 4096
MIXED = [BlendMode.NORMAL] * 6 + [BlendMode.MULTIPLY, BlendMode.SCREEN, BlendMode.OVERLAY, BlendMode.ADD]


def dense_document() -> Document:
    document = Document(Extent(SIDE, SIDE))
    rng = np.random.default_rng(0)
    tile = rng.integers(0, 200, (256, 256, 4), np.uint8)
    tile[:, :, 3] = 200
    tiles = [over(tile).copy() for _ in range(64)]  # more than the processor's cache holds, less than memory does
    for index in range(20):
        surface = Surface()
        for place, key in enumerate(keys_over(document.bounds)):
            surface.replace(key, tiles[(place + index) % len(tiles)])
        document.root.children.append(PaintLayer(surface=surface, mode=MIXED[index % len(MIXED)], opacity=0.8))
    return document


def opaque_document() -> Document:
    """As after generating twenty times: every picture hides all below it."""
    document = dense_document()
    tile = over(np.full((256, 256, 4), 255, np.uint8)).copy()
    for layer in document.root.children:
        layer.mode, layer.opacity = BlendMode.NORMAL, 1.0
        if isinstance(layer, PaintLayer):
            for key in keys_over(document.bounds):
                layer.surface.replace(key, tile)
    return document
