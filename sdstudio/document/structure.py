"""Commands that change which layers there are and in what order.

Each names layers by id, takes its change back exactly, and leaves an active layer that exists. Must not know pixels.
"""

from __future__ import annotations

from sdstudio.document.document import Document
from sdstudio.document.history import Command
from sdstudio.document.layers import GroupLayer, Layer, copied
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
            self._parent_id, self._index = _place_for(document, self._parent_id)
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
        refuse_locked(document.layer(self._layer_id))
        self._active_before = document.active_id
        self._removed, self._parent_id, self._index = take(document, self._layer_id)
        active = self._active_before
        if active is None or not _has(document, active):
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


class MoveLayer(Command):
    """Give a layer another place in the tree."""

    label = "Move layer in list"

    def __init__(self, layer_id: str, parent_id: str | None, index: int) -> None:
        """`index` counts from the bottom, in the group as it is without the layer; too large means the top."""
        self._layer_id = layer_id
        self._to = (parent_id, index)
        self._from: tuple[str | None, int] = (None, 0)

    def apply(self, document: Document) -> None:
        layer, target = document.layer(self._layer_id), group(document, self._to[0])
        if target is layer or (isinstance(layer, GroupLayer) and target in layer.walk()):
            raise StudioError(f"“{layer.name}” cannot be moved into itself.")
        layer, parent_id, index = take(document, self._layer_id)
        self._from = (parent_id, index)
        insert(document, layer, *self._to)
        tell(document, document.active_id)

    def revert(self, document: Document) -> None:
        layer, _, _ = take(document, self._layer_id)
        insert(document, layer, *self._from)
        tell(document, document.active_id)


class DuplicateLayer(AddLayer):
    """Put a copy of a layer above it and make the copy active."""

    def __init__(self, layer_id: str) -> None:
        self.label = "Duplicate layer"
        self._original_id = layer_id
        self._made = False

    def apply(self, document: Document) -> None:
        if not self._made:
            original = document.layer(self._original_id)
            duplicate = copied(original, new_ids=True)
            duplicate.name = f"{original.name} copy"
            parent = document.parent_of(original.id)
            super().__init__(duplicate, parent.id, parent.children.index(original) + 1, self.label)
            self._made = True
        super().apply(document)


def group(document: Document, group_id: str | None) -> GroupLayer:
    """The group of that id; None and the root's id are the document itself. Raises KeyError when it is no group."""
    if group_id is None or group_id == document.root.id:
        return document.root
    layer = document.layer(group_id)
    if not isinstance(layer, GroupLayer):
        raise KeyError(group_id)
    return layer


def insert(document: Document, layer: Layer, parent_id: str | None, index: int) -> None:
    """Put `layer` into a group without telling anybody."""
    group(document, parent_id).children.insert(index, layer)


def take(document: Document, layer_id: str) -> tuple[Layer, str, int]:
    """Take a layer out without telling anybody: the layer, its group's id and its index there."""
    layer, parent = document.layer(layer_id), document.parent_of(layer_id)
    index = parent.children.index(layer)
    del parent.children[index]
    return layer, parent.id, index


def neighbour(document: Document, parent_id: str | None, index: int) -> str | None:
    """The layer to choose when the one at `index` is gone: the one below, else above, else the group around."""
    parent = group(document, parent_id)
    if parent.children:
        return parent.children[max(0, min(index - 1, len(parent.children) - 1))].id
    return parent.id if parent is not document.root else None


def refuse_locked(layer: Layer) -> None:
    if layer.locked:
        raise StudioError(f"“{layer.name}” is locked. Unlock it in the layer list to change it.")


def tell(document: Document, active_id: str | None) -> None:
    """Make `active_id` the active layer (a neighbour when it is gone) and emit what changed."""
    if active_id is not None and not _has(document, active_id):
        active_id = neighbour(document, None, len(document.root.children))
    active_changed = active_id != document.active_id
    document.active_id = active_id
    document.layers_changed.emit()
    if active_changed:
        document.active_changed.emit()


def _has(document: Document, layer_id: str) -> bool:
    return any(layer.id == layer_id for layer in document.walk())


def _place_for(document: Document, parent_id: str | None) -> tuple[str | None, int]:
    if parent_id is None and document.active_id is not None:
        parent = document.parent_of(document.active_id)
        return parent.id, [child.id for child in parent.children].index(document.active_id) + 1
    return parent_id, len(group(document, parent_id).children)
