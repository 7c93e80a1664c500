"""Several layers become one paint layer, as commands. Must not know widgets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sdstudio.document.document import Document
from sdstudio.document.flatten import flatten, reach_of
from sdstudio.document.history import Command
from sdstudio.document.layers import AdjustmentLayer, FillLayer, GroupLayer, Layer, PaintLayer, paint_layers
from sdstudio.document.permissions import changeable
from sdstudio.document.structure import AddLayer
from sdstudio.document.tree import Taken, insert, outermost, put_back, take, tell
from sdstudio.errors import StudioError
from sdstudio.raster.blend import BlendMode
from sdstudio.raster.geometry import Bounds
from sdstudio.raster.tiles import TILE, Surface, TileKey, keys_over, tile_bounds
from sdstudio.raster.warp import Progress, no_progress


class _Merge(Command):
    """One paint layer in place of several: which ones is for the subclass to say."""

    def __init__(self) -> None:
        self._merged: PaintLayer | None = None
        self._taken: list[Taken] = []  # while merged: the layers that are gone, bottom first
        self._active_before: str | None = None

    def apply(self, document: Document) -> None:
        layers = self._parts(document)
        if self._merged is None:
            self._merged = self._made_of(document, layers, no_progress)
        self._active_before = document.active_id
        self._taken = [take(document, layer.id) for layer in layers]
        _, parent_id, index = self._taken[-1]
        insert(document, self._merged, parent_id, index)
        tell(document, self._merged.id)

    def revert(self, document: Document) -> None:
        assert self._merged is not None
        take(document, self._merged.id)
        put_back(document, self._taken)
        self._taken = []
        tell(document, self._active_before)

    @property
    def nbytes(self) -> int:
        if self._taken:
            return 256 + sum(layer.nbytes for layer, _, _ in self._taken)
        return 256 + (self._merged.nbytes if self._merged is not None else 0)

    def work_px(self, document: Document) -> int:
        if self._merged is not None:
            return 0
        return TILE * TILE * sum(len(one.surface.keys()) for one in document.walk() if isinstance(one, PaintLayer))

    def get_ready(self, document: Document, progress: Progress, *, back: bool) -> None:
        if self._merged is None:
            self._merged = self._made_of(document, self._parts(document), progress)

    def _parts(self, document: Document) -> list[Layer]:
        """The layers that become one, bottom first. Raises StudioError when they may not."""
        raise NotImplementedError

    def _made_of(self, document: Document, layers: Sequence[Layer], progress: Progress) -> PaintLayer:
        return _merged(document, layers, progress)


class MergeDown(_Merge):
    """One paint layer in place of a layer and the one below it. It keeps the lower one's name and blend mode."""

    label = "Merge down"

    def __init__(self, layer_id: str) -> None:
        super().__init__()
        self._layer_id = layer_id

    def _parts(self, document: Document) -> list[Layer]:
        upper, parent = changeable(document, self._layer_id), document.parent_of(self._layer_id)
        index = parent.children.index(upper)
        if index == 0:
            raise StudioError(f"There is no layer below “{upper.name}” to merge it with.")
        lower = changeable(document, parent.children[index - 1].id)
        for layer in (upper, lower):
            _refuse_hidden(layer)
        if isinstance(lower, AdjustmentLayer):
            raise StudioError(f"“{lower.name}” adjusts the layers below it and has no pixels. Merge it down first.")
        return [lower, upper]


class MergeLayers(_Merge):
    """One paint layer in place of several, where the topmost of them was. It keeps the lowest one's name and mode."""

    label = "Merge layers"

    def __init__(self, layer_ids: Iterable[str]) -> None:
        super().__init__()
        self._layer_ids = tuple(layer_ids)

    def _parts(self, document: Document) -> list[Layer]:
        layers = outermost(document, self._layer_ids)
        if len(layers) < 2:
            raise StudioError("Choose at least two layers in the layer list to merge them.")
        for layer in layers:
            changeable(document, layer.id)
            _refuse_hidden(layer)
        return layers


class MergeVisible(_Merge):
    """One paint layer in place of all visible ones; hidden layers of the document's own level stay."""

    label = "Merge visible"

    def _parts(self, document: Document) -> list[Layer]:
        layers = [layer for layer in document.root.children if layer.visible]
        if not layers:
            raise StudioError("No layer is visible, so there is nothing to merge.")
        for layer in layers:
            changeable(document, layer.id)
        return layers

    def _made_of(self, document: Document, layers: Sequence[Layer], progress: Progress) -> PaintLayer:
        return PaintLayer(name=layers[0].name, surface=picture_of(document, layers, progress))


class Flatten(MergeVisible):
    """The whole document as one paint layer; hidden layers are gone."""

    label = "Flatten picture"

    def _parts(self, document: Document) -> list[Layer]:
        layers = list(document.root.children)
        if not layers:
            raise StudioError("There is no layer, so there is nothing to flatten.")
        for layer in layers:
            changeable(document, layer.id)
        return layers


def layer_from_visible(document: Document, name: str, progress: Progress = no_progress) -> AddLayer:
    """The command that adds what is seen as a layer on top of everything."""
    document.end_drag()
    layer = PaintLayer(name=name, surface=picture_of(document, document.root.children, progress))
    return AddLayer(layer, None, len(document.root.children), "New layer from visible")


def picture_of(document: Document, layers: Sequence[Layer], progress: Progress = no_progress) -> Surface:
    """What `layers`, bottom first, show together by themselves."""
    surface, keys = Surface(), sorted(_keys(document, layers))
    for index, key in enumerate(keys):
        progress(index / len(keys))
        surface.write(tile_bounds(key), flatten(layers, tile_bounds(key), document.bounds))
    surface.drop_empty()
    return surface


def _merged(document: Document, layers: Sequence[Layer], progress: Progress) -> PaintLayer:
    """What the layers look like together; the lowest one's mode still has to meet what lies below it."""
    lowest = layers[0]
    plain = replace(lowest, mode=BlendMode.NORMAL)
    # What is clipped to the same base as the lowest one lies beside it, not on it.
    others = [replace(layer, clipped=layer.clipped and not lowest.clipped) for layer in layers[1:]]
    return PaintLayer(
        name=lowest.name,
        mode=BlendMode.NORMAL if _passes(lowest) else lowest.mode,
        clipped=lowest.clipped,
        surface=picture_of(document, [plain, *others], progress),
    )


def _passes(layer: Layer) -> bool:
    return isinstance(layer, GroupLayer) and not layer.isolated


def _keys(document: Document, layers: Sequence[Layer]) -> set[TileKey]:
    """The tiles in which the layers may show anything."""
    everything = [one for layer in layers for one in (*_inside(layer), layer)]
    keys = {key for layer in paint_layers(layers) for key in layer.surface}
    if any(isinstance(layer, FillLayer) for layer in everything):
        keys |= set(keys_over(document.bounds))
    margin = reach_of([replace(layer, clipped=False) for layer in everything if not isinstance(layer, GroupLayer)])
    if margin == 0:
        return keys
    return {near for key in keys for near in keys_over(_around(key, margin))}


def _around(key: TileKey, margin: int) -> Bounds:
    return tile_bounds(key).padded(margin)


def _inside(layer: Layer) -> Iterable[Layer]:
    return layer.walk() if isinstance(layer, GroupLayer) else ()


def _refuse_hidden(layer: Layer) -> None:
    if not layer.visible:
        raise StudioError(f"“{layer.name}” is hidden. Show it in the layer list to merge it.")
