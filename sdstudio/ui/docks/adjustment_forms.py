"""The controls for each kind of adjustment and for fills. A form shows a value and tells of another one."""

from __future__ import annotations

from typing import Any

import msgspec
from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from sdstudio.raster.adjustments import CHANNELS, STRAIGHT, Adjustment, Curves, Levels
from sdstudio.raster.fills import SolidFill
from sdstudio.ui.docks.adjustment_fields import LEVELS_NUMBERS, NUMBERS, Number, NumberRows
from sdstudio.ui.docks.histogram import Histogram
from sdstudio.ui.editor import Editor
from sdstudio.ui.widgets.color_wheel import ColorWheel
from sdstudio.ui.widgets.curve import CurveEditor
from sdstudio.ui.widgets.labels import label

translate = QCoreApplication.translate
_OPACITY = Number("opacity", "Opacity", 0, 100, 100, "%")


class Form(QWidget):
    """`changed(value)` when a person sets something else."""

    changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.histogram: Histogram | None = None
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(8)

    def show_value(self, value: Any) -> None:
        """Show the adjustment or fill; nothing is emitted."""


class NumbersForm(Form):
    """For adjustments that are only numbers, or nothing at all."""

    def __init__(self, kind: type[Adjustment]) -> None:
        super().__init__()
        self._value: Adjustment = kind()
        self.rows = NumberRows(NUMBERS.get(kind, ()))
        self.rows.changed.connect(self._on_changed)
        self.column.addWidget(self.rows)
        if kind not in NUMBERS:
            self.column.addWidget(label(self.tr("There is nothing to set here."), "muted"))

    def show_value(self, value: Adjustment) -> None:
        self._value = value
        names = [number.name for number in NUMBERS.get(type(value), ())]
        self.rows.show_values({name: getattr(value, name) for name in names})

    def _on_changed(self, name: str, number: float) -> None:
        self._value = msgspec.structs.replace(self._value, **{name: number})
        self.changed.emit(self._value)


class _ChannelForm(Form):
    """A choice of channel above what is set for it."""

    def __init__(self) -> None:
        super().__init__()
        self.channel = QComboBox()
        titles = (self.tr("All channels"), self.tr("Red"), self.tr("Green"), self.tr("Blue"))
        for name, title in zip(CHANNELS, titles, strict=True):
            self.channel.addItem(title, name)
        self.channel.setAccessibleName(self.tr("Channel"))
        self.channel.setToolTip(self.tr("Which colour channel is set below"))
        self.column.addWidget(self.channel)
        self.histogram = Histogram()
        self.channel.currentIndexChanged.connect(self._on_channel_chosen)

    @property
    def _channel(self) -> str:
        return str(self.channel.currentData())

    def _on_channel_chosen(self) -> None:
        assert self.histogram is not None
        self.histogram.show_channel(self._channel)
        self._show_channel()

    def _show_channel(self) -> None:
        raise NotImplementedError


class LevelsForm(_ChannelForm):
    def __init__(self) -> None:
        super().__init__()
        assert self.histogram is not None
        self._value = Levels()
        self.rows = NumberRows(LEVELS_NUMBERS)
        self.rows.changed.connect(self._on_changed)
        self.column.addWidget(self.histogram)
        self.column.addWidget(self.rows)

    def show_value(self, value: Levels) -> None:
        self._value = value
        self._show_channel()

    def _show_channel(self) -> None:
        part = getattr(self._value, self._channel)
        self.rows.show_values({number.name: getattr(part, number.name) for number in LEVELS_NUMBERS})

    def _on_changed(self, name: str, number: float) -> None:
        part = msgspec.structs.replace(getattr(self._value, self._channel), **{name: number})
        self._value = msgspec.structs.replace(self._value, **{self._channel: part})
        self.changed.emit(self._value)


class CurvesForm(_ChannelForm):
    def __init__(self) -> None:
        super().__init__()
        assert self.histogram is not None
        self._value = Curves()
        self.curve = CurveEditor(self.tr("Curve: from the old brightness to the new one"))
        self.curve.changed.connect(self._on_changed)
        self.column.addWidget(self.histogram)
        self.column.addWidget(self.curve, 1)

    def show_value(self, value: Curves) -> None:
        self._value = value
        self._show_channel()

    def _show_channel(self) -> None:
        points = getattr(self._value, self._channel)
        if _in_bytes(self.curve.points) != points:
            self.curve.set_points(tuple((x / 255, y / 255) for x, y in points))

    def _on_changed(self, points: tuple[tuple[float, float], ...]) -> None:
        self._value = msgspec.structs.replace(self._value, **{self._channel: _in_bytes(points) or STRAIGHT})
        self.changed.emit(self._value)


class FillForm(Form):
    """The colour of a fill layer."""

    def __init__(self, editor: Editor) -> None:
        super().__init__()
        self._color = QColor("black")
        self.wheel = ColorWheel()
        self.rows = NumberRows((_OPACITY,))
        take = QPushButton(self.tr("Use the foreground colour"))
        take.setToolTip(self.tr("Fills the layer with the colour you paint with"))
        take.setAutoDefault(False)
        self.column.addWidget(self.wheel, 1)
        self.column.addWidget(self.rows)
        line = QHBoxLayout()
        line.addWidget(take)
        line.addStretch(1)
        self.column.addLayout(line)
        self.wheel.picked.connect(self._on_picked)
        self.rows.changed.connect(self._on_opacity_changed)
        take.clicked.connect(lambda: self._on_picked(editor.foreground))

    def show_value(self, value: SolidFill) -> None:
        self._color = QColor(value.color)
        if self.wheel.color.rgb() != QColor(self._color.rgb()).rgb():
            self.wheel.set_color(QColor(self._color.rgb()))
        self.rows.show_values({"opacity": self._color.alphaF() * 100})

    def _on_picked(self, color: QColor) -> None:
        alpha = self._color.alpha()
        self._color = QColor(color.red(), color.green(), color.blue(), alpha)
        self.changed.emit(SolidFill.of(self._color))

    def _on_opacity_changed(self, _name: str, percent: float) -> None:
        self._color.setAlphaF(percent / 100)
        self.changed.emit(SolidFill.of(self._color))


def form_for(kind: type[Adjustment]) -> Form:
    """The controls for a kind of adjustment."""
    if kind is Levels:
        return LevelsForm()
    return CurvesForm() if kind is Curves else NumbersForm(kind)


def _in_bytes(points: tuple[tuple[float, float], ...]) -> tuple[tuple[int, int], ...]:
    return tuple((round(x * 255), round(y * 255)) for x, y in points)
