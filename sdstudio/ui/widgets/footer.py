"""The row of small buttons at the foot of a panel."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from sdstudio.ui import tokens


def footer(buttons: Sequence[QWidget], apart: Sequence[QWidget] = ()) -> QHBoxLayout:
    """`buttons` from the left on, and at the right those that stand `apart`."""
    row = QHBoxLayout()
    row.setContentsMargins(8, 4, 8, 4)
    row.setSpacing(2)
    for button in buttons:
        row.addWidget(button)
    row.addStretch(1)
    for button in apart:
        row.addWidget(button)
    return row


def button_of(action: QAction) -> QToolButton:
    """A flat square button that does `action`."""
    button = QToolButton()
    button.setDefaultAction(action)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
    button.setIconSize(QSize(tokens.ICON_SIZE, tokens.ICON_SIZE))
    button.setAccessibleName(action.text().replace("&", ""))
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
