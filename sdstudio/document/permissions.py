"""What may be changed now: the sentences that say why a layer cannot be.

Must not know tools or commands.
"""

from __future__ import annotations

from collections.abc import Iterator

from sdstudio.document.document import Document
from sdstudio.document.layers import AdjustmentLayer, FillLayer, GroupLayer, Layer, PaintLayer
from sdstudio.errors import StudioError
from sdstudio.raster.tiles import Mask


def paintable(document: Document, layer_id: str | None) -> PaintLayer:
    """The layer, when its pixels may be changed; a stroke that is still open is ended first.

    Raises StudioError with the reason when not: no layer, a group, locked or hidden (itself or a group around it).
    """
    document.end_drag()
    try:
        layer = document.layer(layer_id or "")
    except KeyError as missing:
        raise StudioError("There is no layer to paint on. Add a layer first.") from missing
    if not isinstance(layer, PaintLayer):
        raise StudioError(_no_pixels(layer))
    refuse_locked(document, layer)
    refuse_hidden(document, layer)
    return layer


def maskable(document: Document, layer_id: str | None) -> Mask:
    """The layer's mask, when it may be painted on; a stroke that is still open is ended first.

    Raises StudioError with the reason when not: no mask, or the layer (or a group around it) locked or hidden.
    """
    document.end_drag()
    try:
        layer = document.layer(layer_id or "")
    except KeyError as missing:
        raise StudioError("There is no layer to paint on. Add a layer first.") from missing
    if layer.mask is None:
        raise StudioError(f"“{layer.name}” has no mask. Add one in the Layer menu.")
    refuse_locked(document, layer)
    refuse_hidden(document, layer)
    return layer.mask


def erasable(document: Document, layer_id: str | None) -> PaintLayer:
    """The layer, when pixels may be taken away. Raises StudioError with the reason when not."""
    layer = paintable(document, layer_id)
    if layer.alpha_locked:
        raise StudioError(f"The transparency of “{layer.name}” is locked. Unlock it to erase.")
    return layer


def changeable(document: Document, layer_id: str) -> Layer:
    """The layer, when it may be moved, merged or removed; a stroke that is still open is ended first.

    Raises StudioError when it, a group around it or a layer inside it is locked; KeyError when there is no such layer.
    """
    document.end_drag()
    layer = document.layer(layer_id)
    refuse_locked(document, layer)
    return layer


def movable(document: Document, layer_id: str) -> Layer:
    """The layer, when what it shows may be put elsewhere; a stroke that is still open is ended first.

    Raises StudioError when it, a group around it or a layer inside it is locked, or locked in its position; KeyError
    when there is no such layer.
    """
    layer = changeable(document, layer_id)
    inside = layer.walk() if isinstance(layer, GroupLayer) else ()
    for one in (*_around(document, layer), *inside):
        if one.position_locked:
            raise StudioError(f"The position of “{one.name}” is locked. Unlock it to move it.")
    return layer


def refuse_hidden(document: Document, layer: Layer) -> None:
    for one in _around(document, layer):
        if not one.visible:
            raise StudioError(f"“{one.name}” is hidden. Show it in the layer list to change it.")


def refuse_locked(document: Document, layer: Layer) -> None:
    inside = layer.walk() if isinstance(layer, GroupLayer) else ()
    for one in (*_around(document, layer), *inside):
        if one.locked:
            raise StudioError(f"“{one.name}” is locked. Unlock it in the layer list to change it.")


def _no_pixels(layer: Layer) -> str:
    if isinstance(layer, AdjustmentLayer):
        return (
            f"“{layer.name}” adjusts the layers below it and has no pixels. Choose another layer, or paint on its mask."
        )
    if isinstance(layer, FillLayer):
        return f"“{layer.name}” is a fill layer and has no pixels. Choose another layer, or paint on its mask."
    return f"“{layer.name}” is a group and has no pixels of its own. Choose a layer inside it."


def _around(document: Document, layer: Layer) -> Iterator[Layer]:
    """The layer, then the groups around it, without the document's root."""
    while layer is not document.root:
        yield layer
        layer = document.parent_of(layer.id)
