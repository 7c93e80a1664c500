"""The row of small buttons at the foot of a panel."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QHBoxLayout, QWidget


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
