"""Every key and what it does, to look up by typing."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)


class ShortcutsDialog(QDialog):
    def __init__(self, actions: Sequence[QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Keyboard shortcuts"))
        self.resize(640, 560)
        self._search = QLineEdit()
        self._search.setPlaceholderText(self.tr("Search"))
        self._search.setAccessibleName(self.tr("Search"))
        self._search.setClearButtonEnabled(True)
        self._search.textChanged.connect(self._on_searched)
        self._list = QTreeWidget()
        self._list.setColumnCount(3)
        self._list.setHeaderLabels([self.tr("Action"), self.tr("Keys"), self.tr("What it does")])
        self._list.setRootIsDecorated(False)
        self._list.setSelectionMode(QTreeWidget.SelectionMode.NoSelection)
        self._list.header().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        self._list.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        for action in actions:
            self._list.addTopLevelItem(_item(action))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addWidget(self._search)
        column.addWidget(self._list, 1)
        column.addWidget(buttons)

    def _on_searched(self, text: str) -> None:
        for row in range(self._list.topLevelItemCount()):
            item = self._list.topLevelItem(row)
            if item is not None:
                whole = " ".join(item.text(column) for column in range(3))
                item.setHidden(text.casefold() not in whole.casefold())


def _item(action: QAction) -> QTreeWidgetItem:
    keys = ", ".join(key.toString(QKeySequence.SequenceFormat.NativeText) for key in action.shortcuts())
    what = action.statusTip() or action.toolTip().split("\n")[-1]
    item = QTreeWidgetItem([action.text().replace("&", "").rstrip("…"), keys, what])
    item.setToolTip(2, what)
    item.setTextAlignment(1, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    return item
