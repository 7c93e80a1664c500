"""A gradient that is being laid on a layer or its mask: shown as often as wanted, kept as one undo step.

Must not know tools.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
from PySide6.QtGui import QImage, QPainter

from sdstudio.document.document import Document
from sdstudio.document.edits import EditTiles
from sdstudio.document.history import Command
from sdstudio.document.layer_masks import EditMask
from sdstudio.document.permissions import maskable, paintable
from sdstudio.raster.geometry import EMPTY, Bounds
from sdstudio.raster.gradient import Gradient
from sdstudio.raster.pixels import over, view
from sdstudio.raster.tiles import Mask, Surface, TileKey, keys_over, tile_bounds

_Composition = QPainter.CompositionMode
_LUMA = np.array([0.114, 0.587, 0.299], np.float32)  # of B, G, R: how much a colour shows on a mask


_Piece = tuple[TileKey, Bounds, QImage]
"""A tile, the part of it that lies on the canvas, and what is laid there."""


class _Target(Protocol):
    """What the gradient is laid on."""

    def put(self, key: TileKey, part: Bounds, picture: QImage) -> None:
        """Set `part` of a tile to what it was, with `picture` on it."""

    def restore(self, key: TileKey) -> None: ...

    def command(self) -> Command: ...


class GradientDrag:
    """Covers the canvas, inside the selection. As a stroke it may be ended from elsewhere, and keeps what it shows."""

    def __init__(self, document: Document, layer_id: str, opacity: float = 1.0) -> None:
        """On the layer's mask when that is painted on. Raises StudioError when it cannot be painted on."""
        self._target: _Target = (_OnMask if document.paints_mask else _OnLayer)(document, layer_id)
        document.begin_drag(self)
        self._document = document
        self._layer_id = layer_id
        self._canvas = document.bounds
        self._opacity = opacity
        self._selection = None if document.selection.is_empty else document.selection.snapshot()
        self._keys = [
            key
            for key in keys_over(document.bounds)
            if self._selection is None or self._selection.tile(key) is not None
        ]
        self._is_open = True

    def show(self, gradient: Gradient) -> None:
        """Lay this one, in the place of the one before. Its colours must be resolved."""
        self.lay(self.rendered(gradient))

    def rendered(self, gradient: Gradient, tell: Callable[[float], None] | None = None) -> list[_Piece]:
        """What `lay` needs, worked out without touching the document, so it may run beside the window.

        `tell` hears how far it is, 0..1, and may raise to end it.
        """
        pieces = []
        for index, key in enumerate(self._keys):
            part = tile_bounds(key).intersected(self._canvas)
            pieces.append((key, part, self._limited(gradient.render(part), part)))
            if tell is not None:
                tell((index + 1) / len(self._keys))
        return pieces

    def lay(self, pieces: list[_Piece]) -> None:
        """Show these, in the place of those before."""
        if not self._is_open:
            return
        changed = EMPTY
        for key, part, picture in pieces:
            self._target.put(key, part, picture)
            changed = changed.united(part)
        self._tell(changed)

    def commit(self) -> None:
        """Record one command; none when nothing changed."""
        if self._is_open:
            self._is_open = False
            command = self._target.command()
            if not command.is_empty:
                self._document.history.record(command)

    def cancel(self) -> None:
        """Put everything back as it was."""
        if self._is_open:
            self._is_open = False
            changed = EMPTY
            for key in self._keys:
                self._target.restore(key)
                changed = changed.united(tile_bounds(key).intersected(self._document.bounds))
            self._tell(changed)

    def _limited(self, picture: QImage, part: Bounds) -> QImage:
        """`picture` inside the selection, as strong as the opacity."""
        if self._selection is None and self._opacity >= 1:
            return picture
        painter = QPainter(picture)
        painter.setCompositionMode(_Composition.CompositionMode_DestinationIn)
        if self._selection is not None:
            coverage = self._selection.read(part)
        else:
            coverage = np.full((part.height, part.width), 255, np.uint8)
        if self._opacity < 1:
            coverage = np.rint(coverage * np.float32(self._opacity)).astype(np.uint8)
        painter.drawImage(0, 0, over(coverage, QImage.Format.Format_Alpha8))
        painter.end()
        return picture

    def _tell(self, area: Bounds) -> None:
        if not area.is_empty:
            self._document.pixels_changed.emit(self._layer_id, area)


class _OnLayer:
    def __init__(self, document: Document, layer_id: str) -> None:
        self._layer = paintable(document, layer_id)
        self._before: Surface = self._layer.surface.snapshot()
        self._mode = _Composition.CompositionMode_SourceOver
        if self._layer.alpha_locked:
            self._mode = _Composition.CompositionMode_SourceAtop

    def put(self, key: TileKey, part: Bounds, picture: QImage) -> None:
        surface, before = self._layer.surface, self._before.tile(key)
        if before is None and self._layer.alpha_locked:
            return
        surface.replace(key, before)
        painter = QPainter(surface.editable(key))
        painter.setCompositionMode(self._mode)
        place = tile_bounds(key)
        painter.drawImage(part.x - place.x, part.y - place.y, picture)
        painter.end()

    def restore(self, key: TileKey) -> None:
        self._layer.surface.replace(key, self._before.tile(key))

    def command(self) -> Command:
        self._layer.surface.drop_empty()
        return EditTiles(self._layer.id, self._before, self._layer.surface.snapshot(), "Gradient")


class _OnMask:
    def __init__(self, document: Document, layer_id: str) -> None:
        self._layer_id = layer_id
        self._mask: Mask = maskable(document, layer_id)
        self._before: Mask = self._mask.snapshot()

    def put(self, key: TileKey, part: Bounds, picture: QImage) -> None:
        pixels = view(picture).astype(np.float32)
        kept = self._before.read(part) * (1 - pixels[:, :, 3] / np.float32(255))
        self._mask.write(part, np.rint(np.clip(pixels[:, :, :3] @ _LUMA + kept, 0, 255)).astype(np.uint8))

    def restore(self, key: TileKey) -> None:
        self._mask.replace(key, self._before.tile(key))

    def command(self) -> Command:
        self._mask.drop_empty()
        return EditMask(self._layer_id, self._before, self._mask.snapshot(), "Gradient on mask")
