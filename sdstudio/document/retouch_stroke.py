"""Strokes that work with what is there already, on a layer's pixels or on its mask.

While the mask is painted on, it stands in for the pixels as opaque greys, so that every such stroke works on both.
Must not know what a stroke does to the pixels.
"""

from __future__ import annotations

import numpy as np

from sdstudio.document.document import Document
from sdstudio.document.layer_masks import EditMask
from sdstudio.document.layers import PaintLayer
from sdstudio.document.permissions import maskable
from sdstudio.document.stroke import LayerStroke
from sdstudio.document.symmetry import Symmetry
from sdstudio.raster.dabs import Brush
from sdstudio.raster.geometry import Bounds
from sdstudio.raster.pixels import Pixels, over, view
from sdstudio.raster.tiles import TILE, Mask, Surface, TileKey, keys_over, tile_bounds

_LUMA = np.array([0.114, 0.587, 0.299], np.float32)  # of B, G, R: how much a colour shows on a mask


class RetouchStroke(LayerStroke):
    """A stroke on what tools work on now: the active layer's pixels, or its mask."""

    def __init__(
        self,
        document: Document,
        layer_id: str,
        brush: Brush,
        label: str,
        *,
        seed: int = 0,
        symmetry: Symmetry | None = None,
    ) -> None:
        """Raises StudioError with the reason when that cannot be painted on."""
        self._mask = maskable(document, layer_id) if document.paints_mask else None
        super().__init__(document, layer_id, brush, label, seed=seed, symmetry=symmetry)
        self._mask_before = Mask() if self._mask is None else self._mask.snapshot()

    def _target(self, document: Document, layer_id: str, *, erase: bool) -> PaintLayer:
        if self._mask is None:
            return super()._target(document, layer_id, erase=erase)
        return PaintLayer(id=layer_id, name="", surface=_greys(self._mask, document.bounds))

    def _compose(self, key: TileKey, part: Bounds) -> None:
        self._put_pixels(key, part)
        if self._mask is not None:
            self._mask.write(part, _values(view(self._layer.surface.read(part))))

    def _put_pixels(self, key: TileKey, part: Bounds) -> None:
        """Bring the pixels in `part` of a tile up to date."""
        super()._compose(key, part)

    def _restore(self, key: TileKey) -> None:
        super()._restore(key)
        if self._mask is not None:
            self._mask.replace(key, self._mask_before.tile(key))

    def _record(self) -> None:
        if self._mask is None:
            super()._record()
            return
        self._mask.drop_empty(self._touched_tiles())
        edit = EditMask(self._layer.id, self._mask_before, self._mask.snapshot(), f"{self._label} on mask")
        if not edit.is_empty:
            self._document.history.record(edit)


def _greys(mask: Mask, canvas: Bounds) -> Surface:
    """The mask on the canvas as opaque greys; tiles that are absent from it share one."""
    surface, plain = Surface(), over(_opaque(np.full((TILE, TILE), mask.outside, np.uint8))).copy()
    for key in keys_over(canvas):
        tile = mask.tile(key)
        part = tile_bounds(key).intersected(canvas)
        if part == tile_bounds(key):
            surface.replace(key, plain if tile is None else over(_opaque(tile)).copy())
        else:
            surface.write(part, over(_opaque(mask.read(part))))
    return surface


def _opaque(values: Pixels) -> Pixels:
    pixels = np.empty((*values.shape, 4), np.uint8)
    pixels[:, :, :3] = values[:, :, None]
    pixels[:, :, 3] = 255
    return pixels


def _values(pixels: Pixels) -> Pixels:
    """How much premultiplied pixels show; those of an edge that is blurred into nothing as if it were not."""
    alpha = np.maximum(pixels[:, :, 3], 1).astype(np.float32)
    shown: Pixels = np.rint(np.minimum(pixels[:, :, :3] @ _LUMA * (255 / alpha), 255)).astype(np.uint8)
    return shown
