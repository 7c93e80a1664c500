"""A drop-down for words of any length: cut with … where there is no room, whole in the tool tip and in the list."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QStylePainter

_LEAST_LETTERS = 6
_BESIDE = 40  # pixels of the list that are not words: margins, mark, scroll bar


class ChoiceBox(QComboBox):
    """Asks for little width, whatever it offers. `tip` says what it is for."""

    def __init__(self, tip: str = "") -> None:
        super().__init__()
        self._tip = tip
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # not by the wheel
        self.setToolTip(tip)
        self.setMinimumContentsLength(_LEAST_LETTERS)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)

    def shown_text(self) -> str:
        """What there is room for."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        words = QStyle.SubControl.SC_ComboBoxEditField
        room = self.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, words, self).width() - 2
        return self.fontMetrics().elidedText(self.currentText(), Qt.TextElideMode.ElideRight, room)

    def showPopup(self) -> None:
        """The list is as wide as its longest entry, as far as the screen allows."""
        widest = max((self.fontMetrics().horizontalAdvance(self.itemText(i)) for i in range(self.count())), default=0)
        most = self.screen().availableGeometry().width() // 2
        self.view().setMinimumWidth(min(max(widest + _BESIDE, self.width()), most))
        self.view().setTextElideMode(Qt.TextElideMode.ElideRight)
        super().showPopup()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Only with the focus: a wheel that scrolls the panel must not choose something on its way."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        option.currentText = self.shown_text()
        painter = QStylePainter(self)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip:
            text = self.currentText()
            is_cut = self.shown_text() != text
            self.setToolTip("\n".join(part for part in (text if is_cut else "", self._tip) if part))
        return super().event(event)
