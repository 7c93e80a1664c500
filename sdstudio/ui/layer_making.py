"""What the Layer menu adds: empty layers, groups, fills, adjustments, and layers made of what there is."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QObject, Signal

from sdstudio.document.commands import AddLayer
from sdstudio.document.document import Document
from sdstudio.document.extraction import layer_from_selection
from sdstudio.document.layers import AdjustmentLayer, FillLayer, GroupLayer, Layer, PaintLayer
from sdstudio.document.merging import layer_from_visible
from sdstudio.raster.adjustments import KINDS, Adjustment
from sdstudio.raster.fills import SolidFill
from sdstudio.ui.actions import Actions
from sdstudio.ui.docks.gradient_form import default_gradient
from sdstudio.ui.editor import Editor
from sdstudio.ui.long_edits import run_long
from sdstudio.ui.notices import Notices

_QUICK_PX = 1024 * 1024  # of the canvas, put together before anybody could notice


class LayerMaking(QObject):
    properties_wanted = Signal()  # the person should see how the layer that was added is set

    def __init__(self, editor: Editor, actions: Actions, notices: Notices) -> None:
        super().__init__(actions)
        self._editor, self._actions, self._notices = editor, actions, notices
        actions.on("layer.add", lambda: self._add(PaintLayer(), self.tr("Layer {n}")))
        actions.on("layer.add_group", lambda: self._add(GroupLayer(), self.tr("Group {n}")))
        actions.on("layer.add_fill", self._add_fill)
        actions.on("layer.add_gradient", self._add_gradient)
        for kind in KINDS:
            actions.on(f"layer.adjust.{tag_of(kind)}", lambda kind=kind: self._add_adjustment(kind()))
        actions.on("layer.from.copy", lambda: self._extract(cut=False))
        actions.on("layer.from.cut", lambda: self._extract(cut=True))
        actions.on("layer.from.visible", self._from_visible)
        editor.document_replaced.connect(self._on_document_replaced)
        self._on_document_replaced()

    @property
    def _document(self) -> Document:
        return self._editor.document

    def _on_document_replaced(self) -> None:
        self._document.selection_changed.connect(self._on_selection_changed)
        self._on_selection_changed()

    def _on_selection_changed(self, area: object = None) -> None:
        is_selected = not self._document.selection.is_empty
        for id in ("layer.from.copy", "layer.from.cut"):
            self._actions[id].setEnabled(is_selected)

    def _add(self, layer: Layer, pattern: str) -> None:
        """Above the active layer; into it, on top, when it is a group."""
        layer.name = unused_name(self._document, pattern)
        active = self._document.active
        if isinstance(active, GroupLayer):
            self._document.run(AddLayer(layer, active.id, len(active.children)))
        else:
            self._document.run(AddLayer(layer))

    def _add_fill(self) -> None:
        layer = FillLayer(fill=SolidFill.of(self._editor.foreground))
        self._limit_to_selection(layer)
        self._add(layer, self.tr("Fill {n}"))
        self.properties_wanted.emit()

    def _add_gradient(self) -> None:
        editor = self._editor
        layer = FillLayer(fill=default_gradient(editor.foreground, editor.background, self._document.extent))
        self._limit_to_selection(layer)
        self._add(layer, self.tr("Gradient {n}"))
        self.properties_wanted.emit()

    def _add_adjustment(self, adjustment: Adjustment) -> None:
        layer = AdjustmentLayer(adjustment=adjustment)
        self._limit_to_selection(layer)
        self._add(layer, title_of(adjustment) + " {n}")
        self.properties_wanted.emit()

    def _limit_to_selection(self, layer: Layer) -> None:
        """Where something is selected, the new layer works only there."""
        if not self._document.selection.is_empty:
            layer.mask = self._document.selection.snapshot()

    def _extract(self, *, cut: bool) -> None:
        with self._notices.caught():
            layer = self._document.active
            name = unused_name(self._document, self.tr("Piece {n}"))
            self._document.run(layer_from_selection(self._document, layer.id if layer else None, name, cut=cut))

    def _from_visible(self) -> None:
        with self._notices.caught():
            name = unused_name(self._document, self.tr("Visible {n}"))
            run_long(
                self._document,
                self.tr("Adding what is visible…"),
                lambda snapshot, tell: layer_from_visible(snapshot, name, tell),
                is_quick=self._document.extent.area <= _QUICK_PX,
            )


def tag_of(kind: type[Adjustment]) -> str:
    """The word that stands for a kind of adjustment in ids of actions."""
    return str(kind.__struct_config__.tag)


def title_of(adjustment: Adjustment | type[Adjustment]) -> str:
    """The name of a kind of adjustment, in the person's language."""
    return QCoreApplication.translate("Adjustment", adjustment.title)


def unused_name(document: Document, pattern: str) -> str:
    """`pattern` with the smallest number for {n} that no layer has yet."""
    names = {layer.name for layer in document.walk()}
    return next(name for n in range(1, len(names) + 2) if (name := pattern.format(n=n)) not in names)
