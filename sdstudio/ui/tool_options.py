"""The bar above the canvas: the settings of the tool in the hand, made from `Tool.options`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QSizePolicy, QToolBar, QWidget

from sdstudio.ui.editor import Editor
from sdstudio.ui.live_fields import LiveFields
from sdstudio.ui.tools.option import Option
from sdstudio.ui.tools.toolbox import Toolbox
from sdstudio.ui.widgets.labels import IconLabel, label
from sdstudio.ui.widgets.number import NumberField
from sdstudio.ui.widgets.slider import MarkedSlider

_SLIDER_STEPS = 1000
_HEIGHT = 40


class ToolOptions(QToolBar):
    """Shows the options of the active tool and keeps them equal to the editor's values.

    `typed` when a number was typed to its end, so that keys belong to the canvas again.
    """

    typed = Signal()

    def __init__(self, toolbox: Toolbox, editor: Editor) -> None:
        super().__init__()
        self._toolbox, self._editor = toolbox, editor
        self._refreshers: dict[str, Callable[[], None]] = {}
        self.setObjectName("toolOptions")
        self.setWindowTitle(self.tr("Tool options"))
        self.setMovable(False)
        self.setFixedHeight(_HEIGHT)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        toolbox.tool_changed.connect(self._on_tool_changed)
        editor.option_changed.connect(self._on_option_changed)
        self._on_tool_changed()

    def _on_tool_changed(self) -> None:
        self.clear()
        self._refreshers.clear()
        tool = self._toolbox.active
        self.addWidget(self._title(tool.label, tool.icon))
        for option in tool.options:
            field = self._field(option)
            field.setToolTip(option.help)
            self.addWidget(field)
            self._refreshers[option.key]()
        if tool.live:
            self.addWidget(LiveFields(tool, self._editor, self.typed))
        if not tool.options and not tool.live:
            self.addWidget(label(tool.hint, "muted"))

    def _on_option_changed(self, key: str) -> None:
        if key in self._refreshers:
            self._refreshers[key]()

    def _title(self, text: str, icon: str) -> QWidget:
        title = QWidget()
        row = QHBoxLayout(title)
        row.setContentsMargins(4, 0, 16, 0)
        row.setSpacing(8)
        row.addWidget(IconLabel(icon, "muted", 16))
        row.addWidget(label(text, "heading"))
        return title

    def _field(self, option: Option) -> QWidget:
        match option.kind:
            case "slider":
                return self._slider(option)
            case "number":
                return self._number(option)
            case "toggle":
                return self._toggle(option)
            case "choice":
                return self._choice(option)

    def _number(self, option: Option) -> QWidget:
        low, high = option.range
        number = NumberField(low, high, default=self._editor.value(option.key), unit=option.unit)
        number.setFixedWidth(64)
        number.setAccessibleName(option.label)
        number.valueChanged.connect(lambda value: self._editor.set_value(option.key, value))

        def refresh() -> None:
            was_blocked = number.blockSignals(True)
            number.setValue(self._editor.value(option.key))
            number.blockSignals(was_blocked)

        self._refreshers[option.key] = refresh
        return _in_a_row(label(option.label, "muted", buddy=number), number)

    def _slider(self, option: Option) -> QWidget:
        low, high = option.range
        decimals = 1 if high - low <= 10 else 0
        number = NumberField(low, high, default=self._editor.value(option.key), decimals=decimals, unit=option.unit)
        number.setFixedWidth(72)
        number.setAccessibleName(option.label)
        scale = _Scale(option)
        slider = MarkedSlider(0, _SLIDER_STEPS, default=scale.position(number.default))
        slider.setAccessibleName(option.label)
        slider.setFixedWidth(72)
        slider.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the number is the one to reach with Tab
        number.valueChanged.connect(lambda value: self._editor.set_value(option.key, value))
        slider.valueChanged.connect(lambda position: self._editor.set_value(option.key, scale.value(position)))

        def refresh() -> None:
            value = self._editor.value(option.key)
            for field, shown in ((number, value), (slider, scale.position(value))):
                was_blocked = field.blockSignals(True)
                field.setValue(shown)
                field.blockSignals(was_blocked)
            slider.update()

        self._refreshers[option.key] = refresh
        return _in_a_row(label(option.label, "muted", buddy=number), slider, number)

    def _toggle(self, option: Option) -> QWidget:
        box = QCheckBox(option.label)
        box.toggled.connect(lambda is_on: self._editor.set_value(option.key, is_on))
        self._refreshers[option.key] = lambda: box.setChecked(bool(self._editor.value(option.key)))
        return _in_a_row(box)

    def _choice(self, option: Option) -> QWidget:
        box = QComboBox()
        for value, text in option.choices:
            box.addItem(text, value)
        box.activated.connect(lambda index: self._editor.set_value(option.key, box.itemData(index)))
        self._refreshers[option.key] = lambda: box.setCurrentIndex(box.findData(self._editor.value(option.key)))
        return _in_a_row(label(option.label, "muted", buddy=box), box)


class _Scale:
    """Between an option's value and the slider's position, with fine steps at the low end when it is logarithmic."""

    def __init__(self, option: Option) -> None:
        self._low, self._high = option.range
        self._is_logarithmic = option.logarithmic and self._low > 0

    def position(self, value: float) -> int:
        value = min(max(value, self._low), self._high)
        if self._is_logarithmic:
            share = math.log(value / self._low) / math.log(self._high / self._low)
        else:
            share = (value - self._low) / (self._high - self._low)
        return round(share * _SLIDER_STEPS)

    def value(self, position: int) -> float:
        share = position / _SLIDER_STEPS
        if self._is_logarithmic:
            return float(round(self._low * (self._high / self._low) ** share))
        return float(round(self._low + share * (self._high - self._low)))


def _in_a_row(*parts: Any) -> QWidget:
    group = QWidget()
    row = QHBoxLayout(group)
    row.setContentsMargins(0, 0, 12, 0)
    row.setSpacing(8)
    for part in parts:
        row.addWidget(part)
    group.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
    return group
