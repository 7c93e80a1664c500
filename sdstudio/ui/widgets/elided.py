"""Buttons for names that may be longer than their panel: those end in the middle with …, and say all in the tool tip.

A name is shown as it is: an & in it is no key.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QPushButton, QSizePolicy, QStyle, QStyleOptionButton


class ElidedCheckBox(QCheckBox):
    def __init__(self, name: str, tip: str) -> None:
        super().__init__()
        self._name = name
        _begin(self, name, tip)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        option = QStyleOptionButton()
        self.initStyleOption(option)
        room = self.style().subElementRect(QStyle.SubElement.SE_CheckBoxContents, option, self).width()
        _show(self, self._name, room)


class ElidedButton(QPushButton):
    def __init__(self, name: str, tip: str) -> None:
        super().__init__()
        self._name = name
        _begin(self, name, tip)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        option = QStyleOptionButton()
        self.initStyleOption(option)
        room = self.style().subElementRect(QStyle.SubElement.SE_PushButtonContents, option, self).width()
        _show(self, self._name, room)


def _begin(button: QAbstractButton, name: str, tip: str) -> None:
    button.setText(name.replace("&", "&&"))
    button.setAccessibleName(name)
    button.setToolTip(f"{name}\n{tip}" if tip else name)
    button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)


def _show(button: QAbstractButton, name: str, room: int) -> None:
    shown = button.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, room)
    button.setText(shown.replace("&", "&&"))
