"""The Layers panel: list, opacity, blend mode, and the buttons below."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QMenu,
    QToolButton,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from sdstudio.document.commands import SetLayer
from sdstudio.document.history import Command
from sdstudio.errors import StudioError
from sdstudio.raster.blend import BlendMode
from sdstudio.ui import tokens
from sdstudio.ui.docks.layer_delegate import THUMBNAIL, LayerDelegate
from sdstudio.ui.docks.layer_model import LayerModel
from sdstudio.ui.docks.layer_thumbnails import LayerThumbnails
from sdstudio.ui.editor import Editor
from sdstudio.ui.widgets.labels import label, rule
from sdstudio.ui.widgets.number import NumberField


class LayersPanel(QWidget):
    """`failed(error)` carries what a command said when it could not be done."""

    failed = Signal(object)

    def __init__(self, editor: Editor, buttons: Sequence[QAction], menu_actions: Sequence[QAction]) -> None:
        """`buttons` stand below the list, `menu_actions` in the list's context menu."""
        super().__init__()
        self._editor = editor
        self._menu_actions = menu_actions
        self.model = LayerModel(editor.document, self)
        self._thumbnails = LayerThumbnails(editor.document, THUMBNAIL, self)
        self.view = QTreeView()
        self._mode = QComboBox()
        self._opacity = NumberField(0, 100, default=100, unit="%")
        self._build_view()
        self._build_header()
        self._arrange(buttons)
        editor.document_replaced.connect(self._on_document_replaced)
        self._on_document_replaced()

    # Building

    def _build_view(self) -> None:
        delegate = LayerDelegate(self._thumbnails, self)
        delegate.property_wanted.connect(lambda layer, name, value: self._run(SetLayer(layer.id, **{name: value})))
        view = self.view
        view.setModel(self.model)
        view.setItemDelegate(delegate)
        view.setHeaderHidden(True)
        view.setIndentation(16)
        view.setRootIsDecorated(False)
        view.setUniformRowHeights(True)
        view.setFrameShape(QFrame.Shape.NoFrame)
        view.setMouseTracking(True)
        view.setExpandsOnDoubleClick(False)
        view.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        view.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked)
        view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.setAccessibleName(self.tr("Layers, the top one first"))
        view.customContextMenuRequested.connect(self._on_context_menu)
        view.selectionModel().currentChanged.connect(self._on_current_changed)
        self.model.modelReset.connect(self._on_model_reset)
        self.model.dataChanged.connect(self._show_header)
        # The drop must be over before rows move.
        self.model.move_wanted.connect(lambda command: QTimer.singleShot(0, lambda: self._run(command)))
        self._thumbnails.changed.connect(view.viewport().update)

    def _build_header(self) -> None:
        for mode in BlendMode:
            self._mode.addItem(mode.label, mode)
        self._mode.setAccessibleName(self.tr("Blend mode"))
        self._mode.setToolTip(self.tr("How the layer's colours mix with those below"))
        self._mode.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._mode.setMinimumContentsLength(8)
        self._mode.activated.connect(lambda index: self._set(mode=self._mode.itemData(index)))
        self._opacity.setToolTip(self.tr("How much the layer covers what is below it"))
        self._opacity.setFixedWidth(72)
        self._opacity.valueChanged.connect(lambda percent: self._set(opacity=percent / 100))

    def _arrange(self, buttons: Sequence[QAction]) -> None:
        header = QHBoxLayout()
        header.setContentsMargins(12, 4, 12, 8)
        header.setSpacing(8)
        header.addWidget(self._mode, 1)
        header.addWidget(label(self.tr("Opacity"), "muted", buddy=self._opacity))
        header.addWidget(self._opacity)
        footer = QHBoxLayout()
        footer.setContentsMargins(8, 4, 8, 4)
        footer.setSpacing(2)
        for action in buttons:
            footer.addWidget(_button(action))
        footer.insertStretch(max(0, footer.count() - 1), 1)  # deleting stands apart
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(header)
        column.addWidget(self.view, 1)
        column.addWidget(rule())
        column.addLayout(footer)

    # What a person does

    def rename(self) -> None:
        """Open the name of the active layer for typing."""
        index = self.model.index_of(self._editor.document.active_id)
        if index.isValid():
            self.view.edit(index)

    def _set(self, **properties: object) -> None:
        layer = self._editor.document.active
        if layer is not None and any(getattr(layer, name) != value for name, value in properties.items()):
            self._run(SetLayer(layer.id, **properties))

    def _run(self, command: Command) -> None:
        try:
            self._editor.document.run(command)
        except StudioError as error:
            self.failed.emit(error)

    def _on_current_changed(self, current: QModelIndex, previous: QModelIndex) -> None:
        layer = self.model.layer_at(current)
        if layer is not None:
            self._editor.document.set_active(layer.id)

    def _on_context_menu(self, at: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions(self._menu_actions)
        menu.popup(self.view.viewport().mapToGlobal(at))

    # What the document tells

    def _on_document_replaced(self) -> None:
        document = self._editor.document
        self.model.set_document(document)
        self._thumbnails.set_document(document)
        document.active_changed.connect(self._on_active_changed)
        self._on_active_changed()

    def _on_model_reset(self) -> None:
        self.view.expandAll()
        self._on_active_changed()

    def _on_active_changed(self) -> None:
        index = self.model.index_of(self._editor.document.active_id)
        flag = QItemSelectionModel.SelectionFlag
        self.view.selectionModel().setCurrentIndex(index, flag.ClearAndSelect | flag.Rows)
        self._show_header()

    def _show_header(self) -> None:
        layer = self._editor.document.active
        for field in (self._mode, self._opacity):
            field.setEnabled(layer is not None)
        if layer is not None:
            was_blocked = self._opacity.blockSignals(True)
            self._opacity.setValue(layer.opacity * 100)
            self._opacity.blockSignals(was_blocked)
            self._mode.setCurrentIndex(self._mode.findData(layer.mode))


def _button(action: QAction) -> QToolButton:
    button = QToolButton()
    button.setDefaultAction(action)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
    button.setIconSize(QSize(tokens.ICON_SIZE, tokens.ICON_SIZE))
    button.setAccessibleName(action.text().replace("&", ""))
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
