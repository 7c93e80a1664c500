"""Smudging: the tip takes up what lies under it and drags it along. One stroke is one undo step.

Each dab depends on the one before, so it is worked out dab by dab, in floats that lose nothing on the way.
"""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
from PySide6.QtGui import QColor

from sdstudio.document.coverages import Touched
from sdstudio.document.document import Document
from sdstudio.document.ink_of_pixels import Floats, tile_floats, with_alpha_of, write_floats
from sdstudio.document.retouch_stroke import RetouchStroke
from sdstudio.document.symmetry import Symmetry
from sdstudio.raster.dabs import Brush
from sdstudio.raster.dynamics import Press
from sdstudio.raster.geometry import Bounds
from sdstudio.raster.tiles import TILE, TileKey, keys_over, tile_bounds
from sdstudio.raster.tips import dab

_USUAL_SPACING = 0.1


class SmudgeStroke(RetouchStroke):
    """Opacity is how far the tip drags what it took up, flow how much of it it leaves; both whatever the spacing is."""

    def __init__(
        self,
        document: Document,
        layer_id: str,
        brush: Brush,
        color: QColor,
        *,
        seed: int = 0,
        symmetry: Symmetry | None = None,
    ) -> None:
        """`color` is mixed in by the brush's `color_rate`. Raises StudioError when the layer cannot be painted on."""
        super().__init__(document, layer_id, brush, "Smudge", seed=seed, symmetry=symmetry)
        selection = document.selection
        self._selection = None if selection.is_empty else selection.snapshot()
        alpha = color.alphaF() * 255
        straight = (color.blueF(), color.greenF(), color.redF(), 1.0)
        self._color = np.array(straight, np.float32) * np.float32(alpha)
        self._share = brush.spacing / _USUAL_SPACING  # of what a dab at the usual spacing does
        self._work: dict[TileKey, Floats] = {}  # the layer without the selection's limits
        self._carried: dict[int, Floats] = {}  # by the mirror's copy: what its tip has taken up

    def _take_back(self) -> None:
        super()._take_back()
        self._work.clear()
        self._carried.clear()

    def _touched_tiles(self) -> Iterable[TileKey]:
        return self._work

    def _put(self, press: Press, hand: int, touched: Touched) -> None:
        canvas = self._document.bounds
        tip = dab(press.center, press.diameter, press.hardness, press.shape)
        inside = tip.area.intersected(canvas)
        if inside.is_empty or press.diameter <= 0:
            return
        below = self._read(tip.area, inside)
        carried = self._carried.get(hand)
        if carried is None:
            carried = below.copy()
        elif carried.shape != below.shape:
            carried = np.asarray(cv2.resize(carried, (tip.area.width, tip.area.height)), np.float32)
        if self._brush.color_rate:
            carried += (self._color - carried) * self._of_one_dab(self._brush.color_rate)
        below += (carried - below) * (tip.coverage * self._of_one_dab(press.flow))[:, :, None]
        carried += (below - carried) * self._of_one_dab(1 - press.opacity)
        self._carried[hand] = carried
        self._write(tip.area, inside, below, touched)

    def _of_one_dab(self, rate: float) -> np.float32:
        """The part of a change that each dab makes, when a dab at the usual spacing makes `rate` of it."""
        return np.float32(1 - (1 - min(rate, 1.0)) ** self._share)

    def _read(self, area: Bounds, inside: Bounds) -> Floats:
        """The work in `area`; beyond the canvas as it is at its border, so that nothing is smudged in from there."""
        pixels = np.empty((inside.height, inside.width, 4), np.float32)
        for key in keys_over(inside):
            part = inside.intersected(tile_bounds(key))
            pixels[_slices(part, inside)] = self._tile(key)[_slices(part, tile_bounds(key))]
        if area == inside:
            return pixels
        return np.asarray(
            cv2.copyMakeBorder(
                pixels,
                inside.y - area.y,
                area.bottom - inside.bottom,
                inside.x - area.x,
                area.right - inside.right,
                cv2.BORDER_REPLICATE,
            ),
            np.float32,
        )

    def _write(self, area: Bounds, inside: Bounds, pixels: Floats, touched: Touched) -> None:
        for key in keys_over(inside):
            part = inside.intersected(tile_bounds(key))
            self._tile(key)[_slices(part, tile_bounds(key))] = pixels[_slices(part, area)]
            touched.add(key, part.x, part.y, part.right, part.bottom)

    def _tile(self, key: TileKey) -> Floats:
        if key not in self._work:
            before = self._before.tile(key)
            blank = np.zeros((TILE, TILE, 4), np.float32)
            self._work[key] = blank if before is None else tile_floats(before, key, tile_bounds(key))
        return self._work[key]

    def _put_pixels(self, key: TileKey, part: Bounds) -> None:
        after = self._work[key][_slices(part, tile_bounds(key))]
        original = self._before.tile(key)
        before = np.zeros_like(after) if original is None else tile_floats(original, key, part)
        if self._layer.alpha_locked:
            after = with_alpha_of(before, after)
        if self._selection is not None:
            share = self._selection.read(part).astype(np.float32)[:, :, None] / 255
            after = np.asarray(before + (after - before) * share, np.float32)
        write_floats(self._layer.surface, part, after)


def _slices(part: Bounds, whole: Bounds) -> tuple[slice, slice]:
    left, top = part.x - whole.x, part.y - whole.y
    return slice(top, top + part.height), slice(left, left + part.width)
