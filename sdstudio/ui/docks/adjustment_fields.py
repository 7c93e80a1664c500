"""One number of an adjustment as a slider and a field beside it, and which numbers each adjustment has."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from sdstudio.raster.adjustments import (
    MAX_BLUR_PX,
    Adjustment,
    Blur,
    BrightnessContrast,
    HueSaturation,
    Posterise,
    Threshold,
)
from sdstudio.ui.widgets.labels import label
from sdstudio.ui.widgets.number import NumberField
from sdstudio.ui.widgets.slider import MarkedSlider

_SLIDER_STEPS = 1000


@dataclass(frozen=True)
class Number:
    """`name` is the field of the adjustment; `title` is translated in the context "Adjustment"."""

    name: str
    title: str
    low: float
    high: float
    default: float
    unit: str = ""
    decimals: int = 0
    curve: str = (
        "even"  # how the slider's way is shared out: "even", "square" (fine near 0) or "ratio" (1 in the middle)
    )


NUMBERS: dict[type[Adjustment], tuple[Number, ...]] = {
    HueSaturation: (
        Number("hue", "Hue", -180, 180, 0, "°"),
        Number("saturation", "Saturation", -100, 100, 0, "%"),
        Number("lightness", "Lightness", -100, 100, 0, "%"),
    ),
    BrightnessContrast: (
        Number("brightness", "Brightness", -100, 100, 0, "%"),
        Number("contrast", "Contrast", -100, 100, 0, "%"),
    ),
    Blur: (Number("radius", "Radius", 0, MAX_BLUR_PX, 8, "px", 1, "square"),),
    Posterise: (Number("steps", "Steps", 2, 64, 4),),
    Threshold: (Number("level", "Level", 0, 255, 128),),
}
LEVELS_NUMBERS = (
    Number("black", "Black", 0, 255, 0),
    Number("gamma", "Middle", 0.1, 10, 1, "", 2, "ratio"),
    Number("white", "White", 0, 255, 255),
    Number("out_black", "Darkest", 0, 255, 0),
    Number("out_white", "Lightest", 0, 255, 255),
)


class NumberRows(QWidget):
    """`changed(name, value)` when a person changes one of the numbers; whole numbers come as int."""

    changed = Signal(str, object)

    def __init__(self, numbers: tuple[Number, ...]) -> None:
        super().__init__()
        self._numbers = {number.name: number for number in numbers}
        self.sliders: dict[str, MarkedSlider] = {}
        self.fields: dict[str, NumberField] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        for row, number in enumerate(numbers):
            title = QCoreApplication.translate("Adjustment", number.title)
            slider = MarkedSlider(0, _SLIDER_STEPS, default=to_slider(number, number.default))
            slider.setAccessibleName(title)
            field = NumberField(
                number.low, number.high, default=number.default, decimals=number.decimals, unit=number.unit
            )
            field.setFixedWidth(72)
            grid.addWidget(label(title, "muted", buddy=field), row, 0)
            grid.addWidget(slider, row, 1)
            grid.addWidget(field, row, 2)
            self.sliders[number.name], self.fields[number.name] = slider, field
            slider.valueChanged.connect(self._teller(number, partial(from_slider, number)))
            field.valueChanged.connect(self._teller(number, float))

        grid.setRowStretch(len(numbers), 1)  # what a tall panel has left goes below, not between

    def show_values(self, values: dict[str, float]) -> None:
        """Show these numbers; nothing is emitted."""
        for name, value in values.items():
            for control, shown in (
                (self.sliders[name], to_slider(self._numbers[name], value)),
                (self.fields[name], value),
            ):
                was_blocked = control.blockSignals(True)
                if not (isinstance(control, MarkedSlider) and control.isSliderDown()):
                    control.setValue(shown)  # type: ignore[arg-type]
                control.blockSignals(was_blocked)

    def _teller(self, number: Number, value_of: Callable[[float], float]) -> Callable[[float], None]:
        def tell(raw: float) -> None:
            value = value_of(raw)
            rounded = round(value) if number.decimals == 0 else round(value, number.decimals)
            self.changed.emit(number.name, rounded)

        return tell


def to_slider(number: Number, value: float) -> int:
    """Where on the slider (0..1000) a value is."""
    span = number.high - number.low
    if number.curve == "square":
        share = math.sqrt((value - number.low) / span)
    elif number.curve == "ratio":
        share = math.log(value / number.low) / math.log(number.high / number.low)
    else:
        share = (value - number.low) / span
    return round(share * _SLIDER_STEPS)


def from_slider(number: Number, at: float) -> float:
    """The inverse of `to_slider`."""
    share, span = at / _SLIDER_STEPS, number.high - number.low
    if number.curve == "square":
        return number.low + share * share * span
    if number.curve == "ratio":
        return float(number.low * (number.high / number.low) ** share)
    return number.low + share * span
