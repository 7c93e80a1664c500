"""What a program that was killed has kept: the settings file is read as the next start would read it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from sdstudio.settings import Settings
from sdstudio.ui.editor import Editor
from sdstudio.ui.main_window import MainWindow


def test_tool_settings_are_on_the_disk_soon_after_a_change(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    window.editor.set_brush("paint", size=123.0)
    window.editor.set_setting(fill_tolerance=77)
    window.editor.foreground = QColor("#336699")

    def next_start() -> Editor:
        editor, text = Editor(), Settings(tmp_path / "settings.json").get("brushes")
        if text:
            editor.from_json(text)
        return editor

    qtbot.waitUntil(lambda: next_start().foreground == QColor("#336699"))
    assert next_start().brushes["paint"].size == 123
    assert next_start().settings.fill_tolerance == 77


def test_nothing_is_written_while_nothing_changes(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    window.editor.set_brush("paint", size=55.0)
    file = tmp_path / "settings.json"
    qtbot.waitUntil(lambda: file.exists() and "55.0" in file.read_text())
    written = file.stat().st_mtime_ns
    qtbot.wait(1300)
    assert file.stat().st_mtime_ns == written
