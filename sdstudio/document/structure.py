"""Commands that change which layers there are and in what order.

Each names layers by id, takes its change back exactly, and leaves an active layer that exists. Must not know pixels.
"""

from __future__ import annotations

from collections.abc import Iterable

from sdstudio.document.document import Document
from sdstudio.document.history import Command
from sdstudio.document.layers import GroupLayer, Layer, copied, looks_below
from sdstudio.document.permissions import changeable
from sdstudio.document.tree import (
    Taken,
    check_depth,
    group,
    has,
    insert,
    neighbour,
    outermost,
    place_for_new,
    put_back,
    take,
    tell,
)
from sdstudio.errors import StudioError


class AddLayer(Command):
    """Put a layer into the tree and make it active."""

    def __init__(
        self, layer: Layer, parent_id: str | None = None, index: int | None = None, label: str = "Add layer"
    ) -> None:
        """Without `parent_id` and `index` the layer goes directly above the active one.

        `parent_id` None means the document itself; `index` counts from the bottom, None is the top.
        """
        self.label = label
        self._layer = layer
        self._parent_id = parent_id
        self._index = index
        self._active_before: str | None = None
        self._applied = False

    def apply(self, document: Document) -> None:
        if self._index is None:
            self._parent_id, self._index = place_for_new(document, self._parent_id)
        check_depth(document, self._parent_id, [self._layer])
        insert(document, self._layer, self._parent_id, self._index)
        self._active_before, self._applied = document.active_id, True
        tell(document, self._layer.id)

    def revert(self, document: Document) -> None:
        take(document, self._layer.id)
        self._applied = False
        tell(document, self._active_before)

    @property
    def nbytes(self) -> int:
        return 256 if self._applied else 256 + self._layer.nbytes


class DuplicateLayer(Command):
    """Put a copy of a layer above it and make the copy active."""

    label = "Duplicate layer"

    def __init__(self, layer_id: str) -> None:
        self._original_id = layer_id
        self._add: AddLayer | None = None

    def apply(self, document: Document) -> None:
        if self._add is None:
            document.end_drag()
            original, parent = document.layer(self._original_id), document.parent_of(self._original_id)
            duplicate = copied(original, new_ids=True)
            duplicate.name = f"{original.name} copy"
            self._add = AddLayer(duplicate, parent.id, parent.children.index(original) + 1)
        self._add.apply(document)

    def revert(self, document: Document) -> None:
        assert self._add is not None
        self._add.revert(document)

    @property
    def nbytes(self) -> int:
        return self._add.nbytes if self._add is not None else 256


class RemoveLayer(Command):
    """Take a layer (and all inside it) out of the tree; a neighbour becomes active."""

    def __init__(self, layer_id: str, label: str = "Delete layer") -> None:
        self.label = label
        self._layer_id = layer_id
        self._removed: Layer | None = None
        self._parent_id: str | None = None
        self._index = 0
        self._active_before: str | None = None

    def apply(self, document: Document) -> None:
        changeable(document, self._layer_id)
        self._active_before = document.active_id
        self._removed, self._parent_id, self._index = take(document, self._layer_id)
        active = self._active_before
        if active is None or not has(document, active):
            active = neighbour(document, self._parent_id, self._index)
        tell(document, active)

    def revert(self, document: Document) -> None:
        assert self._removed is not None
        insert(document, self._removed, self._parent_id, self._index)
        self._removed = None
        tell(document, self._active_before)

    @property
    def nbytes(self) -> int:
        return 256 + (self._removed.nbytes if self._removed is not None else 0)


class MoveLayers(Command):
    """Give layers another place in the tree, where they lie together in the order that they have."""

    label = "Reorder layers"

    def __init__(self, layer_ids: Iterable[str], parent_id: str | None, index: int) -> None:
        """`index` counts from the bottom, in the group as it is without the layers; too large means the top."""
        self._layer_ids = tuple(layer_ids)
        self._to = (parent_id, index)
        self._taken: list[Taken] = []

    def apply(self, document: Document) -> None:
        layers, target = outermost(document, self._layer_ids), group(document, self._to[0])
        for layer in layers:
            if target is layer or (isinstance(layer, GroupLayer) and target in layer.walk()):
                raise StudioError(f"“{layer.name}” cannot be moved into itself.")
        check_depth(document, self._to[0], layers)
        self._taken = [take(document, layer.id) for layer in layers]
        for place, layer in enumerate(layers):
            insert(document, layer, self._to[0], min(self._to[1], len(target.children)) + place)
        tell(document, document.active_id, {layer.id for layer in document.chosen})

    def revert(self, document: Document) -> None:
        for layer, _, _ in self._taken:
            take(document, layer.id)
        put_back(document, self._taken)
        self._taken = []
        tell(document, document.active_id, {layer.id for layer in document.chosen})


class MoveLayer(MoveLayers):
    """Give one layer another place in the tree."""

    def __init__(self, layer_id: str, parent_id: str | None, index: int) -> None:
        super().__init__((layer_id,), parent_id, index)


class GroupLayers(Command):
    """Put layers into a new group in the place of the topmost of them.

    The picture stays as it is: the group lets through what works on the layers below it.
    """

    label = "Group layers"

    def __init__(self, layer_ids: Iterable[str], name: str) -> None:
        self._layer_ids = tuple(layer_ids)
        self._group = GroupLayer(name=name)
        self._taken: list[Taken] = []
        self._active_before: str | None = None

    def apply(self, document: Document) -> None:
        layers = outermost(document, self._layer_ids)
        if not layers:
            raise StudioError("There is no layer to group. Choose one in the layer list.")
        for layer in layers:
            changeable(document, layer.id)
        check_depth(document, document.parent_of(layers[-1].id).id, layers, below=1)
        self._active_before = document.active_id
        self._taken = [take(document, layer.id) for layer in layers]
        _, parent_id, index = self._taken[-1]
        self._group.children = list(layers)
        self._group.isolated = not any(looks_below(layer) for layer in layers)
        insert(document, self._group, parent_id, index)
        tell(document, self._group.id)

    def revert(self, document: Document) -> None:
        take(document, self._group.id)
        self._group.children = []
        put_back(document, self._taken)
        self._taken = []
        tell(document, self._active_before)


class Ungroup(Command):
    """Put what a group holds in its place."""

    label = "Ungroup"

    def __init__(self, group_id: str) -> None:
        self._group_id = group_id
        self._taken: Taken | None = None

    def apply(self, document: Document) -> None:
        opened = changeable(document, self._group_id)
        if not isinstance(opened, GroupLayer):
            raise StudioError(f"“{opened.name}” is no group, so there is nothing to take out of it.")
        was_active = document.active_id
        self._taken = take(document, opened.id)
        _, parent_id, index = self._taken
        group(document, parent_id).children[index:index] = opened.children
        active = opened.children[-1].id if opened.children else neighbour(document, parent_id, index)
        tell(document, active if was_active == opened.id else was_active)

    def revert(self, document: Document) -> None:
        assert self._taken is not None
        opened, parent_id, index = self._taken
        assert isinstance(opened, GroupLayer)
        del group(document, parent_id).children[index : index + len(opened.children)]
        put_back(document, [self._taken])
        self._taken = None
        tell(document, opened.id)

    @property
    def nbytes(self) -> int:
        mask = self._taken[0].mask if self._taken is not None else None
        return 256 + (mask.nbytes if mask is not None else 0)
