"""The keys of all actions: the usual ones, and those that a person chose instead."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence

from sdstudio.settings import Settings

_NATIVE = QKeySequence.SequenceFormat.NativeText
_PORTABLE = QKeySequence.SequenceFormat.PortableText


class Keys(QObject):
    """Puts the setting "shortcuts" (action id -> keys, empty for none) on the actions and changes it."""

    def __init__(self, actions: Sequence[QAction], settings: Settings, parent: QObject) -> None:
        super().__init__(parent)
        self.actions = tuple(actions)
        self._usual = {action.objectName(): action.shortcuts() for action in actions}
        self._settings = settings
        settings.changed.connect(self._on_setting_changed)
        self._apply()

    def holder(self, key: QKeySequence) -> QAction | None:
        """The action that has `key` now."""
        return next((action for action in self.actions if key in action.shortcuts()), None)

    def give(self, action: QAction, key: QKeySequence) -> None:
        """Let `key` do `action` and nothing else any more."""
        chosen = self._settings.get("shortcuts")
        for other in self.actions:
            if other is not action and key in other.shortcuts():
                chosen[other.objectName()] = _text([old for old in other.shortcuts() if old != key])
        chosen[action.objectName()] = _text([key])
        self._settings.set("shortcuts", chosen)

    def reset(self, action: QAction) -> None:
        """The usual keys again; whoever has one of them now loses it."""
        for key in self._usual[action.objectName()]:
            self.give(action, key)
        chosen = self._settings.get("shortcuts")
        chosen.pop(action.objectName(), None)
        self._settings.set("shortcuts", chosen)

    def _on_setting_changed(self, key: str) -> None:
        if key == "shortcuts":
            self._apply()

    def _apply(self) -> None:
        chosen = self._settings.get("shortcuts")
        for action in self.actions:
            id = action.objectName()
            keys = _keys(chosen[id]) if id in chosen else self._usual[id]
            if keys != action.shortcuts():
                _set(action, keys)


def native(keys: Sequence[QKeySequence]) -> str:
    """For people to read."""
    return ", ".join(key.toString(_NATIVE) for key in keys)


def _set(action: QAction, keys: list[QKeySequence]) -> None:
    """The tool tip ends its first line with the first key in brackets."""
    first, line_break, rest = action.toolTip().partition("\n")
    if action.shortcuts():
        first = first.removesuffix(f" ({action.shortcuts()[0].toString(_NATIVE)})")
    if keys:
        first += f" ({keys[0].toString(_NATIVE)})"
    action.setToolTip(first + line_break + rest)
    action.setShortcuts(keys)


def _text(keys: Sequence[QKeySequence]) -> str:
    return "; ".join(key.toString(_PORTABLE) for key in keys)


def _keys(text: str) -> list[QKeySequence]:
    return [key for part in text.split("; ") if not (key := QKeySequence(part, _PORTABLE)).isEmpty()]
