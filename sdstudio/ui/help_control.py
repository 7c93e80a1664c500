"""The dialogs about the program itself: preferences, keys, about. Each is imported when it is opened."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMainWindow

from sdstudio.settings import Settings
from sdstudio.ui.actions import Actions
from sdstudio.ui.keys import Keys


class HelpControl(QObject):
    def __init__(self, window: QMainWindow, actions: Actions, settings: Settings, keys: Keys) -> None:
        super().__init__(window)
        self._window, self._settings, self._keys = window, settings, keys
        actions.on("edit.preferences", self._on_preferences)
        actions.on("help.shortcuts", self._on_shortcuts)
        actions.on("help.about", self._on_about)

    def _on_preferences(self) -> None:
        from sdstudio.ui.dialogs.preferences import PreferencesDialog

        PreferencesDialog(self._settings, self._window).open()

    def _on_shortcuts(self) -> None:
        from sdstudio.ui.dialogs.shortcuts import ShortcutsDialog

        ShortcutsDialog(self._keys, self._window).open()

    def _on_about(self) -> None:
        from sdstudio.ui.dialogs.about import AboutDialog

        AboutDialog(self._window).open()
