"""The seed: a whole number up to 2^64 - 1, with a lock that keeps it and a die that rolls a new one."""

from __future__ import annotations

import secrets

from PySide6.QtCore import QRegularExpression, Signal
from PySide6.QtGui import QRegularExpressionValidator
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from sdstudio.protocol.request import MAX_SEED
from sdstudio.ui import theme
from sdstudio.ui.widgets.labels import icon_button

ROLLED_BELOW = 2**32  # what other programs of the field roll, so that a seed can be carried over to them


class SeedField(QWidget):
    """`changed()` when `value` is another one: a signal cannot carry it, since Qt's integers are too short."""

    changed = Signal()
    lock_changed = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self._line = QLineEdit("0")
        self._line.setValidator(QRegularExpressionValidator(QRegularExpression(r"\d{0,20}"), self))
        self._line.setAccessibleName(self.tr("Seed"))
        self._line.setToolTip(self.tr("The same seed and settings make the same picture again"))
        self._line.editingFinished.connect(self._on_edited)
        self._lock = icon_button(
            "lock-open", self.tr("Keep this seed"), self.tr("Keeps the seed: pictures change only by what you change")
        )
        self._lock.setCheckable(True)
        self._lock.toggled.connect(self._on_lock_toggled)
        self._die = icon_button(
            "dices", self.tr("New seed"), self.tr("Rolls a new seed, so that the next picture differs")
        )
        self._die.clicked.connect(self.roll)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self._line, 1)
        row.addWidget(self._lock)
        row.addWidget(self._die)
        self.setFocusProxy(self._line)

    @property
    def value(self) -> int:
        return min(int(self._line.text() or "0"), MAX_SEED)

    def show_values(self, seed: int, is_locked: bool) -> None:
        """Show them without a signal."""
        if not self._line.hasFocus() or self.value != seed:
            self._line.setText(str(seed))
        was_blocked = self._lock.blockSignals(True)
        self._lock.setChecked(is_locked)
        self._lock.blockSignals(was_blocked)
        self._lock.setIcon(theme.icon("lock" if is_locked else "lock-open", on_role="on_accent"))

    def roll(self) -> None:
        self._line.setText(str(secrets.randbelow(ROLLED_BELOW)))
        self._on_edited()

    def _on_edited(self) -> None:
        self._line.setText(str(self.value))
        self.changed.emit()

    def _on_lock_toggled(self, is_locked: bool) -> None:
        self._lock.setIcon(theme.icon("lock" if is_locked else "lock-open", on_role="on_accent"))
        self.lock_changed.emit(is_locked)
