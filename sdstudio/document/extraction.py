"""What is selected of a layer as a layer of its own, as a command. Must not know widgets or the clipboard."""

from __future__ import annotations

from sdstudio.document.document import Document
from sdstudio.document.edits import EditTiles
from sdstudio.document.history import Command
from sdstudio.document.layers import PaintLayer, copied
from sdstudio.document.permissions import erasable, paintable
from sdstudio.document.steps import Steps
from sdstudio.document.structure import AddLayer
from sdstudio.document.transforms import lifted, without
from sdstudio.errors import StudioError


def layer_from_selection(document: Document, layer_id: str | None, name: str, *, cut: bool) -> Command:
    """The command that puts the selected pixels of a layer on a new one above it; `cut` takes them from the old one.

    Raises StudioError when nothing is selected, or the layer holds nothing there or may not be changed.
    """
    layer = erasable(document, layer_id) if cut else paintable(document, layer_id)
    if document.selection.is_empty:
        raise StudioError("Nothing is selected. Select what the new layer should hold first.")
    taken = lifted(layer.surface, document.selection)
    if taken.is_empty:
        raise StudioError(f"“{layer.name}” holds nothing inside the selection.")
    new = copied(layer, new_ids=True)
    assert isinstance(new, PaintLayer)
    new.name, new.surface, new.alpha_locked, new.position_locked = name, taken, False, False
    parent = document.parent_of(layer.id)
    label = "Cut to new layer" if cut else "Copy to new layer"
    add = AddLayer(new, parent.id, parent.children.index(layer) + 1, label)
    if not cut:
        return add
    before = layer.surface.snapshot()
    return Steps(label, [EditTiles(layer.id, before, without(before, document.selection), label), add])
