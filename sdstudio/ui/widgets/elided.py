"""Buttons for names that may be longer than their panel: those lose their middle, and say all in the tool tip.

A name is shown as it is: an & in it is no key.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QCheckBox, QPushButton, QSizePolicy, QStyle, QStyleOptionButton


def show_elided(button: QCheckBox | QPushButton, name: str, tip: str) -> None:
    """From now on `button` shows as much of `name` as there is room for."""
    button.installEventFilter(_Elision(button, name))
    button.setText(name.replace("&", "&&"))
    button.setAccessibleName(name)
    button.setToolTip(f"{name}\n{tip}" if tip else name)
    button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)


class _Elision(QObject):
    """Fits the name into its button whenever that has another size."""

    def __init__(self, button: QCheckBox | QPushButton, name: str) -> None:
        super().__init__(button)
        self._button, self._name = button, name
        elements = QStyle.SubElement
        is_box = isinstance(button, QCheckBox)
        self._element = elements.SE_CheckBoxContents if is_box else elements.SE_PushButtonContents

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            option = QStyleOptionButton()
            self._button.initStyleOption(option)
            room = self._button.style().subElementRect(self._element, option, self._button).width()
            shown = self._button.fontMetrics().elidedText(self._name, Qt.TextElideMode.ElideMiddle, room)
            self._button.setText(shown.replace("&", "&&"))
        return False
