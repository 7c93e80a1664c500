"""The pixels of layers put on each other: modes, opacity, masks, groups and clipping.

Must not know the document, events or caches.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QImage, QPainter

from sdstudio.document.layers import AdjustmentLayer, FillLayer, GroupLayer, Layer, PaintLayer
from sdstudio.raster.blend import blend, can_paint, set_up
from sdstudio.raster.fills import draw_fill
from sdstudio.raster.geometry import Bounds
from sdstudio.raster.pixels import blank, over
from sdstudio.raster.tiles import TILE, keys_over, tile_bounds


def flatten(layers: Sequence[Layer], area: Bounds) -> QImage:
    """`layers`, bottom first, composed on transparency in `area`; a null picture when it is empty."""
    if area.is_empty:
        return QImage()
    picture = blank(area.width, area.height)
    if area.width <= TILE and area.height <= TILE:
        compose(picture, layers, area)
        return picture
    # One tile at a time: what all layers are put on stays in the processor's cache.
    painter = QPainter(picture)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
    for key in keys_over(area):
        part = area.intersected(tile_bounds(key))
        painter.drawImage(part.x - area.x, part.y - area.y, flatten(layers, part))
    painter.end()
    return picture


def compose(target: QImage, layers: Sequence[Layer], area: Bounds) -> None:
    """Put `layers`, bottom first, on `target`, which shows `area`."""
    index = 0
    while index < len(layers):
        base, index = layers[index], index + 1
        clipped = []
        while index < len(layers) and layers[index].clipped:
            clipped.append(layers[index])
            index += 1
        if not base.visible:
            continue
        clipped = [layer for layer in clipped if layer.visible]
        if clipped:
            blend(target, _clipping(base, clipped, area), base.mode, base.opacity)
        else:
            _put(target, base, area)


def _put(target: QImage, layer: Layer, area: Bounds) -> None:
    if isinstance(layer, AdjustmentLayer):
        return
    if isinstance(layer, GroupLayer) and not layer.isolated and layer.opacity == 1 and layer.shown_mask is None:
        compose(target, layer.children, area)
    elif isinstance(layer, PaintLayer) and layer.shown_mask is None and can_paint(layer.mode, layer.opacity):
        _paint_tiles(target, layer, area)
    else:
        blend(target, _pixels(layer, area), layer.mode, layer.opacity)


def _paint_tiles(target: QImage, layer: PaintLayer, area: Bounds) -> None:
    painter: QPainter | None = None
    for key in keys_over(area):
        tile = layer.surface.tile(key)
        if tile is None:
            continue
        if painter is None:
            painter = QPainter(target)
            set_up(painter, layer.mode, layer.opacity)
        painter.drawImage(key[0] * TILE - area.x, key[1] * TILE - area.y, tile)
    if painter is not None:
        painter.end()


def _pixels(layer: Layer, area: Bounds) -> QImage:
    """The layer by itself, its mask applied, before its opacity and mode."""
    if isinstance(layer, GroupLayer):
        picture = flatten(layer.children, area)
    elif isinstance(layer, PaintLayer):
        picture = layer.surface.read(area)
    elif isinstance(layer, FillLayer):
        picture = draw_fill(layer.fill, area)
    else:
        picture = blank(area.width, area.height)
    if layer.shown_mask is not None:
        shown = layer.shown_mask.read(area)
        _keep_inside(picture, over(shown, QImage.Format.Format_Alpha8))
    return picture


def _clipping(base: Layer, clipped: Sequence[Layer], area: Bounds) -> QImage:
    """`base` with `clipped` painted on its colours only: its alpha stays as it is."""
    shape = _pixels(base, area)
    straight = shape.convertToFormat(QImage.Format.Format_ARGB32)
    straight.reinterpretAsFormat(QImage.Format.Format_RGB32)
    colors = straight.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
    for layer in clipped:
        _put(colors, layer, area)
    _keep_inside(colors, shape)
    return colors


def _keep_inside(target: QImage, alpha: QImage) -> None:
    painter = QPainter(target)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationIn)
    painter.drawImage(0, 0, alpha)
    painter.end()
