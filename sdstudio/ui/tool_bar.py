"""The tools at the left edge, with the two colours below them."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QSizePolicy, QToolBar, QWidget

from sdstudio.ui import theme, tokens
from sdstudio.ui.actions import with_keys
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.toolbox import Toolbox
from sdstudio.ui.widgets.swatch import ColorPair

_GROUP_ENDS = ("mask", "picker", "wand", "crop")  # a gap follows
_TOGGLES = ("mask",)  # a second press goes back to the tool before, as painters know it from the quick mask


class ToolBar(QToolBar):
    """One button for each tool; `color_wanted` when a person clicks the foreground colour."""

    color_wanted = Signal()

    def __init__(self, toolbox: Toolbox, editor: Editor) -> None:
        super().__init__()
        self._toolbox = toolbox
        self.setObjectName("toolBox")
        self.setWindowTitle(self.tr("Tools"))
        self.setAccessibleName(self.tr("Tools"))
        self.setMovable(False)
        self.setOrientation(Qt.Orientation.Vertical)
        self.setIconSize(QSize(tokens.ICON_SIZE + 2, tokens.ICON_SIZE + 2))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self._group = QActionGroup(self)
        self.tool_actions: dict[str, QAction] = {}
        for tool in toolbox.tools:
            self._add(tool.id, tool.label, tool.icon, tool.shortcut, tool.hint)
            if tool.id in _GROUP_ENDS:
                self._add_gap(8)
        self._add_gap(0, stretch=True)
        pair = ColorPair(editor)
        pair.clicked.connect(self.color_wanted)
        self.addWidget(pair)
        self._add_gap(4)
        toolbox.tool_changed.connect(self._on_tool_changed)
        self._on_tool_changed()

    def _add(self, tool_id: str, text: str, icon: str, key: str, hint: str) -> None:
        action = QAction(theme.icon(icon, on_role="on_accent"), text, self._group)
        action.setObjectName(f"tool.{tool_id}")
        action.setCheckable(True)
        keys = [QKeySequence(key)] if key else []
        action.setShortcuts(keys)
        action.setToolTip(with_keys(text, keys) + "\n" + hint)
        take = self._toolbox.toggle if tool_id in _TOGGLES else self._toolbox.set_active
        action.triggered.connect(lambda: take(tool_id))
        self.addAction(action)
        self.tool_actions[tool_id] = action

    def _add_gap(self, pixels: int, *, stretch: bool = False) -> None:
        gap = QWidget()
        policy = QSizePolicy.Policy.Expanding if stretch else QSizePolicy.Policy.Fixed
        gap.setSizePolicy(QSizePolicy.Policy.Preferred, policy)
        gap.setMinimumHeight(pixels)
        self.addWidget(gap)

    def _on_tool_changed(self) -> None:
        self.tool_actions[self._toolbox.active.id].setChecked(True)
