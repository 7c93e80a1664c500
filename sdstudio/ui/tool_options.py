"""The bar above the canvas: the settings of the tool in the hand, made from `Tool.options`."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QToolBar, QWidget

from sdstudio.ui.cards.card import explained
from sdstudio.ui.editor import Editor
from sdstudio.ui.live_fields import LiveFields
from sdstudio.ui.option_fields import OptionFields
from sdstudio.ui.tools.toolbox import Toolbox
from sdstudio.ui.widgets.labels import ElidedLabel, IconLabel, label
from sdstudio.ui.widgets.overflow_bar import OverflowBar

_HEIGHT = 40
_SLIDER_WIDTH = 72


class ToolOptions(QToolBar):
    """Shows the options of the active tool and keeps them equal to the editor's values.

    `typed` when a number was typed to its end, so that keys belong to the canvas again.
    """

    typed = Signal()

    def __init__(self, toolbox: Toolbox, editor: Editor) -> None:
        super().__init__()
        self._toolbox, self._editor = toolbox, editor
        self._fields = OptionFields(editor, self, slider_width=_SLIDER_WIDTH)
        self._live_fields = LiveFields(editor, self, self.typed)
        self.setObjectName("toolOptions")
        self.setWindowTitle(self.tr("Tool options"))
        self.setMovable(False)
        self.setFixedHeight(_HEIGHT)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self._bar = OverflowBar()
        self.addWidget(self._bar)
        toolbox.tool_changed.connect(self._on_tool_changed)
        self._on_tool_changed()

    def _on_tool_changed(self) -> None:
        self._fields.clear()
        self._live_fields.clear()
        tool = self._toolbox.active
        topic = "mask" if tool.id == "mask" else ""
        parts = [self._title(tool.label, tool.icon, topic), *(self._fields.in_a_row(option) for option in tool.options)]
        parts += self._live_fields.make(tool)
        parts += [self._fields.in_a_row(option) for option in tool.later_options]
        if not tool.options and not tool.live:
            parts.append(ElidedLabel(tool.hint, "muted"))
        self._bar.set_widgets(parts)

    def _title(self, text: str, icon: str, topic: str) -> QWidget:
        title = QWidget()
        row = QHBoxLayout(title)
        row.setContentsMargins(4, 0, 16, 0)
        row.setSpacing(8)
        row.addWidget(IconLabel(icon, "muted", 16))
        row.addWidget(explained(label(text, "heading"), topic) if topic else label(text, "heading"))
        return title
