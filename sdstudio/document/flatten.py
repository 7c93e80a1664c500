"""The pixels of layers put on each other: modes, opacity, masks, groups, clipping and adjustments.

A canvas, where one is given, is where blurs end: the picture is taken to go on beyond its edge as it is there. Must not
know the document, events or caches.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QImage, QPainter

from sdstudio.document.layers import AdjustmentLayer, FillLayer, GroupLayer, Layer, PaintLayer
from sdstudio.document.plain import hides_below, is_plain, paint_tiles
from sdstudio.raster.adjusting import adjusted
from sdstudio.raster.adjustments import Blur, reach_px
from sdstudio.raster.blend import BlendMode, blend, limit, mix
from sdstudio.raster.fills import draw_fill
from sdstudio.raster.geometry import Bounds, pieces
from sdstudio.raster.pixels import PREMULTIPLIED, blank, opaque_pixels
from sdstudio.raster.tiles import TILE, keys_over, tile_bounds

_OPAQUE, _STRAIGHT = QImage.Format.Format_RGB32, QImage.Format.Format_ARGB32


def flatten(layers: Sequence[Layer], area: Bounds, canvas: Bounds | None = None) -> QImage:
    """`layers`, bottom first, composed on transparency in `area`; a null picture when it is empty."""
    if area.is_empty:
        return QImage()
    margin = reach_of(layers)
    block = piece_side(margin)
    if max(area.width, area.height) < 2 * block:  # a group under a blur is a little more than one piece
        wide = widened(area, margin, canvas)
        picture = blank(wide.width, wide.height)
        compose(picture, layers, wide, canvas)
        return cropped(picture, wide, area)
    # Piece by piece: what all layers are put on stays in the processor's cache.
    picture = blank(area.width, area.height)
    painter = QPainter(picture)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
    for part in pieces(area, block):
        painter.drawImage(part.x - area.x, part.y - area.y, flatten(layers, part, canvas))
    painter.end()
    return picture


def reach_of(layers: Sequence[Layer]) -> int:
    """How far around a place the picture below has to be known for `layers` to be put on it, in pixels."""
    return sum(_reach(layer) for layer in layers if layer.visible and not layer.clipped)


def reach_above(layers: Sequence[Layer], layer_id: str) -> int:
    """How far a change of a layer's pixels may be carried by blurs that work on it, in pixels; more is no harm."""
    total, found = 0, False
    for layer in layers:
        if isinstance(layer, GroupLayer) and any(one.id == layer_id for one in layer.walk()):
            total, found = reach_above(layer.children, layer_id), True
        elif isinstance(layer, AdjustmentLayer) and found and layer.visible:
            total += reach_px(layer.adjustment)
        elif isinstance(layer, GroupLayer) and found:
            total += sum(_reach(one) for one in layer.walk() if one.visible)
        found |= layer.id == layer_id
    return total


def piece_side(margin: int) -> int:
    """The side of the squares in which to compose: the more a blur looks around, the more is done at once."""
    return TILE * max(1, 4 * margin // TILE)


def widened(area: Bounds, margin: int, canvas: Bounds | None) -> Bounds:
    """`area` and `margin` around it, as far as the canvas goes."""
    if margin == 0:
        return area
    around = area.padded(margin)
    return area.united(around if canvas is None else around.intersected(canvas))


def cropped(picture: QImage, shown: Bounds, area: Bounds) -> QImage:
    """The part `area` of a picture that shows `shown`; the picture itself when they are the same."""
    if shown == area:
        return picture
    return picture.copy(area.x - shown.x, area.y - shown.y, area.width, area.height)


def compose(target: QImage, layers: Sequence[Layer], area: Bounds, canvas: Bounds | None = None) -> None:
    """Put `layers`, bottom first, on `target`, which shows `area`. A border of `reach_of` may come out wrong."""
    plain: list[PaintLayer] = []  # that can be painted one after the other
    index = _lowest_seen(layers, area)
    while index < len(layers):
        base, index = layers[index], index + 1
        clipped = []
        while index < len(layers) and layers[index].clipped:
            clipped.append(layers[index])
            index += 1
        if not base.visible or base.opacity <= 0:
            continue
        clipped = [layer for layer in clipped if layer.visible]
        if not clipped and is_plain(base):
            plain.append(base)
            continue
        paint_tiles(target, plain, area)
        plain = []
        if clipped and not isinstance(base, AdjustmentLayer):
            blend(target, _clipping(base, clipped, area, canvas), base.mode, base.opacity)
        else:
            for layer in (base, *clipped):  # an adjustment has no edges that anything could be clipped to
                _put(target, layer, area, canvas)
    paint_tiles(target, plain, area)


def _lowest_seen(layers: Sequence[Layer], area: Bounds) -> int:
    """The topmost layer that hides all below it; 0 when there is none."""
    return next((index for index in range(len(layers) - 1, 0, -1) if hides_below(layers[index], area)), 0)


def _put(target: QImage, layer: Layer, area: Bounds, canvas: Bounds | None) -> None:
    mask = layer.shown_mask
    if isinstance(layer, AdjustmentLayer):
        _adjust(target, layer, area, canvas)
    elif isinstance(layer, GroupLayer) and not layer.isolated:
        if layer.opacity >= 1 and mask is None:
            compose(target, layer.children, area, canvas)
        else:
            through = target.copy()
            compose(through, layer.children, area, canvas)
            mix(target, through, layer.opacity, None if mask is None else mask.read(area))
    elif isinstance(layer, PaintLayer) and not _has_tiles(layer, area):
        return
    elif is_plain(layer):
        paint_tiles(target, [layer], area)
    else:
        blend(target, layer_pixels(layer, area, canvas), layer.mode, layer.opacity)


def _has_tiles(layer: PaintLayer, area: Bounds) -> bool:
    return any(layer.surface.tile(key) is not None for key in keys_over(area))


def _adjust(target: QImage, layer: AdjustmentLayer, area: Bounds, canvas: Bounds | None) -> None:
    """Change what is there. In another mode than normal the changed colours are blended with those before."""
    mask = None if layer.shown_mask is None else layer.shown_mask.read(area)
    if mask is not None and not mask.any():
        return
    changed = adjusted(target, layer.adjustment)
    if canvas is not None and isinstance(layer.adjustment, Blur) and not canvas.contains(area):
        changed = _blurred_inside(target, layer, area, area.intersected(canvas))
    if layer.mode is not BlendMode.NORMAL:
        colors = _opaque(target)
        blend(colors, _opaque(changed), layer.mode, 1.0)
        _keep_inside(colors, target)
        changed = colors
    mix(target, changed, layer.opacity, mask)


def _blurred_inside(target: QImage, layer: AdjustmentLayer, area: Bounds, inside: Bounds) -> QImage:
    changed = target.copy()
    if not inside.is_empty:
        painter = QPainter(changed)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
        part = adjusted(cropped(target, area, inside), layer.adjustment)
        painter.drawImage(inside.x - area.x, inside.y - area.y, part)
        painter.end()
    return changed


def layer_pixels(layer: Layer, area: Bounds, canvas: Bounds | None) -> QImage:
    """The layer by itself, its mask applied, before its opacity and mode."""
    if isinstance(layer, GroupLayer):
        picture = flatten(layer.children, area, canvas)
    elif isinstance(layer, PaintLayer):
        picture = _surface_pixels(layer, area)
    elif isinstance(layer, FillLayer):
        picture = draw_fill(layer.fill, area)
    else:
        picture = blank(area.width, area.height)
    if layer.shown_mask is not None:
        limit(picture, layer.shown_mask.read(area))
    return picture


def _surface_pixels(layer: PaintLayer, area: Bounds) -> QImage:
    """A copy of the pixels, or the tile itself where `area` is one: QImages are copied when they are written."""
    key = (area.x // TILE, area.y // TILE)
    tile = layer.surface.tile(key) if area == tile_bounds(key) else None
    return layer.surface.read(area) if tile is None else QImage(tile)


def _clipping(base: Layer, clipped: Sequence[Layer], area: Bounds, canvas: Bounds | None) -> QImage:
    """`base` with `clipped` painted on its colours only: its alpha stays as it is."""
    wide = widened(area, sum(_reach(layer) for layer in clipped), canvas)
    shape = layer_pixels(base, wide, canvas)
    colors = _opaque(shape)
    for layer in clipped:
        if isinstance(layer, AdjustmentLayer) and isinstance(layer.adjustment, Blur):
            _keep_inside(colors, shape)  # or the nothing around the base would darken its edge
            _put(colors, layer, wide, canvas)
            colors = _opaque(colors)
        else:
            _put(colors, layer, wide, canvas)
    _keep_inside(colors, shape)
    return cropped(colors, wide, area)


def _opaque(picture: QImage) -> QImage:
    """The straight colours of `picture`, without its alpha."""
    if opaque_pixels(picture).all():
        return QImage(picture)
    straight = picture.convertToFormat(_STRAIGHT)
    straight.reinterpretAsFormat(_OPAQUE)
    return straight.convertToFormat(PREMULTIPLIED)


def _keep_inside(target: QImage, alpha: QImage) -> None:
    painter = QPainter(target)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationIn)
    painter.drawImage(0, 0, alpha)
    painter.end()


def _reach(layer: Layer) -> int:
    if isinstance(layer, AdjustmentLayer):
        return reach_px(layer.adjustment)
    if isinstance(layer, GroupLayer) and not layer.isolated:
        return reach_of(layer.children)
    return 0
