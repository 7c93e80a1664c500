from __future__ import annotations

from collections import Counter

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractButton, QLineEdit, QMenu, QPlainTextEdit, QSlider, QToolButton

from sdstudio.app import Studio
from sdstudio.ui.action_table import MENUS, ROWS
from sdstudio.ui.main_window import MainWindow

_LETTERS = 22  # a menu of more entries cannot have one for each: words use few of q, x and z


def every_action(window: MainWindow) -> list[QAction]:
    found = [*window.tool_bar.tool_actions.values(), *window.actions(), *window.canvas.actions()]
    return list(dict.fromkeys(found))


def test_every_action_has_name_key_and_tip(window: MainWindow) -> None:
    for action in every_action(window):
        assert action.text(), action.objectName()
        assert action.shortcuts(), action.objectName()
        assert len(action.toolTip()) > len(action.text()), action.objectName()


def test_no_two_actions_share_a_key(window: MainWindow) -> None:
    keys = Counter(key.toString() for action in every_action(window) for key in action.shortcuts())
    assert [key for key, count in keys.items() if count > 1] == []


def test_every_row_stands_in_its_menu(window: MainWindow) -> None:
    titles = [action.text() for action in window.menuBar().actions()]
    assert titles == [title for _, title in MENUS]
    for (id, _), entry in zip(MENUS, window.menuBar().actions(), strict=True):
        shown = [action.objectName() for action in entry.menu().actions() if action.objectName()]
        assert [row.id for row in ROWS[id] if row.id != "-"] == [name for name in shown if name in _ids()]


def test_no_two_entries_of_a_menu_share_an_underlined_letter(window: MainWindow) -> None:
    shared = []
    for menu in window.menuBar().findChildren(QMenu):
        texts = [action.text() for action in menu.actions() if "&" in action.text().replace("&&", "")]
        letters = Counter(text[text.index("&") + 1].lower() for text in texts)
        if len(texts) <= _LETTERS:
            shared += [f"{menu.title()}: {letter}" for letter, count in letters.items() if count > 1]
    assert shared == []


def _ids() -> set[str]:
    return {row.id for rows in ROWS.values() for row in rows}


def test_tips_end_with_the_key(window: MainWindow) -> None:
    assert window.actions_by_id["file.save"].toolTip().endswith("(Ctrl+S)")


def test_every_action_of_the_table_is_answered(window: MainWindow) -> None:
    unanswered = [action.objectName() for action in window.actions_by_id if not action.receivers("2triggered(bool)")]
    assert unanswered == []


@pytest.mark.parametrize("kind", [QAbstractButton, QLineEdit, QPlainTextEdit, QSlider])
def test_every_control_has_a_name_for_screen_readers(studio: Studio, kind: type) -> None:
    nameless = []
    for control in studio.window.findChildren(kind):
        is_inner = control.objectName().startswith("qt_") or control.parent().metaObject().className() in (
            "NumberField",
            "QMenuBar",
            "QTabBar",
        )
        text = control.text() if isinstance(control, QAbstractButton) else ""
        is_icon_of_action = isinstance(control, QToolButton) and control.defaultAction() is not None
        if not (is_inner or text or is_icon_of_action or control.accessibleName()):
            nameless.append(f"{type(control).__name__} {control.objectName()} in {type(control.parent()).__name__}")
    assert nameless == []
