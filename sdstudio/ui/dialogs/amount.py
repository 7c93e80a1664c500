"""One number that changes something, with its effect to be seen before it is accepted."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QVBoxLayout, QWidget

from sdstudio.ui.widgets.labels import label
from sdstudio.ui.widgets.number import NumberField

_CALM_MS = 60  # without another change, before the effect is shown


class AmountDialog(QDialog):
    """`changed(px)` a moment after the number was changed, and once when the dialog appears."""

    changed = Signal(int)

    def __init__(self, title: str, name: str, explanation: str, value_px: int, most_px: int, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self._number = NumberField(1, most_px, default=value_px, unit="px")
        self._number.setAccessibleName(name)
        self._soon = QTimer(self, singleShot=True, interval=_CALM_MS)
        self._soon.timeout.connect(lambda: self.changed.emit(self.value_px))
        self._number.valueChanged.connect(lambda _value: self._soon.start())
        self._soon.start()
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.addRow(name, self._number)
        text = label(explanation, "muted")
        text.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addWidget(text)
        column.addLayout(form)
        column.addWidget(buttons)
        self.setMinimumWidth(300)
        self._number.setFocus()
        self._number.selectAll()

    @property
    def value_px(self) -> int:
        return round(self._number.value())
