"""A colour as web pages write it: red, green and blue as two digits each."""

from __future__ import annotations

from PySide6.QtCore import QRegularExpression, Signal
from PySide6.QtGui import QColor, QRegularExpressionValidator
from PySide6.QtWidgets import QLineEdit

_WIDTH = 72


class HexField(QLineEdit):
    """`picked(QColor)` when a whole colour was typed; anything else brings the present one back."""

    picked = Signal(QColor)

    def __init__(self) -> None:
        super().__init__()
        self._color = QColor("black")
        self.setValidator(QRegularExpressionValidator(QRegularExpression("#?[0-9a-fA-F]{3,6}"), self))
        self.setFixedWidth(_WIDTH)
        self.setToolTip(self.tr("The colour as in web pages: red, green and blue as two digits each"))
        self.setAccessibleName(self.tr("Hex"))
        self.editingFinished.connect(self._on_entered)

    def set_color(self, color: QColor) -> None:
        self._color = QColor(color)
        self.setText(color.name().removeprefix("#"))

    def _on_entered(self) -> None:
        text = self.text().removeprefix("#")
        color = QColor("#" + text)
        if color.isValid() and len(text) in (3, 6):
            self._color = color
            self.picked.emit(color)
        self.set_color(self._color)
