"""The QActions of the window, made from `action_table`. Knows what they are called, not what they do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from PySide6.QtCore import QCoreApplication, QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from sdstudio.ui import theme
from sdstudio.ui.action_row import SEPARATOR, ActionRow
from sdstudio.ui.action_table import MENUS, ROWS, SUBMENUS


def with_keys(tip: str, keys: list[QKeySequence]) -> str:
    """The tool tip: what it does, then the first shortcut."""
    native = keys[0].toString(QKeySequence.SequenceFormat.NativeText) if keys else ""
    return f"{tip} ({native})" if native else tip


class Actions(QObject):
    """`actions["file.new"]` is a QAction; `on` connects what it does."""

    def __init__(self, window: QWidget, canvas: QWidget) -> None:
        """The actions work in all of `window`; those that are `canvas_only` need the focus on `canvas`."""
        super().__init__(window)
        self._actions: dict[str, QAction] = {}
        for row in _rows():
            action = _make(row, self)
            (canvas if row.canvas_only else window).addAction(action)
            self._actions[row.id] = action

    def __getitem__(self, id: str) -> QAction:
        return self._actions[id]

    def __iter__(self) -> Iterator[QAction]:
        return iter(self._actions.values())

    def on(self, id: str, slot: Callable[..., Any]) -> None:
        """Call `slot` without arguments when the action is chosen; checkable ones pass their new state."""
        action = self._actions[id]
        if action.isCheckable():
            action.triggered.connect(slot)
        else:
            action.triggered.connect(lambda _checked=False: slot())

    def fill(self, bar: QMenuBar) -> dict[str, QMenu]:
        """Put all menus into `bar`; menu id -> menu, for what is added later (recent files, panels)."""
        menus: dict[str, QMenu] = {}
        for menu_id, title in MENUS:
            menu = bar.addMenu(QCoreApplication.translate("actions", title))
            self._put(menu, menu_id)
            menus[menu_id] = menu
        for section, parent, before, title in SUBMENUS:
            menu = QMenu(QCoreApplication.translate("actions", title), menus[parent])
            menus[parent].insertMenu(self._actions[before], menu)
            self._put(menu, section)
            menus[section] = menu
        return menus

    def _put(self, menu: QMenu, section: str) -> None:
        menu.setToolTipsVisible(True)
        for row in ROWS[section]:
            if row is SEPARATOR:
                menu.addSeparator()
            else:
                menu.addAction(self._actions[row.id])


def _rows() -> Iterator[ActionRow]:
    for rows in ROWS.values():
        yield from (row for row in rows if row is not SEPARATOR)


def _make(row: ActionRow, parent: QObject) -> QAction:
    action = QAction(QCoreApplication.translate("actions", row.text), parent)
    action.setObjectName(row.id)
    action.setCheckable(row.checkable)
    if row.icon:
        action.setIcon(theme.icon(row.icon, on_role="on_accent"))
        action.setIconVisibleInMenu(False)
    keys = [QKeySequence(key) for key in row.keys]
    action.setShortcuts(keys)
    if row.canvas_only:
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
    tip = QCoreApplication.translate("actions", row.tip)
    action.setToolTip(with_keys(tip, keys))
    action.setStatusTip(tip)
    return action
