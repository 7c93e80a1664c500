"""What the Mask menu does to the mask of the active layer."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from sdstudio.document.commands import SetLayer
from sdstudio.document.document import Document
from sdstudio.document.history import Command
from sdstudio.document.layer_masks import (
    MaskStart,
    add_mask,
    apply_mask,
    invert_mask,
    mask_from_selection,
    remove_mask,
    select_mask,
)
from sdstudio.document.layers import PaintLayer
from sdstudio.ui.actions import Actions
from sdstudio.ui.editor import Editor
from sdstudio.ui.notices import Notices

_NEEDS_MASK = ("paint", "enabled", "invert", "select", "apply", "delete")


class LayerMaskControl(QObject):
    def __init__(self, editor: Editor, actions: Actions, notices: Notices) -> None:
        super().__init__(actions)
        self._editor, self._actions, self._notices = editor, actions, notices
        actions.on("layer.mask.add", self._add)
        actions.on("layer.mask.add_black", self._add_black)
        actions.on("layer.mask.paint", self._paint)
        actions.on("layer.mask.enabled", self._enable)
        actions.on("layer.mask.invert", lambda: self._run(invert_mask))
        actions.on("layer.mask.select", lambda: self._run(select_mask))
        actions.on("layer.mask.from_selection", lambda: self._run(mask_from_selection))
        actions.on("layer.mask.apply", lambda: self._run(apply_mask))
        actions.on("layer.mask.delete", lambda: self._run(remove_mask))
        editor.document_replaced.connect(self._on_document_replaced)
        self._on_document_replaced()

    @property
    def _document(self) -> Document:
        return self._editor.document

    def _on_document_replaced(self) -> None:
        document = self._document
        document.layers_changed.connect(self._show)
        document.active_changed.connect(self._show)
        document.selection_changed.connect(self._on_selection_changed)
        self._show()

    def _on_selection_changed(self, area: object = None) -> None:
        self._show()

    def _show(self) -> None:
        layer, actions = self._document.active, self._actions
        has_mask = layer is not None and layer.mask is not None
        for name in _NEEDS_MASK:
            actions[f"layer.mask.{name}"].setEnabled(has_mask)
        has_pixels = isinstance(layer, PaintLayer)
        actions["layer.mask.paint"].setEnabled(has_mask and (has_pixels or not self._document.paints_mask))
        actions["layer.mask.apply"].setEnabled(has_mask and has_pixels)
        for name in ("add", "add_black"):
            actions[f"layer.mask.{name}"].setEnabled(layer is not None and not has_mask)
        is_selected = not self._document.selection.is_empty
        actions["layer.mask.from_selection"].setEnabled(layer is not None and is_selected)
        actions["layer.mask.paint"].setChecked(self._document.paints_mask)
        actions["layer.mask.enabled"].setChecked(layer is not None and layer.mask_enabled)

    def _add(self) -> None:
        start: MaskStart = "white" if self._document.selection.is_empty else "selection"
        self._run(lambda document, layer_id: add_mask(document, layer_id, start))
        self._document.set_paints_mask(True)

    def _add_black(self) -> None:
        self._run(lambda document, layer_id: add_mask(document, layer_id, "black"))
        self._document.set_paints_mask(True)

    def _paint(self, is_on: bool) -> None:
        self._document.set_paints_mask(is_on)
        self._show()

    def _enable(self, is_on: bool) -> None:
        self._run(lambda document, layer_id: SetLayer(layer_id, mask_enabled=is_on))

    def _run(self, make: Callable[[Document, str], Command]) -> None:
        with self._notices.caught():
            if self._document.active_id is not None:
                self._document.run(make(self._document, self._document.active_id))
        self._show()
