"""What small dialogs have in common: names beside fields, parts below each other, and the buttons at the foot."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QLayout, QVBoxLayout, QWidget

_MARGIN, _GAP = 16, 12
_COLUMN_GAP, _ROW_GAP = 16, 8


def form(rows: Iterable[tuple[str, QWidget | QLayout]] = ()) -> QFormLayout:
    """Each field with its name at the left."""
    made = QFormLayout()
    made.setHorizontalSpacing(_COLUMN_GAP)
    made.setVerticalSpacing(_ROW_GAP)
    for name, field in rows:
        made.addRow(name, field)
    return made


def ok_and_cancel(dialog: QDialog, ok: str = "") -> QDialogButtonBox:
    """The two buttons, which end `dialog`; `ok` says what the first one does."""
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
    if ok:
        buttons.button(QDialogButtonBox.StandardButton.Ok).setText(ok)
    buttons.accepted.connect(dialog.accept)
    buttons.rejected.connect(dialog.reject)
    return buttons


def arrange(dialog: QDialog, *parts: QWidget | QLayout, width: int) -> None:
    """`parts` below each other; the last one stays at the foot of a dialog of at least `width` pixels."""
    column = QVBoxLayout(dialog)
    column.setContentsMargins(_MARGIN, _MARGIN, _MARGIN, _MARGIN)
    column.setSpacing(_GAP)
    for number, part in enumerate(parts, 1):
        if number == len(parts):
            column.addStretch(1)
        if isinstance(part, QLayout):
            column.addLayout(part)
        else:
            column.addWidget(part)
    dialog.setMinimumWidth(width)
