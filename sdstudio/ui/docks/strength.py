"""Strength: a slider, its number, and one line that says what that much does to the picture."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from sdstudio.ui.cards.card import explained
from sdstudio.ui.widgets.labels import ElidedLabel, label
from sdstudio.ui.widgets.number import NumberField
from sdstudio.ui.widgets.slider import MarkedSlider

DEFAULT_PERCENT = 100
_MARKS = (30, 60, 80)  # touch up, follow a sketch, reimagine


class StrengthField(QWidget):
    """`changed(float)` in 0..1; `held(bool)` while the slider is dragged."""

    changed = Signal(float)
    held = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self._edits = False
        tip = self.tr("How much of the picture may change: 0 % keeps it as it is, 100 % ignores what is there")
        self._slider = MarkedSlider(0, 100, default=DEFAULT_PERCENT, marks=_MARKS)
        self._slider.setAccessibleName(self.tr("Strength"))
        self._number = NumberField(0, 100, default=DEFAULT_PERCENT, unit="%")
        self._number.setFixedWidth(72)
        self._caption = ElidedLabel(role="small")
        for part in (self._slider, self._number):
            part.setToolTip(tip)
        self._slider.valueChanged.connect(self._on_moved)
        self._number.valueChanged.connect(self._on_moved)
        self._slider.sliderPressed.connect(lambda: self.held.emit(True))
        self._slider.sliderReleased.connect(lambda: self.held.emit(False))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(0)
        grid.addWidget(explained(label(self.tr("Strength"), buddy=self._number), "strength"), 0, 0)
        grid.addWidget(self._slider, 0, 1)
        grid.addWidget(self._number, 0, 2)
        grid.addWidget(self._caption, 1, 0, 1, 3)
        grid.setColumnStretch(1, 1)
        self.show_value(1.0)

    @property
    def value(self) -> float:
        return self._slider.value() / 100

    def show_value(self, strength: float, *, edits: bool | None = None) -> None:
        """Show it without a signal. `edits`: the model sees the picture whatever the strength is; None: as before."""
        self._edits = self._edits if edits is None else edits
        percent = round(strength * 100)
        for part in (self._slider, self._number):
            was_blocked = part.blockSignals(True)
            part.setValue(percent)
            part.blockSignals(was_blocked)
        self._slider.update()
        self._caption.setText(self._explain(percent))

    def _on_moved(self, value: float) -> None:
        self.show_value(value / 100)
        self.changed.emit(round(value) / 100)

    def _explain(self, percent: int) -> str:
        steps = (
            (0, self.tr("Changes nothing")),
            (20, self.tr("Touches up small details")),
            (45, self.tr("Keeps the shapes, repaints the surfaces")),
            (75, self.tr("Follows your sketch and finishes it")),
            (99, self.tr("Takes what is there as a hint")),
        )
        for limit, text in steps:
            if percent <= limit:
                return text
        return self.tr("Sees what is there and draws it anew") if self._edits else self.tr("Ignores what is there")
