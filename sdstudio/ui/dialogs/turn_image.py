"""How far to turn the whole picture."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QVBoxLayout, QWidget

from sdstudio.ui.widgets.labels import label
from sdstudio.ui.widgets.number import NumberField


class TurnImageDialog(QDialog):
    """After `exec`: `degrees`, clockwise."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Turn the picture"))
        self._angle = NumberField(-360, 360, default=15, decimals=1, unit="°")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.addRow(self.tr("Angle, clockwise"), self._angle)
        self._angle.setAccessibleName(self.tr("Angle, clockwise"))
        note = label(self.tr("The canvas grows so that nothing is cut off; its new corners are transparent."), "small")
        note.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addLayout(form)
        column.addWidget(note)
        column.addWidget(buttons)
        self.setMinimumWidth(320)

    @property
    def degrees(self) -> float:
        return self._angle.value()
