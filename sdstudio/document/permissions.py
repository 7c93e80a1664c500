"""What may be changed now: the sentences that say why a layer cannot be.

Must not know tools or commands.
"""

from __future__ import annotations

from collections.abc import Iterator

from sdstudio.document.document import Document
from sdstudio.document.layers import GroupLayer, Layer, PaintLayer
from sdstudio.errors import StudioError


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
        raise StudioError(f"“{layer.name}” is a group and has no pixels of its own. Choose a layer inside it.")
    refuse_locked(document, layer)
    for one in _around(document, layer):
        if not one.visible:
            raise StudioError(f"“{one.name}” is hidden. Show it in the layer list to change it.")
    return layer


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


def refuse_locked(document: Document, layer: Layer) -> None:
    inside = layer.walk() if isinstance(layer, GroupLayer) else ()
    for one in (*_around(document, layer), *inside):
        if one.locked:
            raise StudioError(f"“{one.name}” is locked. Unlock it in the layer list to change it.")


def _around(document: Document, layer: Layer) -> Iterator[Layer]:
    """The layer, then the groups around it, without the document's root."""
    while layer is not document.root:
        yield layer
        layer = document.parent_of(layer.id)
