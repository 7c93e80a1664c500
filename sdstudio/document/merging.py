"""Merging two layers into one, as a command. Must not know widgets."""

from __future__ import annotations

from dataclasses import replace

from sdstudio.document.document import Document
from sdstudio.document.flatten import flatten
from sdstudio.document.history import Command
from sdstudio.document.layers import Layer, PaintLayer, paint_layers
from sdstudio.document.permissions import changeable
from sdstudio.document.structure import tell
from sdstudio.errors import StudioError
from sdstudio.raster.blend import BlendMode
from sdstudio.raster.tiles import tile_bounds


class MergeDown(Command):
    """One paint layer in place of a layer and the one below it. It keeps the lower one's name and blend mode."""

    label = "Merge down"

    def __init__(self, layer_id: str) -> None:
        self._layer_id = layer_id
        self._merged: PaintLayer | None = None
        self._parts: list[Layer] = []  # while merged: the two layers that are gone, bottom first
        self._active_before: str | None = None

    def apply(self, document: Document) -> None:
        upper, parent = changeable(document, self._layer_id), document.parent_of(self._layer_id)
        index = parent.children.index(upper)
        if index == 0:
            raise StudioError(f"There is no layer below “{upper.name}” to merge it with.")
        lower = changeable(document, parent.children[index - 1].id)
        for layer in (upper, lower):
            if not layer.visible:
                raise StudioError(f"“{layer.name}” is hidden. Show it in the layer list to merge it.")
        if self._merged is None:
            self._merged = _merged(lower, upper)
        self._parts, self._active_before = [lower, upper], document.active_id
        parent.children[index - 1 : index + 1] = [self._merged]
        tell(document, self._merged.id)

    def revert(self, document: Document) -> None:
        assert self._merged is not None
        parent = document.parent_of(self._merged.id)
        index = parent.children.index(self._merged)
        parent.children[index : index + 1] = self._parts
        self._parts = []
        tell(document, self._active_before)

    @property
    def nbytes(self) -> int:
        if self._parts:
            return 256 + sum(layer.nbytes for layer in self._parts)
        return 256 + (self._merged.nbytes if self._merged is not None else 0)


def _merged(lower: Layer, upper: Layer) -> PaintLayer:
    """What the two look like together; the lower one's mode still has to meet what lies below it."""
    merged = PaintLayer(name=lower.name, mode=lower.mode, clipped=lower.clipped)
    plain = replace(lower, mode=BlendMode.NORMAL)
    for key in {key for layer in paint_layers([lower, upper]) for key in layer.surface}:
        merged.surface.write(tile_bounds(key), flatten([plain, upper], tile_bounds(key)))
    merged.surface.drop_empty()
    return merged
