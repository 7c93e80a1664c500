"""What the Layer menu does, and with it the buttons below the layer list."""

from __future__ import annotations

from PySide6.QtCore import QObject

from sdstudio.document.commands import AddLayer, DuplicateLayer, MergeDown, MoveLayer, RemoveLayer, SetLayer
from sdstudio.document.document import Document
from sdstudio.document.history import Command
from sdstudio.document.layers import PaintLayer
from sdstudio.generation.place import REQUEST_KEY
from sdstudio.ui.actions import Actions
from sdstudio.ui.editor import Editor
from sdstudio.ui.notices import Notices

BUTTONS = ("layer.add", "layer.duplicate", "layer.merge_down", "layer.raise", "layer.lower", "layer.delete")
CONTEXT_MENU = (
    "layer.settings",
    "layer.regenerate",
    "layer.rename",
    "layer.duplicate",
    "layer.merge_down",
    "layer.visible",
    "layer.locked",
    "layer.delete",
)


class LayerControl(QObject):
    """`layer.rename` is the layer list's own; what generated layers offer belongs to generating."""

    def __init__(self, editor: Editor, actions: Actions, notices: Notices) -> None:
        super().__init__(actions)
        self._editor, self._actions, self._notices = editor, actions, notices
        actions.on("layer.add", self._add)
        actions.on("layer.duplicate", lambda: self._run(DuplicateLayer))
        actions.on("layer.merge_down", lambda: self._run(MergeDown))
        actions.on("layer.delete", lambda: self._run(RemoveLayer))
        actions.on("layer.raise", lambda: self._move(1))
        actions.on("layer.lower", lambda: self._move(-1))
        actions.on("layer.visible", lambda is_on: self._set(visible=is_on))
        actions.on("layer.locked", lambda is_on: self._set(locked=is_on))
        editor.document_replaced.connect(self._on_document_replaced)
        self._on_document_replaced()

    @property
    def _document(self) -> Document:
        return self._editor.document

    def _on_document_replaced(self) -> None:
        self._document.layers_changed.connect(self._on_layers_changed)
        self._document.active_changed.connect(self._on_layers_changed)
        self._on_layers_changed()

    def _on_layers_changed(self) -> None:
        layer, actions = self._document.active, self._actions
        for id in (*BUTTONS[1:], "layer.rename", "layer.visible", "layer.locked"):
            actions[id].setEnabled(layer is not None)
        for id in ("layer.settings", "layer.regenerate"):
            actions[id].setEnabled(layer is not None and REQUEST_KEY in layer.metadata)
        if layer is None:
            return
        actions["layer.visible"].setChecked(layer.visible)
        actions["layer.locked"].setChecked(layer.locked)
        siblings = self._document.parent_of(layer.id).children
        place = siblings.index(layer)
        actions["layer.raise"].setEnabled(place < len(siblings) - 1)
        for id in ("layer.lower", "layer.merge_down"):
            actions[id].setEnabled(place > 0)

    def _add(self) -> None:
        names = {layer.name for layer in self._document.walk()}
        number = next(n for n in range(1, len(names) + 2) if self.tr("Layer {n}").format(n=n) not in names)
        self._document.run(AddLayer(PaintLayer(name=self.tr("Layer {n}").format(n=number))))

    def _run(self, make: type[DuplicateLayer | MergeDown | RemoveLayer]) -> None:
        if self._document.active_id is not None:
            self._attempt(make(self._document.active_id))

    def _move(self, by: int) -> None:
        layer = self._document.active
        if layer is not None:
            parent = self._document.parent_of(layer.id)
            self._attempt(MoveLayer(layer.id, parent.id, parent.children.index(layer) + by))

    def _set(self, **properties: bool) -> None:
        if self._document.active_id is not None:
            self._attempt(SetLayer(self._document.active_id, **properties))
        self._on_layers_changed()

    def _attempt(self, command: Command) -> None:
        with self._notices.caught():
            self._document.run(command)
