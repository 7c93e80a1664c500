"""The Selections panel: selections that were kept, to be loaded, combined, renamed and deleted."""

from __future__ import annotations

import cv2
import numpy as np
from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QIcon, QImage, QKeyEvent, QPixmap, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from sdstudio.document.channels import RemoveChannel, RenameChannel
from sdstudio.document.document import Document
from sdstudio.document.history import Command
from sdstudio.document.selecting import load_channel
from sdstudio.errors import StudioError
from sdstudio.raster.pixels import over
from sdstudio.raster.tiles import Mask
from sdstudio.ui.editor import Editor
from sdstudio.ui.icons import plain_icon
from sdstudio.ui.widgets.footer import footer
from sdstudio.ui.widgets.labels import button_of, icon_button, label, rule

_SIDE = 40
_KEYS = (Qt.Key.Key_Delete, Qt.Key.Key_Return, Qt.Key.Key_Enter)


class ChannelsPanel(QWidget):
    """A double click loads; the buttons below combine. `failed(StudioError)` when something is not possible."""

    failed = Signal(object)

    def __init__(self, editor: Editor, save: QAction) -> None:
        """`save` keeps the present selection."""
        super().__init__()
        self._editor = editor
        self._pictures: dict[int, tuple[Mask, QIcon]] = {}
        self._is_stale = True
        self.view = QListWidget()
        self.view.setIconSize(QSize(_SIDE, _SIDE))
        self.view.setFrameShape(QFrame.Shape.NoFrame)
        self.view.setAccessibleName(self.tr("Kept selections"))
        self.view.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.view.installEventFilter(self)
        self._empty: QLabel = label(self.tr("Nothing is kept yet. Select something and press +."), "muted")
        self._empty.setWordWrap(True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setMargin(16)
        self._buttons = self._make_buttons()
        self._arrange(save)
        self.view.itemDoubleClicked.connect(lambda _item: self.load("replace"))
        self.view.itemChanged.connect(self._on_renamed)
        self.view.currentRowChanged.connect(lambda _row: self._enable())
        editor.document_replaced.connect(self._on_document_replaced)
        self._on_document_replaced()

    @property
    def _document(self) -> Document:
        return self._editor.document

    @property
    def _name(self) -> str | None:
        """Of the chosen selection."""
        item = self.view.currentItem()
        return str(item.data(Qt.ItemDataRole.UserRole)) if item is not None else None

    def load(self, mode: str) -> None:
        """Put the chosen selection to the present one: "replace", "add", "subtract" or "intersect"."""
        if self._name is not None:
            self._run(load_channel(self._document, self._name, mode))

    def remove(self) -> None:
        if self._name is not None:
            self._run(RemoveChannel(self._name))

    def _make_buttons(self) -> list[QToolButton]:
        buttons = []
        for icon, name, tip, mode in (
            ("square-dashed", self.tr("Load"), self.tr("Makes this the selection (double click)"), "replace"),
            ("square-plus", self.tr("Add"), self.tr("Adds this to the selection"), "add"),
            ("square-minus", self.tr("Subtract"), self.tr("Takes this away from the selection"), "subtract"),
            ("square-x", self.tr("Intersect"), self.tr("Keeps what is in both"), "intersect"),
        ):
            button = icon_button(icon, name, tip)
            button.clicked.connect(lambda _checked=False, mode=mode: self.load(mode))
            buttons.append(button)
        rename = icon_button("pencil", self.tr("Rename"), self.tr("Gives the kept selection another name (F2)"))
        rename.clicked.connect(lambda: self.view.editItem(self.view.currentItem()))
        remove = icon_button("trash-2", self.tr("Delete"), self.tr("Forgets the kept selection (Delete)"))
        remove.clicked.connect(self.remove)
        return [*buttons, rename, remove]

    def _arrange(self, save: QAction) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._empty, 1)
        column.addWidget(self.view, 1)
        column.addWidget(rule())
        column.addLayout(footer((button_of(save), *self._buttons)))

    # The document

    def _on_document_replaced(self) -> None:
        self._pictures.clear()
        self._document.channels_changed.connect(self._on_channels_changed)
        self._on_channels_changed()

    def _on_channels_changed(self) -> None:
        self._is_stale = True
        if self.isVisible():
            self._list()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._is_stale:
            self._list()

    def _list(self) -> None:
        self._is_stale = False
        known = {self.view.item(row).text() for row in range(self.view.count())}
        new = [name for name in self._document.channels if name not in known]
        chosen = new[0] if len(new) == 1 else self._name
        was_blocked = self.view.blockSignals(True)
        self.view.clear()
        for name, mask in self._document.channels.items():
            item = QListWidgetItem(self._icon(mask), name)
            item.setData(Qt.ItemDataRole.UserRole, name)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
            self.view.addItem(item)
            if name == chosen:
                self.view.setCurrentItem(item)
        if self.view.currentRow() < 0:
            self.view.setCurrentRow(self.view.count() - 1)
        self.view.blockSignals(was_blocked)
        self._enable()

    def _enable(self) -> None:
        has_any = self.view.count() > 0
        self.view.setVisible(has_any)
        self._empty.setVisible(not has_any)
        for button in self._buttons:
            button.setEnabled(self._name is not None)

    def _icon(self, mask: Mask) -> QIcon:
        """A small picture; masks that were kept never change, so each is drawn once."""
        known = self._pictures.get(id(mask))
        if known is None:
            known = (mask, plain_icon(QPixmap.fromImage(_small(mask, self._document))))
            self._pictures[id(mask)] = known
        return known[1]

    # Renaming and keys

    def _on_renamed(self, item: QListWidgetItem) -> None:
        name, new_name = str(item.data(Qt.ItemDataRole.UserRole)), item.text()
        if name != new_name:
            # Not now: the list is still busy with the item that goes away when it is made anew.
            QTimer.singleShot(0, self, lambda: self._rename(name, new_name))

    def _rename(self, name: str, new_name: str) -> None:
        if name in self._document.channels:
            self._run(RenameChannel(name, new_name))
        self._list()

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        if watched is not self.view or not isinstance(event, QKeyEvent) or event.key() not in _KEYS:
            return False
        if event.type() == QEvent.Type.ShortcutOverride:  # or the window's Delete would take it
            event.accept()
        elif event.type() == QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Delete:
                self.remove()
            else:
                self.load("replace")
        return True

    def _run(self, command: Command) -> None:
        try:
            self._document.run(command)
        except StudioError as error:
            self.failed.emit(error)


def _small(mask: Mask, document: Document) -> QImage:
    canvas = document.bounds
    scale = _SIDE / max(canvas.width, canvas.height)
    size = (max(1, round(canvas.width * scale)), max(1, round(canvas.height * scale)))
    small = np.ascontiguousarray(cv2.resize(mask.read(canvas), size, interpolation=cv2.INTER_AREA), np.uint8)
    return over(small, QImage.Format.Format_Grayscale8).copy()
