"""The tree of layers: finding places in it, and putting layers there. Nothing here can be undone by itself.

The commands of `structure` and `merging` are made of this. Must not know pixels.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sdstudio.document.document import Document
from sdstudio.document.layers import GroupLayer, Layer
from sdstudio.errors import StudioError

MAX_DEPTH = 32
"""Groups in each other: more than anybody can follow, and less than our files hold."""

Taken = tuple[Layer, str, int]
"""A layer that was taken out of the tree, its group's id and its index there."""


def outermost(document: Document, layer_ids: Iterable[str]) -> list[Layer]:
    """These layers, bottom first, without those that lie in a group that is among them. KeyError for one not there."""
    wanted = set(layer_ids)
    layers = [document.layer(layer_id) for layer_id in wanted]
    inside = {one.id for layer in layers if isinstance(layer, GroupLayer) for one in layer.walk()}
    return [layer for layer in document.walk() if layer.id in wanted - inside]


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


def take(document: Document, layer_id: str) -> Taken:
    """Take a layer out without telling anybody: the layer, its group's id and its index there."""
    layer, parent = document.layer(layer_id), document.parent_of(layer_id)
    index = parent.children.index(layer)
    del parent.children[index]
    return layer, parent.id, index


def put_back(document: Document, taken: Sequence[Taken]) -> None:
    """Undo several `take`s that were done in this order, without telling anybody."""
    for layer, parent_id, index in reversed(taken):
        insert(document, layer, parent_id, index)


def has(document: Document, layer_id: str) -> bool:
    return any(layer.id == layer_id for layer in document.walk())


def neighbour(document: Document, parent_id: str | None, index: int) -> str | None:
    """The layer to choose when the one at `index` is gone: the one below, else above, else the group around."""
    parent = group(document, parent_id)
    if parent.children:
        return parent.children[max(0, index - 1)].id
    return parent.id if parent is not document.root else None


def tell(document: Document, active_id: str | None, chosen_ids: set[str] | None = None) -> None:
    """Make `active_id` the active layer (the topmost one when it is gone) and emit what changed."""
    if active_id is None or not has(document, active_id):
        active_id = neighbour(document, None, len(document.root.children))
    active_changed = document.put_active(active_id, chosen_ids)
    document.layers_changed.emit()
    if active_changed:
        document.active_changed.emit()


def check_depth(document: Document, parent_id: str | None, layers: Iterable[Layer], below: int = 0) -> None:
    """Raises StudioError when layers that are put into that group, `below` more groups down, would lie too deep."""
    depth, parent = below, group(document, parent_id)
    while parent is not document.root:
        depth, parent = depth + 1, document.parent_of(parent.id)
    if depth + max((_height(layer) for layer in layers), default=0) > MAX_DEPTH:
        raise StudioError(f"Groups can lie at most {MAX_DEPTH} deep in each other. Ungroup some of them first.")


def _height(layer: Layer) -> int:
    """How many groups lie in each other, from this layer down."""
    return 1 + max(map(_height, layer.children), default=0) if isinstance(layer, GroupLayer) else 0


def place_for_new(document: Document, parent_id: str | None) -> tuple[str | None, int]:
    """The group and the index of a new layer: above the active one, or on top of the group that is named."""
    active = document.active
    if parent_id is None and active is not None:
        parent = document.parent_of(active.id)
        return parent.id, parent.children.index(active) + 1
    return parent_id, len(group(document, parent_id).children)
