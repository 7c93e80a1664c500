"""One number that changes something, with its effect to be seen before it is accepted."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QDialog, QWidget

from sdstudio.ui.dialogs.frame import arrange, form, ok_and_cancel
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
        text = label(explanation, "muted")
        text.setWordWrap(True)
        arrange(self, text, form([(name, self._number)]), ok_and_cancel(self), width=300)
        self._number.setFocus()
        self._number.selectAll()

    @property
    def value_px(self) -> int:
        return round(self._number.value())
