"""Three sliders with numbers for one colour, in RGB, HSV or OKLCh."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QGridLayout, QWidget

from sdstudio.raster import colour
from sdstudio.raster.colour import Colors
from sdstudio.ui.widgets.gradient_slider import GradientSlider
from sdstudio.ui.widgets.labels import label
from sdstudio.ui.widgets.number import NumberField

translate = QCoreApplication.translate
_STOPS = 25  # colours along a track


@dataclass(frozen=True)
class Channel:
    """`letter` stands before the slider; `shown` is what the number says at the end of the track."""

    letter: str
    name: str
    most: float  # in the unit of `raster.colour`
    shown: float
    unit: str = ""
    decimals: int = 0


@dataclass(frozen=True)
class Space:
    """How a colour is taken apart. `to_rgb` may leave 0..1 where sRGB ends; `fit` brings values back inside."""

    title: str
    channels: tuple[Channel, Channel, Channel]
    of_rgb: Callable[[Colors], Colors]
    to_rgb: Callable[[Colors], Colors]
    fit: Callable[[Colors], Colors]


def spaces() -> dict[str, Space]:
    """The spaces by id, in the order in which they are offered."""
    hue = Channel("H", translate("ColorSliders", "Hue"), 360.0, 360.0, "°")
    rgb = (
        Channel("R", translate("ColorSliders", "Red"), 1.0, 255.0),
        Channel("G", translate("ColorSliders", "Green"), 1.0, 255.0),
        Channel("B", translate("ColorSliders", "Blue"), 1.0, 255.0),
    )
    hsv = (
        hue,
        Channel("S", translate("ColorSliders", "Saturation"), 1.0, 100.0, "%"),
        Channel("V", translate("ColorSliders", "Value"), 1.0, 100.0, "%"),
    )
    lch = (
        Channel("L", translate("ColorSliders", "Lightness"), 1.0, 100.0, "%", 1),
        Channel("C", translate("ColorSliders", "Chroma"), colour.MAX_CHROMA, colour.MAX_CHROMA, "", 3),
        hue,
    )
    return {
        "rgb": Space("RGB", rgb, _same, _same, _same),
        "hsv": Space("HSV", hsv, colour.hsv_of_rgb, colour.rgb_of_hsv, _same),
        "oklch": Space("OKLCh", lch, colour.oklch_of_rgb, colour.rgb_of_oklch, colour.into_gamut),
    }


class ColorSliders(QWidget):
    """`picked(QColor)` while a person drags. Keeps the values that a colour of 8 bits forgets, such as a grey's hue."""

    picked = Signal(QColor)

    def __init__(self, space: Space) -> None:
        super().__init__()
        self._space = space
        self._values: Colors = np.zeros(3)
        self._sliders: list[GradientSlider] = []
        self._numbers: list[NumberField] = []
        self._warning = label("", "small")
        self._warning.setParent(self)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(2)
        for row, channel in enumerate(space.channels):
            self._add(grid, row, channel)
        if space.fit is not _same:
            self._warning.setText(self.tr("Hatched: not in sRGB, shown with less chroma"))
            policy = self._warning.sizePolicy()
            policy.setRetainSizeWhenHidden(True)  # nothing jumps when it comes
            self._warning.setSizePolicy(policy)
            grid.addWidget(self._warning, 3, 0, 1, 3)
        self._warning.setVisible(False)
        grid.setColumnStretch(1, 1)
        self._refresh()

    @property
    def color(self) -> QColor:
        red, green, blue = colour.bytes_of(self._space.to_rgb(self._space.fit(self._values))).tolist()
        return QColor(red, green, blue)

    def set_color(self, color: QColor) -> None:
        if color.rgb() == self.color.rgb():
            return
        values = self._space.of_rgb(np.array([color.redF(), color.greenF(), color.blueF()]))
        for index, channel in enumerate(self._space.channels):
            if channel.letter == "H" and self._is_grey(values):
                values[index] = self._values[index]
        self._values = values
        self._refresh()

    def _is_grey(self, values: Colors) -> bool:
        """The first two spaces say so by saturation or chroma 0; black has neither."""
        letters = [channel.letter for channel in self._space.channels]
        amount = "S" if "S" in letters else "C"
        return bool(values[letters.index(amount)] < 1e-3)

    def _add(self, grid: QGridLayout, row: int, channel: Channel) -> None:
        slider = GradientSlider(channel.name)
        number = NumberField(
            0, channel.shown, default=0, decimals=channel.decimals, step=channel.shown / 100, unit=channel.unit
        )
        if channel.decimals == 0:
            number.setSingleStep(1)
        number.setFixedWidth(68)
        slider.setToolTip(channel.name)
        number.setToolTip(channel.name)
        slider.moved.connect(lambda share: self._set(row, share * channel.most))
        number.valueChanged.connect(lambda shown: self._set(row, shown / channel.shown * channel.most))
        name = label(channel.letter, "muted", buddy=number)
        number.setAccessibleName(channel.name)
        grid.addWidget(name, row, 0)
        grid.addWidget(slider, row, 1)
        grid.addWidget(number, row, 2)
        self._sliders.append(slider)
        self._numbers.append(number)

    def _set(self, index: int, value: float) -> None:
        self._values = self._values.copy()
        self._values[index] = value
        self._refresh()
        self.picked.emit(self.color)

    def _refresh(self) -> None:
        for index, channel in enumerate(self._space.channels):
            share = self._values[index] / channel.most
            self._sliders[index].set_value(float(share))
            number = self._numbers[index]
            was_blocked = number.blockSignals(True)
            number.setValue(float(share) * channel.shown)
            number.blockSignals(was_blocked)
            self._show_ramp(index, channel)
        if self._space.fit is not _same:
            self._warning.setVisible(not bool(colour.in_gamut(self._space.to_rgb(self._values))))

    def _show_ramp(self, index: int, channel: Channel) -> None:
        """What each value of this channel would give while the other two stay."""
        along = np.tile(self._values, (_STOPS, 1))
        along[:, index] = np.linspace(0, channel.most, _STOPS)
        possible = colour.in_gamut(self._space.to_rgb(along))
        shown = colour.bytes_of(self._space.to_rgb(self._space.fit(along))).tolist()
        self._sliders[index].set_ramp([QColor(*color) for color in shown], possible.tolist())


def _same(values: Colors) -> Colors:
    return values
