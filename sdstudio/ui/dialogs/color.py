"""Asks for one colour, by the same wheel and sliders as the Colour panel. Must not know what the colour is for."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from sdstudio.ui.dialogs.frame import arrange, ok_and_cancel
from sdstudio.ui.widgets.color_sliders import ColorSliders, spaces
from sdstudio.ui.widgets.color_wheel import ColorWheel
from sdstudio.ui.widgets.hex_field import HexField
from sdstudio.ui.widgets.labels import label

_WHEEL_SIDE = 200
_SWATCH_HEIGHT = 40


class ColorDialog(QDialog):
    """After `exec`: `color`."""

    def __init__(self, present: QColor, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.color = QColor(present)
        self.wheel, self.sliders, self.hex = ColorWheel(), ColorSliders(spaces()["hsv"]), HexField()
        self.wheel.setMinimumSize(_WHEEL_SIDE, _WHEEL_SIDE)
        self._before, self._now = _swatch(), _swatch()
        self._before.setToolTip(self.tr("The colour before"))
        self._now.setToolTip(self.tr("The colour that is chosen"))
        pair = QHBoxLayout()
        pair.setSpacing(0)
        pair.addWidget(self._before)
        pair.addWidget(self._now)
        line = QHBoxLayout()
        line.addWidget(label("#", buddy=self.hex))
        line.addWidget(self.hex)
        line.addStretch(1)
        side = QVBoxLayout()
        side.addLayout(pair)
        side.addLayout(line)
        side.addStretch(1)
        upper = QHBoxLayout()
        upper.setSpacing(16)
        upper.addWidget(self.wheel, 1)
        upper.addLayout(side)
        arrange(self, upper, self.sliders, ok_and_cancel(self), width=380)
        for part in (self.wheel, self.sliders, self.hex):
            part.picked.connect(self._show)
        _fill(self._before, present)
        self._show(present)
        self.wheel.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show(self, color: QColor) -> None:
        self.color = QColor(color)
        for part in (self.wheel, self.sliders, self.hex):
            part.set_color(color)
        _fill(self._now, color)


def ask_color(present: QColor, title: str, parent: QWidget) -> QColor | None:
    """The colour that a person chooses; None when they keep the present one."""
    dialog = ColorDialog(present, title, parent)
    return dialog.color if dialog.exec() else None


def _swatch() -> QFrame:
    swatch = QFrame()
    swatch.setMinimumSize(_SWATCH_HEIGHT, _SWATCH_HEIGHT)
    return swatch


def _fill(swatch: QFrame, color: QColor) -> None:
    swatch.setStyleSheet(f"QFrame {{ background: {color.name()}; }}")  # a tip on it keeps the theme's colours
