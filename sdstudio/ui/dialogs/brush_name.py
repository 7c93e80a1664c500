"""Asks for the name and the group of a brush."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QFormLayout, QLineEdit, QWidget

from sdstudio.brushes.preset import MAX_NAME


class BrushNameDialog(QDialog):
    def __init__(self, title: str, name: str, group: str, groups: Sequence[str], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self._name = QLineEdit(name)
        self._name.setMaxLength(MAX_NAME)
        self._name.setPlaceholderText(self.tr("My brush"))
        self._group = QComboBox()
        self._group.setEditable(True)
        self._group.addItems(list(groups))
        self._group.setCurrentText(group)
        self._group.setToolTip(self.tr("The heading under which the brush is found; a new one may be typed"))
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        form = QFormLayout(self)
        form.addRow(self.tr("&Name"), self._name)
        form.addRow(self.tr("&Group"), self._group)
        form.addRow(self._buttons)
        self._name.textChanged.connect(self._on_name_changed)
        self._on_name_changed(name)

    @property
    def name(self) -> str:
        return self._name.text().strip()

    @property
    def group(self) -> str:
        return self._group.currentText().strip()

    def _on_name_changed(self, text: str) -> None:
        self._buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(bool(text.strip()))
