"""Strokes that paint with pixels that are there already: clone and blur. One stroke is one undo step."""

from __future__ import annotations

from PySide6.QtGui import QImage

from sdstudio.document.composite import render
from sdstudio.document.document import Document
from sdstudio.document.ink_of_pixels import BlurInk, CloneInk
from sdstudio.document.retouch_stroke import RetouchStroke
from sdstudio.document.symmetry import Symmetry
from sdstudio.raster.dabs import Brush
from sdstudio.raster.geometry import Bounds
from sdstudio.raster.tiles import Surface, keys_over, tile_bounds


class CloneStroke(RetouchStroke):
    """Copies the picture from `dx`, `dy` pixels away, as it was when the stroke began."""

    def __init__(
        self,
        document: Document,
        layer_id: str,
        brush: Brush,
        dx: int,
        dy: int,
        *,
        merged: bool,
        seed: int = 0,
        symmetry: Symmetry | None = None,
    ) -> None:
        """From all visible layers when `merged`, else from this layer alone. Raises StudioError when it cannot be
        painted on."""
        super().__init__(document, layer_id, brush, "Clone", seed=seed, symmetry=symmetry)
        read = _Merged(document).read if merged else self._before.read
        surface, keep_alpha = self._layer.surface, self._layer.alpha_locked
        self._ink = CloneInk(surface, document.selection, read, dx, dy, keep_alpha=keep_alpha)


class BlurStroke(RetouchStroke):
    """Softens what is on the layer."""

    def __init__(
        self,
        document: Document,
        layer_id: str,
        brush: Brush,
        radius_px: float,
        *,
        seed: int = 0,
        symmetry: Symmetry | None = None,
    ) -> None:
        """Raises StudioError when the layer cannot be painted on."""
        super().__init__(document, layer_id, brush, "Blur", seed=seed, symmetry=symmetry)
        keep_alpha = self._layer.alpha_locked
        self._ink = BlurInk(self._layer.surface, document.selection, radius_px, keep_alpha=keep_alpha)


class _Merged:
    """The whole picture as it was, composed tile by tile as it is asked for."""

    def __init__(self, document: Document) -> None:
        self._document = document.snapshot()
        self._composed = Surface()

    def read(self, area: Bounds) -> QImage:
        known = self._composed.keys()
        for key in keys_over(area.intersected(self._document.bounds)):
            if key not in known:
                place = tile_bounds(key).intersected(self._document.bounds)
                self._composed.write(place, render(self._document, place))
        return self._composed.read(area)
