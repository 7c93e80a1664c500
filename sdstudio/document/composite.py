"""The document as one picture: once, or cached in tiles and kept true by the document's events.

Never composes more than it is asked for. Must not know widgets or views.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtGui import QImage

from sdstudio.document.document import Document
from sdstudio.document.flatten import (
    compose,
    cropped,
    flatten,
    piece_side,
    reach_above,
    reach_of,
    widened,
)
from sdstudio.document.layers import GroupLayer, Layer
from sdstudio.document.looks import Looks
from sdstudio.document.side_by_side import each
from sdstudio.document.tile_cache import TileCache
from sdstudio.raster.geometry import Bounds, Extent, pieces
from sdstudio.raster.pixels import blank, edit, view
from sdstudio.raster.resample import resize


def render(document: Document, area: Bounds, *, scale: float = 1.0) -> QImage:
    """The visible layers in `area`, premultiplied, transparent where nothing is; at least 1 x 1 after scaling."""
    picture = _flattened(document.root.children, area, document.bounds)
    if scale == 1.0 or picture.isNull():
        return picture
    return resize(picture, Extent(max(1, round(area.width * scale)), max(1, round(area.height * scale))))


def _flattened(layers: Sequence[Layer], area: Bounds, canvas: Bounds) -> QImage:
    side = piece_side(reach_of(layers))
    if area.is_empty or (area.width <= side and area.height <= side):
        return flatten(layers, area, canvas)
    picture = blank(area.width, area.height)
    pixels = edit(picture)

    def put(part: Bounds) -> None:
        left, top = part.x - area.x, part.y - area.y
        pixels[top : top + part.height, left : left + part.width] = view(flatten(layers, part, canvas))

    for _ in each(put, list(pieces(area, side))):
        pass
    return picture


def shown_area(document: Document, layer_id: str, area: Bounds) -> Bounds:
    """Where the picture may look different when a layer's pixels have changed in `area`: blurs carry it farther."""
    margin = reach_above(document.root.children, layer_id)
    return area.padded(margin) if margin and not area.is_empty else area


class Projection:
    """The visible document, composed where it is asked for and not known yet.

    What lies below the layer that was changed last is cached by itself, so that a stroke, or a slider that is dragged,
    composes only that layer and those above it. Changed places are forgotten as events arrive.
    """

    def __init__(self, document: Document) -> None:
        self._document = document
        self._forget_everything()
        document.pixels_changed.connect(self._on_pixels_changed)
        document.layers_changed.connect(self._on_layers_changed)
        document.extent_changed.connect(self._forget_everything)

    def image(self, area: Bounds) -> QImage:
        """The visible document in `area`; transparent outside of the canvas, null when `area` is empty."""
        side = piece_side(reach_of(self._document.root.children))
        return self._whole.read(area, self._compose, side)

    def _compose(self, parts: Sequence[Bounds]) -> Iterator[QImage]:
        layers, canvas = self._document.root.children, self._document.bounds
        below, above = layers[: self._split], layers[self._split :]
        if not below:
            return each(lambda part: flatten(layers, part, canvas), parts)
        margin, side = reach_of(above), piece_side(reach_of(below))

        def known_below(wide: Bounds) -> QImage:
            return self._below.read(wide, lambda rest: each(lambda one: flatten(below, one, canvas), rest), side)

        def finished(part: Bounds, wide: Bounds, picture: QImage) -> QImage:
            compose(picture, above, wide, canvas)
            return cropped(picture, wide, part)

        places = [(part, widened(part, margin, canvas)) for part in parts]
        return each(lambda place: finished(*place), [(part, wide, known_below(wide)) for part, wide in places])

    def _forget_everything(self) -> None:
        self._looks = Looks.of(self._document.root)
        self._whole = TileCache(self._document.bounds)
        self._split_at(0)

    def _split_at(self, index: int) -> None:
        """Cache by themselves the layers of the root that lie below `index`."""
        self._split = index
        self._below = TileCache(self._document.bounds)

    def _on_pixels_changed(self, layer_id: str, area: Bounds) -> None:
        self._looks.painted(layer_id, area)
        self._whole.forget(shown_area(self._document, layer_id, area))
        index = _root_index(self._document.root, layer_id)
        if index != self._split:
            self._split_at(index)

    def _on_layers_changed(self) -> None:
        before, self._looks = self._looks, Looks.of(self._document.root)
        if before.entries == self._looks.entries:
            return
        area = before.changed_area(self._looks)
        self._whole.forget(self._document.bounds if area is None else area)
        index = _unclipped(self._document.root, before.same_below(self._looks))
        if index != self._split:
            self._split_at(index)


def _root_index(root: GroupLayer, layer_id: str) -> int:
    """Where in the root the layer is, or the group around it, or what it is clipped to; 0 when it is gone."""
    for index, layer in enumerate(root.children):
        inside = layer.walk() if isinstance(layer, GroupLayer) else ()
        if any(one.id == layer_id for one in (layer, *inside)):
            return _unclipped(root, index)
    return 0


def _unclipped(root: GroupLayer, index: int) -> int:
    """`index`, or that of the layer that the one there is clipped to."""
    while 0 < index < len(root.children) and root.children[index].clipped:
        index -= 1
    return index
