"""The Layers panel: list, opacity, blend mode, locks, and the buttons below."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QMenu,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from sdstudio.document.commands import SetLayer
from sdstudio.document.history import Command
from sdstudio.document.layers import Layer
from sdstudio.document.selecting import select_alpha, select_from_mask
from sdstudio.errors import StudioError
from sdstudio.ui import theme, tokens
from sdstudio.ui.docks.layer_delegate import THUMBNAIL, LayerDelegate
from sdstudio.ui.docks.layer_header import LayerHeader
from sdstudio.ui.docks.layer_list import LayerList
from sdstudio.ui.docks.layer_model import LayerModel
from sdstudio.ui.docks.layer_thumbnails import LayerThumbnails
from sdstudio.ui.editor import Editor
from sdstudio.ui.widgets.labels import button_of, rule

_Flag = QItemSelectionModel.SelectionFlag


class LayersPanel(QWidget):
    """`failed(error)` carries what a command said when it could not be done."""

    failed = Signal(object)
    properties_wanted = Signal()  # the person should see how the active layer is set
    words_wanted = Signal(object)  # layer: its words are to be changed

    def __init__(
        self,
        editor: Editor,
        buttons: Sequence[QAction],
        menu_actions: Sequence[QAction],
        locks: Sequence[QAction] = (),
        adjustments: Sequence[QAction] = (),
    ) -> None:
        """`buttons` stand below the list, `menu_actions` in its context menu, `locks` beside the opacity.

        `adjustments` are what the button for adjustment layers offers.
        """
        super().__init__()
        self._editor = editor
        self._menu_actions = menu_actions
        self.model = LayerModel(editor.document, self)
        self._thumbnails = LayerThumbnails(editor.document, THUMBNAIL, self)
        self.view = LayerList()
        self.header = LayerHeader(editor, locks, self._run)
        self._mode, self._opacity = self.header.mode, self.header.opacity
        self._folded: set[str] = set()
        self._is_syncing = False
        self._build_view()
        self._arrange(buttons, adjustments)
        editor.document_replaced.connect(self._on_document_replaced)
        self._on_document_replaced()

    # Building

    def _build_view(self) -> None:
        view = self.view
        view.setModel(self.model)
        view.setItemDelegate(self._delegate())
        view.setHeaderHidden(True)
        view.setIndentation(16)
        view.setRootIsDecorated(False)
        view.setUniformRowHeights(True)
        view.setFrameShape(QFrame.Shape.NoFrame)
        view.setMouseTracking(True)
        view.setExpandsOnDoubleClick(False)
        view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        view.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        view.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked)
        view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.setAccessibleName(self.tr("Layers, the top one first"))
        view.customContextMenuRequested.connect(self._on_context_menu)
        view.selectionModel().currentChanged.connect(self._on_current_changed)
        view.selectionModel().selectionChanged.connect(self._on_selection_changed)
        view.collapsed.connect(lambda index: self._remember_fold(index, is_folded=True))
        view.expanded.connect(lambda index: self._remember_fold(index, is_folded=False))
        self.model.modelReset.connect(self._on_model_reset)
        self.model.dataChanged.connect(self.header.show_active)
        # The drop must be over before rows move.
        self.model.move_wanted.connect(lambda command: QTimer.singleShot(0, lambda: self._run(command)))
        self._thumbnails.changed.connect(view.viewport().update)

    def _delegate(self) -> LayerDelegate:
        delegate = LayerDelegate(self._thumbnails, self)
        delegate.property_wanted.connect(self._on_property_wanted)
        delegate.target_wanted.connect(self._on_target_wanted)
        delegate.selection_wanted.connect(self._on_selection_wanted)
        delegate.fold_wanted.connect(lambda index: self.view.setExpanded(index, not self.view.isExpanded(index)))
        delegate.properties_wanted.connect(lambda _layer: self.properties_wanted.emit())
        delegate.words_wanted.connect(self.words_wanted)
        return delegate

    def _arrange(self, buttons: Sequence[QAction], adjustments: Sequence[QAction]) -> None:
        footer = QHBoxLayout()
        footer.setContentsMargins(8, 4, 8, 4)
        footer.setSpacing(0)
        for action in buttons:
            footer.addWidget(button_of(action))
        if adjustments:
            footer.insertWidget(min(3, footer.count()), self._adjustment_button(adjustments))
        footer.insertStretch(max(0, footer.count() - 1), 1)  # deleting stands apart
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self.view, 1)
        column.addWidget(rule())
        column.addLayout(footer)

    def _adjustment_button(self, actions: Sequence[QAction]) -> QToolButton:
        button = QToolButton()
        button.setIcon(theme.icon("sliders-horizontal"))
        button.setIconSize(QSize(tokens.ICON_SIZE, tokens.ICON_SIZE))
        button.setAccessibleName(self.tr("New adjustment layer"))
        button.setToolTip(self.tr("Adds a layer that changes the colours below it and can be set again at any time"))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(button)
        menu.setToolTipsVisible(True)
        menu.addActions(actions)
        button.setMenu(menu)
        return button

    # What a person does

    def rename(self) -> None:
        """Open the name of the active layer for typing."""
        index = self.model.index_of(self._editor.document.active_id)
        if index.isValid():
            self.view.edit(index)

    def _run(self, command: Command) -> None:
        try:
            self._editor.document.run(command)
        except StudioError as error:
            self.failed.emit(error)

    def _on_property_wanted(self, layer: Layer, name: str, value: bool) -> None:
        """Of the layer alone, or of all that are chosen when it is one of them."""
        chosen = self._editor.document.chosen
        layers = chosen if layer in chosen and name != "mask_enabled" else [layer]
        properties: dict[str, object] = {name: value}
        self._run(SetLayer([one.id for one in layers], **properties))  # type: ignore[arg-type]

    def _on_target_wanted(self, layer: Layer, is_mask: bool) -> None:
        document = self._editor.document
        document.set_active(layer.id)
        document.set_paints_mask(is_mask)

    def _on_selection_wanted(self, layer: Layer, of_mask: bool, mode: str) -> None:
        try:
            make = select_from_mask if of_mask else select_alpha
            self._editor.document.run(make(self._editor.document, layer.id, mode))
        except StudioError as error:
            self.failed.emit(error)

    def _on_current_changed(self, current: QModelIndex, previous: QModelIndex) -> None:
        if self.view.selectionModel().isSelected(current):  # or the selection is still to come
            self._on_selection_changed()

    def _on_selection_changed(self, *_changes: object) -> None:
        if self._is_syncing:
            return
        document, selection = self._editor.document, self.view.selectionModel()
        chosen = [layer.id for index in selection.selectedIndexes() if (layer := self.model.layer_at(index))]
        if chosen:
            current = self.model.layer_at(selection.currentIndex())
            wanted = (current.id if current else "", document.active_id, chosen[0])
            document.choose(chosen, next(id for id in wanted if id in chosen))
        else:
            self._mark_chosen()

    def _on_context_menu(self, at: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setToolTipsVisible(True)
        menu.addActions([action for action in self._menu_actions if action.isEnabled()])
        menu.popup(self.view.viewport().mapToGlobal(at))

    # What the document tells

    def _on_document_replaced(self) -> None:
        document = self._editor.document
        self._folded.clear()
        self.model.set_document(document)
        self._thumbnails.set_document(document)
        document.active_changed.connect(self._on_active_changed)
        self._on_active_changed()

    def _on_model_reset(self) -> None:
        folded = set(self._folded)
        self.view.expandAll()
        for layer_id in folded:
            self.view.setExpanded(self.model.index_of(layer_id), False)
        self._on_active_changed()

    def _remember_fold(self, index: QModelIndex, *, is_folded: bool) -> None:
        layer = self.model.layer_at(index)
        if layer is not None:
            (self._folded.add if is_folded else self._folded.discard)(layer.id)

    def _on_active_changed(self) -> None:
        self._mark_chosen()
        self.view.viewport().update()
        self.header.show_active()

    def _mark_chosen(self) -> None:
        """Select in the list what is chosen in the document."""
        document, model = self._editor.document, self.view.selectionModel()
        selection = QItemSelection()
        for layer in document.chosen:
            index = self.model.index_of(layer.id)
            selection.select(index, index)
        active = self.model.index_of(document.active_id)
        self._is_syncing = True
        try:
            if _numbers(model.selectedIndexes()) != _numbers(selection.indexes()):
                model.select(selection, _Flag.ClearAndSelect | _Flag.Rows)
            if model.currentIndex() != active:
                model.setCurrentIndex(active, _Flag.NoUpdate)
        finally:
            self._is_syncing = False


def _numbers(indexes: Sequence[QModelIndex]) -> set[int]:
    return {int(index.internalId()) for index in indexes}
