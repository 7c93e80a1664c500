"""Small pictures of layers, made when they are shown and made again a moment after their pixels changed."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QObject, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap

from sdstudio.document.document import Document
from sdstudio.document.layers import FillLayer, Layer, PaintLayer
from sdstudio.document.text_layers import KEY as TEXT_KEY
from sdstudio.document.text_layers import text_of
from sdstudio.raster.fills import GradientFill, draw_fill
from sdstudio.raster.geometry import Bounds
from sdstudio.raster.pixels import over
from sdstudio.raster.tiles import TILE, Mask
from sdstudio.ui import theme

_DELAY_MS = 150
_CHECKER = (QColor(255, 255, 255), QColor(204, 204, 204))
_CHECK = 4
_BADGE = 14  # of layers whose words can be changed


class LayerThumbnails(QObject):
    """`changed` when a picture that was shown is out of date."""

    changed = Signal()

    def __init__(self, document: Document, side: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._side = side
        self._pixmaps: dict[tuple[str, bool], tuple[object, QPixmap]] = {}
        self._stale: set[str] = set()
        self._document = document
        self._timer = QTimer(self, singleShot=True, interval=_DELAY_MS)
        self._timer.timeout.connect(self._on_timeout)
        self.set_document(document)

    def set_document(self, document: Document) -> None:
        self._document.pixels_changed.disconnect(self._on_pixels_changed)
        self._document.extent_changed.disconnect(self._on_extent_changed)
        self._document = document
        self._on_extent_changed()
        document.pixels_changed.connect(self._on_pixels_changed)
        document.extent_changed.connect(self._on_extent_changed)

    def of(self, layer: Layer, ratio: float, of_mask: bool = False) -> QPixmap:
        """The layer on a checkerboard, or its mask, in the canvas's proportions within the side given at the start."""
        key, source = (layer.id, of_mask), _source(layer, of_mask)
        made_of, pixmap = self._pixmaps.get(key, (None, None))
        if pixmap is None or made_of is not source:
            pixmap = self._draw(layer, ratio, of_mask)
            self._pixmaps[key] = (source, pixmap)
        return pixmap

    def _on_pixels_changed(self, layer_id: str, area: Bounds) -> None:
        self._stale.add(layer_id)
        self._timer.start()  # again and again during a stroke, which must not wait for small pictures

    def _on_extent_changed(self) -> None:
        self._pixmaps.clear()
        self.changed.emit()

    def _on_timeout(self) -> None:
        for layer_id in self._stale:
            for of_mask in (False, True):
                self._pixmaps.pop((layer_id, of_mask), None)
        self._stale.clear()
        self.changed.emit()

    def _draw(self, layer: Layer, ratio: float, of_mask: bool) -> QPixmap:
        extent = self._document.extent
        scale = self._side / max(extent.width, extent.height)
        width, height = max(4, round(extent.width * scale)), max(4, round(extent.height * scale))
        pixmap = QPixmap(round(width * ratio), round(height * ratio))
        pixmap.setDevicePixelRatio(ratio)
        painter = QPainter(pixmap)
        _draw_checkerboard(painter, width, height)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setClipRect(0, 0, width, height)
        painter.save()
        painter.scale(scale, scale)
        if of_mask and layer.mask is not None:
            _draw_mask(painter, layer.mask, self._document.bounds)
        elif isinstance(layer, PaintLayer):
            side = math.ceil(TILE * scale * ratio)
            for key in layer.surface:
                tile = layer.surface.tile(key)
                if tile is not None:
                    # Every pixel counts: a painter of Qt alone would look at one of many, and miss thin lines.
                    small = tile.scaled(side, side, mode=Qt.TransformationMode.SmoothTransformation)
                    painter.drawImage(QRectF(key[0] * TILE, key[1] * TILE, TILE, TILE), small)
        painter.restore()
        if isinstance(layer, FillLayer) and not of_mask:
            fill = layer.fill.scaled(scale) if isinstance(layer.fill, GradientFill) else layer.fill
            painter.drawImage(0, 0, draw_fill(fill, Bounds(0, 0, width, height)))
        if not of_mask and text_of(layer) is not None:
            badge = QRect(width - _BADGE, height - _BADGE, _BADGE, _BADGE)
            painter.fillRect(badge, theme.color("panel"))
            theme.icon("type", "text").paint(painter, badge.adjusted(1, 1, -1, -1))
        painter.end()
        return pixmap


def _source(layer: Layer, of_mask: bool) -> object:
    """What a picture shows besides pixels: another one of it makes another picture."""
    if of_mask:
        return layer.mask
    return layer.fill if isinstance(layer, FillLayer) else layer.metadata.get(TEXT_KEY)


def _draw_mask(painter: QPainter, mask: Mask, canvas: Bounds) -> None:
    outside = mask.outside
    painter.fillRect(QRect(canvas.x, canvas.y, canvas.width, canvas.height), QColor(outside, outside, outside))
    for key in mask:
        tile = mask.tile(key)
        if tile is not None:
            grey = over(np.ascontiguousarray(tile), QImage.Format.Format_Grayscale8)
            painter.drawImage(QRectF(key[0] * TILE, key[1] * TILE, TILE, TILE), grey)


def _draw_checkerboard(painter: QPainter, width: int, height: int) -> None:
    painter.fillRect(QRect(0, 0, width, height), _CHECKER[0])
    painter.setPen(Qt.PenStyle.NoPen)
    for y in range(0, height, _CHECK):
        for x in range((y // _CHECK) % 2 * _CHECK, width, 2 * _CHECK):
            painter.fillRect(QRect(x, y, min(_CHECK, width - x), min(_CHECK, height - y)), _CHECKER[1])
