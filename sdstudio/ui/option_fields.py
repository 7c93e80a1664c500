"""The fields by which a person sets an `Option`: slider and number, check box, choice. They stay equal to the editor's
values. Must not know where the fields stand.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QFont, QFontInfo
from PySide6.QtWidgets import QCheckBox, QComboBox, QFontComboBox, QHBoxLayout, QLabel, QSizePolicy, QWidget

from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.option import Option
from sdstudio.ui.widgets.labels import label
from sdstudio.ui.widgets.number import NumberField
from sdstudio.ui.widgets.ramp_button import RampButton
from sdstudio.ui.widgets.slider import MarkedSlider

_SLIDER_STEPS = 1000
_FONT_WIDTH = 180
_NUMBER_WIDTH = 72
_SHORT_WIDTH = 64  # of a number without a slider


class OptionFields(QObject):
    """Makes fields and keeps them true until `clear`."""

    def __init__(self, editor: Editor, parent: QObject, *, slider_width: int = 0) -> None:
        """Sliders are of `slider_width` pixels; 0 lets them take what room there is."""
        super().__init__(parent)
        self._editor = editor
        self._slider_width = slider_width
        self._refreshers: dict[str, Callable[[], None]] = {}
        editor.option_changed.connect(self._on_option_changed)

    def clear(self) -> None:
        """The fields made so far are gone or going."""
        self._refreshers.clear()

    def in_a_row(self, option: Option) -> QWidget:
        """Label and field beside each other."""
        name, field = self.make(option)
        group = QWidget()
        row = QHBoxLayout(group)
        row.setContentsMargins(0, 0, 12, 0)
        row.setSpacing(8)
        for part in (name, field):
            if part is not None:
                row.addWidget(part)
        group.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        group.setToolTip(option.help)
        return group

    def make(self, option: Option) -> tuple[QLabel | None, QWidget]:
        """The label, unless the field says its name itself, and the field."""
        made: tuple[QLabel | None, QWidget]
        match option.kind:
            case "slider":
                made = self._slider(option)
            case "number":
                made = self._number(option)
            case "toggle":
                made = self._toggle(option)
            case "choice":
                made = self._choice(option)
            case "ramp":
                made = self._ramp(option)
            case "font":
                made = self._font(option)
        for part in made:
            if part is not None:
                part.setToolTip(option.help)
        self._refreshers[option.key]()
        return made

    def _on_option_changed(self, key: str) -> None:
        if key in self._refreshers:
            self._refreshers[key]()

    def _number(self, option: Option) -> tuple[QLabel, QWidget]:
        low, high = option.range
        number = NumberField(low, high, default=self._editor.value(option.key), unit=option.unit)
        number.setFixedWidth(_SHORT_WIDTH)
        number.setAccessibleName(option.label)
        number.valueChanged.connect(lambda value: self._editor.set_value(option.key, value))

        def refresh() -> None:
            was_blocked = number.blockSignals(True)
            number.setValue(self._editor.value(option.key))
            number.blockSignals(was_blocked)

        self._refreshers[option.key] = refresh
        return label(option.label, "muted", buddy=number), number

    def _slider(self, option: Option) -> tuple[QLabel, QWidget]:
        low, high = option.range
        decimals = 1 if high - low <= 10 else 0
        number = NumberField(low, high, default=self._editor.value(option.key), decimals=decimals, unit=option.unit)
        number.setFixedWidth(_NUMBER_WIDTH)
        number.setAccessibleName(option.label)
        scale = _Scale(option)
        slider = MarkedSlider(0, _SLIDER_STEPS, default=scale.position(number.default))
        slider.setAccessibleName(option.label)
        if self._slider_width:
            slider.setFixedWidth(self._slider_width)
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
        both = QWidget()
        row = QHBoxLayout(both)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(slider, 1)
        row.addWidget(number)
        return label(option.label, "muted", buddy=number), both

    def _toggle(self, option: Option) -> tuple[None, QWidget]:
        box = QCheckBox(option.label)
        box.toggled.connect(lambda is_on: self._editor.set_value(option.key, is_on))
        self._refreshers[option.key] = lambda: box.setChecked(bool(self._editor.value(option.key)))
        return None, box

    def _choice(self, option: Option) -> tuple[QLabel | None, QWidget]:
        box = QComboBox()
        for value, text in option.choices:
            box.addItem(text, value)
        box.activated.connect(lambda index: self._editor.set_value(option.key, box.itemData(index)))
        self._refreshers[option.key] = lambda: box.setCurrentIndex(box.findData(self._editor.value(option.key)))
        if not option.label:
            box.setAccessibleName(option.help)
            return None, box
        return label(option.label, "muted", buddy=box), box

    def _font(self, option: Option) -> tuple[None, QWidget]:
        box = QFontComboBox()
        box.setEditable(False)
        box.setFontFilters(QFontComboBox.FontFilter.ScalableFonts)
        box.setMaximumWidth(_FONT_WIDTH)
        box.setAccessibleName(option.help)
        box.activated.connect(lambda _index: self._editor.set_value(option.key, box.currentFont().family()))

        def refresh() -> None:
            family = self._editor.value(option.key) or QFontInfo(QFont()).family()  # none: that of the window
            box.setCurrentFont(QFont(family))

        self._refreshers[option.key] = refresh
        return None, box

    def _ramp(self, option: Option) -> tuple[QLabel, QWidget]:
        button = RampButton(self._editor, option.key, option.label)
        self._refreshers[option.key] = button.update
        return label(option.label, "muted", buddy=button), button


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
