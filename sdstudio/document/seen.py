"""What a tool looks at when it compares colours: the whole picture, one layer, or all up to that layer.

Must not know tools.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from PySide6.QtGui import QImage

from sdstudio.document.composite import render
from sdstudio.document.document import Document
from sdstudio.document.flatten import flatten
from sdstudio.document.layers import GroupLayer, Layer, PaintLayer, copied
from sdstudio.raster.geometry import Bounds

Source = Literal["merged", "layer", "below"]


def reader(document: Document, layer_id: str, source: Source | str) -> Callable[[Bounds], QImage]:
    """Gives the pixels of any area, premultiplied, as the document is when it is asked; give a snapshot to fix them.

    "merged" is all that is visible, "layer" the layer's own pixels (of a layer that has none: what it shows), "below"
    what is visible when nothing lies above the layer. Raises KeyError when there is no such layer.
    """
    if source == "merged":
        return lambda area: render(document, area)
    layer = document.layer(layer_id)
    if source == "below":
        layers = _up_to(document.root.children, layer_id)
        return lambda area: flatten(layers, area)
    if isinstance(layer, PaintLayer):
        return layer.surface.read
    return lambda area: flatten([layer], area)


def _up_to(layers: list[Layer], layer_id: str) -> list[Layer]:
    """`layers`, bottom first, without those above the one that is, or holds, the layer."""
    for index, layer in enumerate(layers):
        if layer.id == layer_id:
            return layers[: index + 1]
        if isinstance(layer, GroupLayer) and any(one.id == layer_id for one in layer.walk()):
            part = copied(layer, new_ids=False)
            assert isinstance(part, GroupLayer)
            part.children = _up_to(part.children, layer_id)
            return [*layers[:index], part]
    raise KeyError(layer_id)
