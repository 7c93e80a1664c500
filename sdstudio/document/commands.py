"""The commands that change a document: each takes its change back exactly.

Those of the tree live in `structure` and `merging`, those of tiles in `edits`. Must not know tools or widgets.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

import numpy as np

from sdstudio.document.document import Document, check_extent
from sdstudio.document.edits import EditSelection, EditTiles
from sdstudio.document.history import Command
from sdstudio.document.layers import FillLayer, GroupLayer, Layer, PaintLayer
from sdstudio.document.looks import EVERYWHERE
from sdstudio.document.merging import MergeDown
from sdstudio.document.paint import Paint
from sdstudio.document.permissions import erasable, movable
from sdstudio.document.prepared import PreparedLayer
from sdstudio.document.properties import SetLayer
from sdstudio.document.structure import AddLayer, DuplicateLayer, MoveLayer, RemoveLayer
from sdstudio.raster.fills import GradientFill
from sdstudio.raster.geometry import EMPTY, Bounds, Extent
from sdstudio.raster.tiles import TILE, Mask, Surface, tile_bounds
from sdstudio.raster.transform import Transform
from sdstudio.raster.warp import Progress, no_progress, share_of

__all__ = [
    "AddLayer",
    "DuplicateLayer",
    "EditSelection",
    "EditTiles",
    "MergeDown",
    "MoveLayer",
    "RemoveLayer",
    "ResizeCanvas",
    "SetLayer",
    "TranslateLayer",
    "cleared",
]

_ONE_DRAG_S = 1.0  # moves that follow each other within this time are one undo step


class TranslateLayer(Command):
    """Move what a layer (or several, or all of a group) shows by whole pixels. Moves that follow quickly are one step.

    Each layer's own pixels and mask move; the selection stays.
    """

    label = "Move layer"

    def __init__(self, layer_ids: str | Iterable[str], dx: int, dy: int) -> None:
        self._layer_ids = (layer_ids,) if isinstance(layer_ids, str) else tuple(layer_ids)
        self._by = (dx, dy)
        self._last_s = time.monotonic()
        self._ready: dict[str, PreparedLayer] = {}

    def work_px(self, document: Document) -> int:
        return tiled_px(with_insides(document, self._layer_ids))

    def get_ready(self, document: Document, progress: Progress, *, back: bool) -> None:
        dx, dy = (-self._by[0], -self._by[1]) if back else self._by
        ready, layers = {}, with_insides(document, self._layer_ids)
        for index, layer in enumerate(layers):
            moved = _moved(layer, dx, dy, share_of(progress, index, len(layers)))
            ready[layer.id] = PreparedLayer(Transform.move(dx, dy), layer, *moved)
        self._ready = ready

    def apply(self, document: Document) -> None:
        for layer_id in self._layer_ids:
            movable(document, layer_id)
        if not self.is_empty:
            self._move(document, *self._by)

    def revert(self, document: Document) -> None:
        self._move(document, -self._by[0], -self._by[1])

    def merge(self, following: Command) -> bool:
        if not isinstance(following, TranslateLayer) or following._layer_ids != self._layer_ids:
            return False
        if following._last_s - self._last_s > _ONE_DRAG_S:
            return False
        self._by = (self._by[0] + following._by[0], self._by[1] + following._by[1])
        self._last_s = following._last_s
        return True

    @property
    def is_empty(self) -> bool:
        return self._by == (0, 0)

    def _move(self, document: Document, dx: int, dy: int) -> None:
        layers = with_insides(document, self._layer_ids)
        ready, self._ready = self._ready, {}
        areas = [_translate(layer, dx, dy, ready.get(layer.id)) for layer in layers]
        for layer, area in zip(layers, areas, strict=True):
            document.pixels_changed.emit(layer.id, area)


class ResizeCanvas(Command):
    """Make `area` of the document the whole canvas. Pixels outside of it are kept; the selection is cut to it."""

    label = "Resize canvas"

    def __init__(self, area: Bounds) -> None:
        """`area` in present document pixels; may reach beyond the canvas. Raises BadRequest for an impossible size."""
        check_extent(area.extent)
        self._area = area
        self._extent_before = EMPTY.extent
        self._selection_before = Mask()
        self._channels_before: dict[str, Mask] = {}

    def apply(self, document: Document) -> None:
        document.end_drag()
        self._extent_before = document.extent
        self._selection_before = document.selection.snapshot()
        self._channels_before = document.channels
        cut = Mask()
        cut.write(Bounds.of(self._area.extent), document.selection.read(self._area))
        cut.drop_empty()
        dx, dy = -self._area.x, -self._area.y
        moved = {name: mask.translated(dx, dy) for name, mask in document.channels.items()}
        self._resize(document, self._area.extent, cut, moved, dx, dy)

    def revert(self, document: Document) -> None:
        selection, channels = self._selection_before.snapshot(), self._channels_before
        self._resize(document, self._extent_before, selection, channels, self._area.x, self._area.y)

    @property
    def nbytes(self) -> int:
        return 256 + self._selection_before.nbytes

    def _resize(
        self, document: Document, extent: Extent, selection: Mask, channels: dict[str, Mask], dx: int, dy: int
    ) -> None:
        document.extent = extent
        document.selection = selection
        document.channels = channels
        for layer in document.walk():
            _translate(layer, dx, dy)
        document.extent_changed.emit()
        document.selection_changed.emit(document.bounds)
        if channels:
            document.channels_changed.emit()


def with_insides(document: Document, layer_ids: Iterable[str]) -> list[Layer]:
    """These layers and all that lie in those of them that are groups, each once, bottom first."""
    found: dict[str, Layer] = {}
    for layer_id in layer_ids:
        layer = document.layer(layer_id)
        found |= {one.id: one for one in (*(layer.walk() if isinstance(layer, GroupLayer) else ()), layer)}
    return [layer for layer in document.walk() if layer.id in found]


def tiled_px(layers: Iterable[Layer]) -> int:
    """The pixels of all tiles that these layers hold."""
    return TILE * TILE * sum(len(layer.surface.keys()) for layer in layers if isinstance(layer, PaintLayer))


def _moved(layer: Layer, dx: int, dy: int, progress: Progress = no_progress) -> tuple[Surface | None, Mask | None]:
    surface = layer.surface.translated(dx, dy, progress) if isinstance(layer, PaintLayer) else None
    return surface, layer.mask.translated(dx, dy) if layer.mask is not None else None


def _translate(layer: Layer, dx: int, dy: int, ready: PreparedLayer | None = None) -> Bounds:
    """Move a layer's own pixels and mask without telling anybody; the area that looks different now."""
    if ready is not None and ready.fits(layer, Transform.move(dx, dy)):
        surface, mask = ready.surface, ready.mask
    else:
        surface, mask = _moved(layer, dx, dy)
    area = EMPTY
    if isinstance(layer, PaintLayer) and surface is not None:
        area = layer.surface.bounds().united(surface.bounds())
        layer.surface = surface
    if isinstance(layer, FillLayer) and isinstance(layer.fill, GradientFill):
        layer.fill = layer.fill.moved(dx, dy)
        area = EVERYWHERE
    if layer.mask is not None:
        area = area.united(layer.mask.bounds())
    if mask is not None:
        layer.mask = mask
        area = area.united(mask.bounds())
    return area


def cleared(document: Document, layer_id: str, progress: Progress = no_progress) -> EditTiles:
    """The command that makes a layer transparent inside the selection, or all of it when nothing is selected.

    Raises StudioError when the layer may not be painted on.
    """
    before = erasable(document, layer_id).surface.snapshot()
    after, keys = before.snapshot(), list(before)
    eraser, selects = Paint(after, document.selection, None), not document.selection.is_empty
    everything = np.full((TILE, TILE), 255, np.uint8)
    for index, key in enumerate(keys):
        progress(index / len(keys) / 2)
        if selects:
            eraser.put(before.tile(key), key, tile_bounds(key), everything)
        else:
            after.replace(key, None)
    after.drop_empty()
    return EditTiles(layer_id, before, after, "Clear", share_of(progress, 1, 2)).take_over(before, after)
