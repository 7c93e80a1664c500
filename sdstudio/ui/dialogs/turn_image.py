"""How far to turn the whole picture."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QWidget

from sdstudio.ui.dialogs.frame import arrange, form, ok_and_cancel
from sdstudio.ui.widgets.labels import label
from sdstudio.ui.widgets.number import NumberField


class TurnImageDialog(QDialog):
    """After `exec`: `degrees`, clockwise."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Turn the picture"))
        self._angle = NumberField(-360, 360, default=15, decimals=1, unit="°")
        self._angle.setAccessibleName(self.tr("Angle, clockwise"))
        note = label(self.tr("The canvas grows so that nothing is cut off; its new corners are transparent."), "small")
        note.setWordWrap(True)
        rows = form([(self.tr("Angle, clockwise"), self._angle)])
        arrange(self, rows, note, ok_and_cancel(self), width=320)
        self._angle.setFocus()
        self._angle.selectAll()

    @property
    def degrees(self) -> float:
        return self._angle.value()
