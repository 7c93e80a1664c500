"""The numbers and buttons of what a tool is doing at the moment, in the bar above the canvas."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

from PySide6.QtCore import QObject, QSize, Qt, SignalInstance
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QWidget

from sdstudio.errors import StudioError
from sdstudio.ui import theme, tokens
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.option import LIVE, Live
from sdstudio.ui.tools.tool import Tool
from sdstudio.ui.widgets.labels import label
from sdstudio.ui.widgets.number import NumberField

_NUMBER_WIDTH = 76


class LiveFields(QObject):
    """Makes fields and keeps them true until `clear`. `typed` is emitted when Return ends a number."""

    def __init__(self, editor: Editor, parent: QObject, typed: SignalInstance) -> None:
        super().__init__(parent)
        self._editor, self._typed = editor, typed
        self._refreshers: list[Callable[[], None]] = []
        editor.option_changed.connect(self._on_option_changed)

    def clear(self) -> None:
        """The fields made so far are gone or going."""
        self._refreshers.clear()

    def make(self, tool: Tool) -> list[QWidget]:
        """Each number by itself, and buttons that stand beside each other together."""
        made: list[QWidget] = []
        for is_button, lives in groupby(tool.live, key=lambda live: bool(live.icon)):
            if is_button:
                made.append(_row([self._button(live) for live in lives]))
            else:
                made += [self._labelled(live) for live in lives]
        self._on_option_changed(LIVE)
        return made

    def _labelled(self, live: Live) -> QWidget:
        number = self._number(live)
        return _row([label(live.label, "muted", buddy=number), number])

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
            field.setSpecialValueText("–" if value is None else "")  # stands for the lowest value
            field.setValue(low if value is None else value)
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


def _row(widgets: Sequence[QWidget]) -> QWidget:
    group = QWidget()
    row = QHBoxLayout(group)
    row.setContentsMargins(0, 0, 8, 0)
    row.setSpacing(4)
    for widget in widgets:
        row.addWidget(widget)
    group.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
    return group
