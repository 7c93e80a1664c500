"""The dialogs about the program itself: preferences, keys, about. Each is imported when it is opened."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint
from PySide6.QtWidgets import QMainWindow, QMenu

from sdstudio.settings import Settings
from sdstudio.ui.actions import Actions
from sdstudio.ui.cards.card import Card
from sdstudio.ui.cards.topics import Topic, topics
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

    def fill_explanations(self, menu: QMenu) -> None:
        """One entry for each card."""
        for topic in topics().values():
            action = menu.addAction(topic.title)
            action.triggered.connect(lambda _checked=False, topic=topic: self._explain(topic))

    def _explain(self, topic: Topic) -> None:
        card = Card(topic, self._window)
        card.open_at(self._window.mapToGlobal(self._window.rect().center()) - QPoint(168, 160))

    def _on_about(self) -> None:
        from sdstudio.ui.dialogs.about import AboutDialog

        AboutDialog(self._window).open()
