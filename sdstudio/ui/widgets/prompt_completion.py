"""Offers names while writing: LoRAs after `<lora:`, wildcard files after `__`, embeddings by their letters."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QStringListModel, Qt
from PySide6.QtGui import QKeyEvent, QTextCursor
from PySide6.QtWidgets import QCompleter, QPlainTextEdit

_LEAST = 2  # letters of a word before embeddings are offered
_TAKE = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab)


@dataclass(frozen=True)
class Names:
    """What can be completed. `wildcards` is asked each time: the folder may have changed."""

    loras: Sequence[str] = ()
    embeddings: Sequence[str] = ()
    wildcards: Callable[[], Sequence[str]] = tuple


@dataclass(frozen=True)
class _Place:
    """What stands before the cursor, how much of it is the beginning of a name, and what goes around the name."""

    typed: str
    names: Sequence[str]
    before: str
    after: str
    replaced: int  # characters before the cursor that the completion replaces


class Completion:
    """The list below the cursor of one editor."""

    def __init__(self, editor: QPlainTextEdit) -> None:
        self.names = Names()
        self._editor = editor
        self._model = QStringListModel()
        self._completer = QCompleter(self._model, editor)
        self._completer.setWidget(editor)
        self._completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self._completer.activated.connect(self._on_activated)
        popup = self._completer.popup()
        assert popup is not None, "a completer makes its list when first asked"
        self._popup = popup
        self._place: _Place | None = None

    @property
    def is_open(self) -> bool:
        return self._popup.isVisible()

    def takes(self, event: QKeyEvent) -> bool:
        """Whether the key belongs to the open list and must not reach the editor."""
        is_plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        return self.is_open and is_plain and event.key() in (*_TAKE, Qt.Key.Key_Escape)

    def take(self, event: QKeyEvent) -> None:
        """Act on a key that `takes` said yes to."""
        if event.key() in _TAKE:
            index = self._popup.currentIndex()
            self._on_activated((index if index.isValid() else self._completer.completionModel().index(0, 0)).data())
        self._popup.hide()

    def close(self) -> None:
        """Take the list away without choosing."""
        self._popup.hide()

    def refresh(self) -> None:
        """Show, change or close the list after the text has changed."""
        cursor = self._editor.textCursor()
        before = self._editor.toPlainText()[: cursor.position()].split("\n")[-1]
        self._place = self._look(before)
        if self._place is None or not self._place.names:
            self._popup.hide()
            return
        self._model.setStringList(sorted(self._place.names, key=str.casefold))
        self._completer.setCompletionPrefix(self._place.typed)
        if not self._completer.completionCount() or self._completer.currentCompletion() == self._place.typed:
            self._popup.hide()
            return
        self._popup.setCurrentIndex(self._completer.completionModel().index(0, 0))
        area = self._editor.cursorRect()
        area.setWidth(self._popup.sizeHintForColumn(0) + self._popup.verticalScrollBar().sizeHint().width() + 16)
        self._completer.complete(area)

    def _look(self, before: str) -> _Place | None:
        if match := re.search(r"<(?:l(?:o(?:r(?:a(?::([^<>:]*))?)?)?)?)?$", before):
            return _Place(match[1] or "", self.names.loras, "<lora:", ":1>", len(match[0]))
        if match := re.search(r"__([\w/.-]*)$", before):
            if before.count("__") % 2 == 0:
                return None  # behind a name that is complete
            return _Place(match[1], self.names.wildcards(), "__", "__", len(match[0]))
        match = re.search(r"[\w-]+$", before)
        if match and len(match[0]) >= _LEAST:
            return _Place(match[0], self.names.embeddings, "", "", len(match[0]))
        return None

    def _on_activated(self, name: str | None) -> None:
        place = self._place
        if place is None or not name:
            return
        cursor = self._editor.textCursor()
        cursor.movePosition(QTextCursor.MoveOperation.Left, QTextCursor.MoveMode.KeepAnchor, place.replaced)
        cursor.insertText(f"{place.before}{name}{place.after}")
        self._editor.setTextCursor(cursor)
        self._popup.hide()
