"""Moving, turning and scaling the selection by numbers."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QCheckBox, QDialog, QWidget

from sdstudio.raster.geometry import Bounds, Point
from sdstudio.raster.transform import Transform
from sdstudio.ui.dialogs.frame import arrange, form, ok_and_cancel
from sdstudio.ui.widgets.number import NumberField

_CALM_MS = 60  # without another change, before the effect is shown
_LEAST_PERCENT, _MOST_PERCENT = 1, 1000


class TransformSelectionDialog(QDialog):
    """`changed(Transform)` a moment after a number was changed; `transform` is what the numbers say now."""

    changed = Signal(object)

    def __init__(self, area: Bounds, parent: QWidget) -> None:
        """`area` is the selection's place; it is turned and scaled around its middle."""
        super().__init__(parent)
        self.setWindowTitle(self.tr("Transform selection"))
        self._middle = Point(area.x + area.width / 2, area.y + area.height / 2)
        self._width = NumberField(_LEAST_PERCENT, _MOST_PERCENT, default=100, decimals=1, unit="%")
        self._height = NumberField(_LEAST_PERCENT, _MOST_PERCENT, default=100, decimals=1, unit="%")
        self._together = QCheckBox(self.tr("Same for both"))
        self._together.setChecked(True)
        self._angle = NumberField(-360, 360, default=0, decimals=1, unit="°")
        self._right = NumberField(-16384, 16384, default=0, unit="px")
        self._down = NumberField(-16384, 16384, default=0, unit="px")
        self._soon = QTimer(self, singleShot=True, interval=_CALM_MS)
        self._soon.timeout.connect(lambda: self.changed.emit(self.transform))
        self._width.valueChanged.connect(self._on_width_changed)
        for field in (self._height, self._angle, self._right, self._down):
            field.valueChanged.connect(lambda _value: self._soon.start())
        self._together.toggled.connect(self._on_together)
        self._on_together(True)
        self._arrange()

    @property
    def transform(self) -> Transform:
        scaled = Transform.scale(self._width.value() / 100, self._height.value() / 100, self._middle)
        turned = scaled.then(Transform.rotate(self._angle.value(), self._middle))
        return turned.then(Transform.move(round(self._right.value()), round(self._down.value())))

    def _arrange(self) -> None:
        rows = (
            (self.tr("Width"), self._width),
            (self.tr("Height"), self._height),
            ("", self._together),
            (self.tr("Turn clockwise"), self._angle),
            (self.tr("Move right"), self._right),
            (self.tr("Move down"), self._down),
        )
        arrange(self, form(rows), ok_and_cancel(self), width=300)

    def _on_width_changed(self, percent: float) -> None:
        if self._together.isChecked():
            self._height.setValue(percent)
        self._soon.start()

    def _on_together(self, is_on: bool) -> None:
        self._height.setEnabled(not is_on)
        if is_on:
            self._height.setValue(self._width.value())
