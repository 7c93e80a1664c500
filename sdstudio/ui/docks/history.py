"""The History panel: every state of the document, and the way to any of them with one click."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QTimer, Signal
from PySide6.QtGui import QAction, QShowEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QVBoxLayout, QWidget

from sdstudio.errors import StudioError
from sdstudio.ui.docks.history_model import THUMBNAIL_SIDE, HistoryDelegate, HistoryModel
from sdstudio.ui.docks.history_thumbnails import HistoryThumbnails
from sdstudio.ui.editor import Editor
from sdstudio.ui.long_edits import go_to
from sdstudio.ui.widgets.footer import footer
from sdstudio.ui.widgets.labels import button_of, label, rule

_MIB = 2**20


class HistoryPanel(QWidget):
    """`failed(StudioError)` when a step cannot be done again."""

    failed = Signal(object)

    def __init__(self, editor: Editor, actions: Sequence[QAction]) -> None:
        """`actions` stand as buttons below the list: undo and redo."""
        super().__init__()
        self._editor = editor
        self._thumbnails = HistoryThumbnails(editor.document, THUMBNAIL_SIDE, self.isVisible, self)
        self.model = HistoryModel(editor.document, self._thumbnails, self)
        self.view = QListView()
        self.view.setModel(self.model)
        self.view.setItemDelegate(HistoryDelegate(self))
        self.view.setFrameShape(QFrame.Shape.NoFrame)
        self.view.setUniformItemSizes(True)
        self.view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.view.setAccessibleName(self.tr("History"))
        self._memory = label("", "muted")
        self._memory.setToolTip(self.tr("Memory that the steps take, and how much they may take (Edit, Preferences)"))
        self._is_following = False
        # Compressing an undo step ends a moment after the step.
        self._later = QTimer(self, singleShot=True, interval=300)
        self._later.timeout.connect(self._show_memory)
        self._arrange(actions)
        self.view.selectionModel().currentChanged.connect(self._on_current_changed)
        editor.document_replaced.connect(self._on_document_replaced)
        self._on_document_replaced()

    def _arrange(self, actions: Sequence[QAction]) -> None:
        below = footer([button_of(action) for action in actions], [self._memory])
        below.setContentsMargins(8, 4, 12, 4)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.view, 1)
        column.addWidget(rule())
        column.addLayout(below)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._thumbnails.wake()

    # What a person does

    def _on_current_changed(self, current: QModelIndex, previous: QModelIndex) -> None:
        if self._is_following or not current.isValid():
            return
        try:
            go_to(self._editor.document, current.row())
        except StudioError as error:
            self.failed.emit(error)
        if self._editor.document.history.position != current.row():
            self._follow()

    # What the document tells

    def _on_document_replaced(self) -> None:
        document = self._editor.document
        self._is_following = True
        self._thumbnails.set_document(document)
        self.model.set_document(document)
        document.history.changed.connect(self._follow)
        self._follow()

    def _follow(self) -> None:
        """Mark the row of the present state, without taking that for a wish."""
        self._is_following = True
        index = self.model.index(self._editor.document.history.position)
        flag = QItemSelectionModel.SelectionFlag
        self.view.selectionModel().setCurrentIndex(index, flag.ClearAndSelect)
        self.view.scrollTo(index)
        self._is_following = False
        self._show_memory()
        self._later.start()

    def _show_memory(self) -> None:
        history = self._editor.document.history
        words = self.tr("{used} of {most} MiB").format(
            used=self.locale().toString(history.nbytes / _MIB, "f", 1), most=history.budget_bytes // _MIB
        )
        self._memory.setText(words)
