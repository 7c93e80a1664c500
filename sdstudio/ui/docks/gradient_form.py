"""The controls of a gradient fill layer: colours, shape and direction."""

from __future__ import annotations

import math
from dataclasses import replace

import msgspec
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout

from sdstudio.raster.fills import GradientFill, GradientStop
from sdstudio.raster.geometry import Extent
from sdstudio.raster.gradient import Ramp, Shape
from sdstudio.ui.docks.adjustment_fields import Number, NumberRows
from sdstudio.ui.docks.adjustment_forms import Form
from sdstudio.ui.editor import Editor
from sdstudio.ui.widgets.color_wheel import ColorWheel
from sdstudio.ui.widgets.labels import label
from sdstudio.ui.widgets.ramp_bar import RampBar

_SHAPES: tuple[Shape, ...] = ("linear", "reflected", "radial", "angle", "diamond")
_NUMBERS = (
    Number("opacity", "Stop opacity", 0, 100, 100, "%"),
    Number("angle", "Direction", -180, 180, 90, "°"),
    Number("size", "Size", 1, 200, 100, "%"),
)


class GradientForm(Form):
    def __init__(self, editor: Editor) -> None:
        super().__init__()
        self._editor = editor
        self._value = default_gradient(editor.foreground, editor.background, editor.document.extent)
        self.bar = RampBar(self._value.ramp, lambda ramp: ramp)
        self.wheel = ColorWheel()
        self.rows = NumberRows(_NUMBERS)
        self.shape = QComboBox()
        titles = (self.tr("Linear"), self.tr("Reflected"), self.tr("Radial"), self.tr("Angle"), self.tr("Diamond"))
        for shape, title in zip(_SHAPES, titles, strict=True):
            self.shape.addItem(title, shape)
        self.shape.setAccessibleName(self.tr("Shape of the gradient"))
        self.reverse = QCheckBox(self.tr("Reverse"))
        self.reverse.setToolTip(self.tr("Begins with the last colour"))
        self._arrange()
        self.bar.changed.connect(lambda ramp: self._set(self._value.with_ramp(ramp)))
        self.bar.chosen.connect(lambda _index: self._show_stop())
        self.wheel.picked.connect(self._on_picked)
        self.rows.changed.connect(self._on_number_changed)
        self.shape.activated.connect(lambda _index: self._set_placed(shape=self.shape.currentData()))
        self.reverse.clicked.connect(lambda on: self._set(msgspec.structs.replace(self._value, reverse=on)))

    def _arrange(self) -> None:
        line = QHBoxLayout()
        line.addWidget(label(self.tr("Shape"), "muted", buddy=self.shape))
        line.addWidget(self.shape, 1)
        line.addWidget(self.reverse)
        self.column.addWidget(self.bar)
        self.column.addWidget(self.wheel, 1)
        self.column.addWidget(self.rows)
        self.column.addLayout(line)

    def show_value(self, value: GradientFill) -> None:
        self._value = value
        if self.bar.ramp != value.ramp:
            self.bar.set_ramp(value.ramp)
        self.shape.setCurrentIndex(_SHAPES.index(value.shape))
        self.reverse.setChecked(value.reverse)
        angle, size = direction_of(value, self._editor.document.extent)
        self.rows.show_values({"angle": angle, "size": size})
        self._show_stop()

    def _show_stop(self) -> None:
        stop = self.bar.stop
        if self.wheel.color.name() != stop.color:
            self.wheel.set_color(QColor(stop.color))
        self.rows.show_values({"opacity": stop.opacity * 100})

    def _on_picked(self, color: QColor) -> None:
        self._set_stop(color=color.name())

    def _on_number_changed(self, name: str, number: float) -> None:
        if name == "opacity":
            self._set_stop(opacity=number / 100)
        elif name == "angle":
            self._set_placed(angle=number)
        else:
            self._set_placed(size=number)

    def _set_stop(self, **changes: object) -> None:
        stops = list(self.bar.ramp.stops)
        stops[self.bar.index] = replace(stops[self.bar.index], **changes)  # type: ignore[arg-type]
        self.bar.set_stop(stops[self.bar.index])
        self._set(self._value.with_ramp(Ramp(tuple(stops))))

    def _set_placed(self, shape: Shape | None = None, angle: float | None = None, size: float | None = None) -> None:
        extent = self._editor.document.extent
        old_angle, old_size = direction_of(self._value, extent)
        wanted = self._value if shape is None else msgspec.structs.replace(self._value, shape=shape)
        self._set(placed(wanted, extent, old_angle if angle is None else angle, old_size if size is None else size))

    def _set(self, value: GradientFill) -> None:
        if value != self._value:
            self._value = value
            self.changed.emit(value)


def default_gradient(first: QColor, last: QColor, extent: Extent) -> GradientFill:
    """From the top of the canvas to its bottom."""
    stops = (GradientStop(0.0, first.name(), first.alphaF()), GradientStop(1.0, last.name(), last.alphaF()))
    return placed(GradientFill(stops, (0.0, 0.0), (0.0, 1.0)), extent, 90.0, 100.0)


def placed(fill: GradientFill, extent: Extent, angle: float, size: float) -> GradientFill:
    """The gradient over the whole canvas; `angle` in degrees (0 to the right, 90 down), `size` in per cent of it."""
    turn = math.radians(angle)
    reach = (abs(math.cos(turn)) * extent.width + abs(math.sin(turn)) * extent.height) / 2 * size / 100
    middle = (extent.width / 2, extent.height / 2)
    there = (middle[0] + reach * math.cos(turn), middle[1] + reach * math.sin(turn))
    back = (2 * middle[0] - there[0], 2 * middle[1] - there[1])
    return msgspec.structs.replace(fill, start=back if fill.shape == "linear" else middle, end=there)


def direction_of(fill: GradientFill, extent: Extent) -> tuple[float, float]:
    """The angle and the size that `placed` would have been given."""
    dx, dy = fill.end[0] - fill.start[0], fill.end[1] - fill.start[1]
    turn = math.atan2(dy, dx)
    whole = abs(math.cos(turn)) * extent.width + abs(math.sin(turn)) * extent.height
    length = math.hypot(dx, dy) * (1 if fill.shape == "linear" else 2)
    return round(math.degrees(turn), 3), min(max(length / max(whole, 1) * 100, 1.0), 200.0)
