"""The tools at the left edge, with the two colours below them."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QToolBar, QToolButton, QWidget

from sdstudio.ui import theme, tokens
from sdstudio.ui.actions import with_keys
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.toolbox import Toolbox
from sdstudio.ui.widgets.swatch import ColorPair

_GROUP_ENDS = ("mask", "picker", "wand", "crop")  # a gap follows
_TOGGLES = ("mask",)  # a second press goes back to the tool before, as painters know it from the quick mask
_GAP = 8  # pixels between groups
_MOST_COLUMNS = 3


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
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self._group = QActionGroup(self)
        self.tool_actions: dict[str, QAction] = {}
        groups: list[list[QToolButton]] = [[]]
        for tool in toolbox.tools:
            groups[-1].append(self._button(tool.id, tool.label, tool.icon, tool.shortcut, tool.hint))
            if tool.id in _GROUP_ENDS:
                groups.append([])
        pair = ColorPair(editor)
        pair.clicked.connect(self.color_wanted)
        self.addWidget(_Columns(groups, pair))
        toolbox.tool_changed.connect(self._on_tool_changed)
        self._on_tool_changed()

    def _button(self, tool_id: str, text: str, icon: str, key: str, hint: str) -> QToolButton:
        action = QAction(theme.icon(icon, on_role="on_accent"), text, self._group)
        action.setObjectName(f"tool.{tool_id}")
        action.setCheckable(True)
        keys = [QKeySequence(key)] if key else []
        action.setShortcuts(keys)
        action.setToolTip(with_keys(text, keys) + "\n" + hint)
        take = self._toolbox.toggle if tool_id in _TOGGLES else self._toolbox.set_active
        action.triggered.connect(lambda: take(tool_id))
        self.tool_actions[tool_id] = action
        button = QToolButton()
        button.setDefaultAction(action)
        button.setIconSize(QSize(tokens.ICON_SIZE + 2, tokens.ICON_SIZE + 2))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setAccessibleName(text)
        return button

    def _on_tool_changed(self) -> None:
        self.tool_actions[self._toolbox.active.id].setChecked(True)


class _Columns(QWidget):
    """All tools are always in sight: in one column where the window is high enough, else in two or three."""

    def __init__(self, groups: list[list[QToolButton]], pair: ColorPair) -> None:
        super().__init__()
        self._groups, self._pair = groups, pair
        self._columns = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 4)
        self._grid.setSpacing(0)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self._arrange(1)

    def minimumSizeHint(self) -> QSize:
        """The width of the columns; the height is what there is."""
        return QSize(self._grid.minimumSize().width(), 0)

    def sizeHint(self) -> QSize:
        return self.minimumSizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        fitting = (columns for columns in range(1, _MOST_COLUMNS) if self._height(columns) <= self.height())
        self._arrange(next(fitting, _MOST_COLUMNS))

    def _height(self, columns: int) -> int:
        rows = sum(-(-len(group) // columns) for group in self._groups)
        button = self._groups[0][0].sizeHint().height()
        return rows * button + _GAP * len(self._groups) + self._pair.sizeHint().height() + 4

    def _arrange(self, columns: int) -> None:
        if columns == self._columns:
            return
        for row in range(self._grid.rowCount()):
            self._grid.setRowMinimumHeight(row, 0)
            self._grid.setRowStretch(row, 0)
        self._columns, row = columns, 0
        for group in self._groups:
            for index, button in enumerate(group):
                self._grid.addWidget(button, row + index // columns, index % columns)
            row += -(-len(group) // columns)
            self._grid.setRowMinimumHeight(row, _GAP)
            row += 1
        self._grid.setRowStretch(row - 1, 1)
        self._grid.addWidget(self._pair, row, 0, 1, columns, Qt.AlignmentFlag.AlignHCenter)
        self.updateGeometry()
