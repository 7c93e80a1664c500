"""Every key and what it does, to look up by typing and to change."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from sdstudio.ui.keys import Keys, native
from sdstudio.ui.widgets.labels import ElidedLabel, label

_KEYS_COLUMN = 1
_ACTION_ROLE = Qt.ItemDataRole.UserRole


class ShortcutsDialog(QDialog):
    """Choose a row, press the new key, and "Use this key" gives it to the action."""

    def __init__(self, keys: Keys, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Keyboard shortcuts"))
        self.resize(720, 600)
        self._keys = keys
        self._search = QLineEdit()
        self._search.setPlaceholderText(self.tr("Search"))
        self._search.setAccessibleName(self.tr("Search"))
        self._search.setClearButtonEnabled(True)
        self._list = self._build_list()
        self._name = label("", "heading")
        self._edit = QKeySequenceEdit()
        self._edit.setMaximumSequenceLength(1)
        self._edit.setAccessibleName(self.tr("New key"))
        self._use = QPushButton(self.tr("Use this key"))
        self._usual = QPushButton(self.tr("Usual key"))
        self._note = ElidedLabel(role="small")
        self._arrange()
        self._search.textChanged.connect(self._on_searched)
        self._list.currentItemChanged.connect(self._on_chosen)
        self._edit.keySequenceChanged.connect(self._on_key_pressed)
        self._use.clicked.connect(self._on_use)
        self._usual.clicked.connect(self._on_usual)
        self._list.setCurrentIndex(self._list.model().index(0, 0))

    def _build_list(self) -> QTreeWidget:
        rows = QTreeWidget()
        rows.setColumnCount(3)
        rows.setHeaderLabels([self.tr("Action"), self.tr("Keys"), self.tr("What it does")])
        rows.setRootIsDecorated(False)
        rows.setUniformRowHeights(True)
        rows.setAccessibleName(self.tr("Actions"))
        for column in (0, _KEYS_COLUMN):
            rows.header().setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        for action in self._keys.actions:
            rows.addTopLevelItem(_item(action))
        return rows

    def _arrange(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self._name, 1)
        line.addWidget(self._edit)
        line.addWidget(self._use)
        line.addWidget(self._usual)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        for button in (self._use, self._usual, buttons.button(QDialogButtonBox.StandardButton.Close)):
            button.setAutoDefault(False)  # Return belongs to the key field here
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        column.addWidget(self._search)
        column.addWidget(self._list, 1)
        column.addLayout(line)
        column.addWidget(self._note)
        column.addWidget(buttons)

    @property
    def _chosen(self) -> QAction | None:
        item = self._list.currentItem()
        action: QAction | None = item.data(0, _ACTION_ROLE) if item is not None else None
        return action

    def _on_searched(self, text: str) -> None:
        for row in range(self._list.topLevelItemCount()):
            item = self._list.topLevelItem(row)
            if item is not None:
                whole = " ".join(item.text(column) for column in range(3))
                item.setHidden(text.casefold() not in whole.casefold())

    def _on_chosen(self) -> None:
        action = self._chosen
        self._name.setText(_name(action) if action is not None else "")
        self._edit.clear()
        self._on_key_pressed(QKeySequence())

    def _on_key_pressed(self, key: QKeySequence) -> None:
        holder = self._keys.holder(key) if not key.isEmpty() else None
        is_taken = holder is not None and holder is not self._chosen
        self._use.setEnabled(not key.isEmpty() and self._chosen is not None)
        self._note.setText(
            self.tr("{key} belongs to “{action}” now and will be taken from it.").format(
                key=native([key]), action=_name(holder)
            )
            if holder is not None and is_taken
            else ""
        )

    def _on_use(self) -> None:
        if self._chosen is not None:
            self._keys.give(self._chosen, self._edit.keySequence())
            self._refresh()

    def _on_usual(self) -> None:
        if self._chosen is not None:
            self._keys.reset(self._chosen)
            self._refresh()

    def _refresh(self) -> None:
        for row in range(self._list.topLevelItemCount()):
            item = self._list.topLevelItem(row)
            if item is not None:
                item.setText(_KEYS_COLUMN, native(item.data(0, _ACTION_ROLE).shortcuts()))
        self._edit.clear()


def _item(action: QAction) -> QTreeWidgetItem:
    what = action.statusTip() or action.toolTip().split("\n")[-1]
    item = QTreeWidgetItem([_name(action), native(action.shortcuts()), what])
    item.setData(0, _ACTION_ROLE, action)
    item.setToolTip(2, what)
    return item


def _name(action: QAction) -> str:
    return action.text().replace("&", "").rstrip("…")
