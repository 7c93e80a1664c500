"""What the Layer menu does to the layers that are there, and with it the buttons below the layer list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

from sdstudio.document.commands import DuplicateLayer, MergeDown, RemoveLayer, SetLayer
from sdstudio.document.document import Document
from sdstudio.document.history import Command
from sdstudio.document.layers import GroupLayer, Layer, PaintLayer
from sdstudio.document.merging import Flatten, MergeLayers, MergeVisible
from sdstudio.document.steps import Steps
from sdstudio.document.structure import GroupLayers, MoveLayers, Ungroup
from sdstudio.document.tree import outermost
from sdstudio.generation.place import REQUEST_KEY
from sdstudio.ui.actions import Actions
from sdstudio.ui.editor import Editor
from sdstudio.ui.layer_making import LayerMaking, unused_name
from sdstudio.ui.layer_mask_control import LayerMaskControl
from sdstudio.ui.long_edits import QUICK_PX, run_long
from sdstudio.ui.notices import Notices

BUTTONS = (
    "layer.add",
    "layer.add_group",
    "layer.mask.add",
    "layer.duplicate",
    "layer.raise",
    "layer.lower",
    "layer.delete",
)
LOCKS = ("layer.clipped", "layer.alpha_locked", "layer.position_locked", "layer.locked")
CONTEXT_MENU = (
    "layer.add",
    "layer.rename",
    "layer.duplicate",
    "layer.delete",
    "layer.group",
    "layer.ungroup",
    "layer.merge_down",
    "layer.visible",
    "layer.clipped",
    "layer.locked",
    "layer.alpha_locked",
    "layer.position_locked",
    "layer.mask.add",
    "layer.mask.paint",
    "layer.mask.enabled",
    "layer.mask.apply",
    "layer.mask.delete",
    "layer.settings",
    "layer.regenerate",
)
_FLAGS = ("visible", "clipped", "locked", "alpha_locked", "position_locked")
_NEEDS_LAYER = (
    "layer.duplicate",
    "layer.merge_down",
    "layer.merge_visible",
    "layer.flatten",
    "layer.group",
    "layer.raise",
    "layer.lower",
    "layer.delete",
    "layer.rename",
    *(f"layer.{flag}" for flag in _FLAGS),
)


class LayerControl(QObject):
    """`layer.rename` is the layer list's own; what generated layers offer belongs to generating.

    What can be done to several chosen layers is done to all of them, as one undo step.
    """

    properties_wanted = Signal()  # the person should see how the active layer is set

    def __init__(self, editor: Editor, actions: Actions, notices: Notices) -> None:
        super().__init__(actions)
        self._editor, self._actions, self._notices = editor, actions, notices
        self._making = LayerMaking(editor, actions, notices)
        self._making.properties_wanted.connect(self.properties_wanted)
        self._masks = LayerMaskControl(editor, actions, notices)
        actions.on("layer.duplicate", lambda: self._on_each(DuplicateLayer, self.tr("Duplicate layers")))
        actions.on("layer.delete", lambda: self._on_each(RemoveLayer, self.tr("Delete layers")))
        actions.on("layer.merge_down", self._merge_down)
        actions.on("layer.merge_visible", lambda: self._merge(MergeVisible()))
        actions.on("layer.flatten", lambda: self._merge(Flatten()))
        actions.on("layer.group", self._group)
        actions.on("layer.ungroup", self._ungroup)
        actions.on("layer.raise", lambda: self._move(1))
        actions.on("layer.lower", lambda: self._move(-1))
        for flag in _FLAGS:
            actions.on(f"layer.{flag}", self._setter(flag))
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
        for id in _NEEDS_LAYER:
            actions[id].setEnabled(layer is not None)
        actions["layer.ungroup"].setEnabled(any(isinstance(one, GroupLayer) for one in self._document.chosen))
        for id in ("layer.settings", "layer.regenerate"):
            actions[id].setEnabled(layer is not None and REQUEST_KEY in layer.metadata)
        if layer is None:
            return
        for flag in _FLAGS:
            actions[f"layer.{flag}"].setChecked(getattr(layer, flag))
        actions["layer.alpha_locked"].setEnabled(isinstance(layer, PaintLayer))
        parent = self._document.parent_of(layer.id)
        place, several = parent.children.index(layer), len(self._document.chosen) > 1
        is_inside = parent is not self._document.root
        actions["layer.raise"].setEnabled(several or is_inside or place < len(parent.children) - 1)
        actions["layer.lower"].setEnabled(several or is_inside or place > 0)
        actions["layer.merge_down"].setEnabled(several or place > 0)
        actions["layer.clipped"].setEnabled(place > 0 or layer.clipped)

    # To one or several

    def _chosen(self) -> list[Layer]:
        return outermost(self._document, [layer.id for layer in self._document.chosen])

    def _on_each(self, make: Callable[[str], Command], label: str) -> None:
        commands = [make(layer.id) for layer in self._chosen()]
        if len(commands) == 1:
            self._attempt(commands[0])
        elif commands:
            self._attempt(Steps(label, commands))

    def _merge_down(self) -> None:
        layers = self._chosen()
        if len(layers) > 1:
            self._merge(MergeLayers(layer.id for layer in layers))
        elif layers:
            self._merge(MergeDown(layers[0].id))

    def _group(self) -> None:
        name = unused_name(self._document, self.tr("Group {n}"))
        self._attempt(GroupLayers([layer.id for layer in self._document.chosen], name))

    def _ungroup(self) -> None:
        groups = [layer for layer in self._chosen() if isinstance(layer, GroupLayer)]
        if len(groups) == 1:
            self._attempt(Ungroup(groups[0].id))
        elif groups:
            self._attempt(Steps(self.tr("Ungroup"), [Ungroup(layer.id) for layer in groups]))

    def _move(self, by: int) -> None:
        """One place up or down; from the end of a group, out of it."""
        layers = self._chosen()
        if not layers:
            return
        parent = self._document.parent_of((layers[-1] if by > 0 else layers[0]).id)
        moved = {layer.id for layer in layers}
        places = [place for place, layer in enumerate(parent.children) if layer.id in moved]
        edge = places[-1] + 1 if by > 0 else places[0]
        rest = sum(layer.id not in moved for layer in parent.children[:edge])
        index = rest + by
        if not 0 <= index <= len(parent.children) - len(places):
            if parent is self._document.root:
                return
            outer = self._document.parent_of(parent.id)
            index = outer.children.index(parent) + (by > 0)
            parent = outer
        self._attempt(MoveLayers([layer.id for layer in layers], parent.id, index))

    def _setter(self, flag: str) -> Callable[[bool], None]:
        def set_flag(is_on: bool) -> None:
            layers = self._document.chosen
            if layers:
                properties: dict[str, Any] = {flag: is_on}
                self._attempt(SetLayer([layer.id for layer in layers], **properties))
            self._on_layers_changed()

        return set_flag

    def _merge(self, command: Command) -> None:
        is_quick = command.work_px(self._document) <= QUICK_PX
        with self._notices.caught():
            run_long(self._document, self.tr("Merging layers…"), lambda _snapshot, _tell: command, is_quick=is_quick)

    def _attempt(self, command: Command) -> None:
        with self._notices.caught():
            self._document.run(command)
