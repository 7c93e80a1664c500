"""The numbers and buttons of what a tool is doing at the moment, in the bar above the canvas."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, SignalInstance
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from sdstudio.errors import StudioError
from sdstudio.ui import theme, tokens
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.option import LIVE, Live
from sdstudio.ui.tools.tool import Tool
from sdstudio.ui.widgets.labels import label
from sdstudio.ui.widgets.number import NumberField

_NUMBER_WIDTH = 84


class LiveFields(QWidget):
    """`typed` is emitted when Return ends a number."""

    def __init__(self, tool: Tool, editor: Editor, typed: SignalInstance) -> None:
        super().__init__()
        self._editor, self._typed = editor, typed
        self._refreshers: list[Callable[[], None]] = []
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for live in tool.live:
            if live.icon:
                row.addWidget(self._button(live))
            else:
                number = self._number(live)
                row.addWidget(label(live.label, "muted", buddy=number))
                row.addWidget(number)
                row.addSpacing(4)
        editor.option_changed.connect(self._on_option_changed)
        self._on_option_changed(LIVE)

    def _number(self, live: Live) -> NumberField:
        low, high = live.range
        field = NumberField(low, high, default=live.read() or 0.0, decimals=live.decimals, unit=live.unit)
        field.setFixedWidth(_NUMBER_WIDTH)
        field.setAccessibleName(live.label)
        field.setToolTip(live.help)
        field.valueChanged.connect(lambda value: self._attempt(lambda: live.write(value)))
        field.lineEdit().returnPressed.connect(self._typed)

        def refresh() -> None:
            value = live.read()
            field.setEnabled(value is not None)
            was_blocked = field.blockSignals(True)
            field.setValue(value or 0.0)
            field.default = field.value()
            field.blockSignals(was_blocked)

        self._refreshers.append(refresh)
        return field

    def _button(self, live: Live) -> QToolButton:
        button = QToolButton()
        button.setIcon(theme.icon(live.icon, on_role="on_accent"))
        button.setIconSize(QSize(tokens.ICON_SIZE, tokens.ICON_SIZE))
        button.setText(live.label)
        style = Qt.ToolButtonStyle
        button.setToolButtonStyle(style.ToolButtonTextBesideIcon if live.shows_label else style.ToolButtonIconOnly)
        button.setAccessibleName(live.label)
        button.setToolTip(live.help or live.label)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(lambda: self._attempt(lambda: live.write(1.0)))
        self._refreshers.append(lambda: button.setEnabled(bool(live.read())))
        return button

    def _attempt(self, change: Callable[[], None]) -> None:
        """What a tool refuses becomes a sentence, and the numbers are true again."""
        try:
            change()
        except StudioError as error:
            self._editor.message.emit(error.message)
        self._on_option_changed(LIVE)

    def _on_option_changed(self, key: str) -> None:
        if key == LIVE:
            for refresh in self._refreshers:
                refresh()
