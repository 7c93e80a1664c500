"""Where the keys of a text tool go: a real text field of one pixel beside the caret, so that any language can be typed.

What is written is drawn by the tool; this only edits it. Must not know documents.
"""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QTextCursor
from PySide6.QtWidgets import QFrame, QPlainTextEdit

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_STEPS = {Qt.Key.Key_Up: "up", Qt.Key.Key_Down: "down", Qt.Key.Key_Home: "start", Qt.Key.Key_End: "end"}


class TextEntry(QPlainTextEdit):
    """`changed` when the words, the caret or the selection are other ones; `finished` on Escape and on Ctrl+Enter.

    `stepped` on keys that go by lines, "up", "down", "start" or "end", and whether Shift marks what lies between: only
    the tool knows where its lines end.
    """

    changed = Signal()
    finished = Signal()
    stepped = Signal(str, bool)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(self.tr("Text on the canvas"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedSize(1, 1)
        self.textChanged.connect(self.changed)
        self.cursorPositionChanged.connect(self.changed)
        self.selectionChanged.connect(self.changed)

    def begin(self, words: str) -> None:
        """Write from here on, with everything marked that is there already."""
        was_blocked = self.blockSignals(True)
        self.setPlainText(words)
        self.selectAll()
        self.blockSignals(was_blocked)

    @property
    def words(self) -> str:
        return self.toPlainText()

    @property
    def position(self) -> int:
        return self.textCursor().position()

    @property
    def marked(self) -> tuple[int, int]:
        """Start and end of the selection; equal when there is none."""
        cursor = self.textCursor()
        return cursor.selectionStart(), cursor.selectionEnd()

    def put_caret(self, position: int, *, marking: bool = False) -> None:
        """Move the caret; `marking` selects what lies between."""
        cursor = self.textCursor()
        mode = QTextCursor.MoveMode.KeepAnchor if marking else QTextCursor.MoveMode.MoveAnchor
        cursor.setPosition(min(position, len(self.words.encode("utf-16-le", "surrogatepass")) // 2), mode)
        self.setTextCursor(cursor)

    def stand_at(self, place: QPointF) -> None:
        """Beside the caret, where an input method opens its window."""
        self.move(place.toPoint())

    def event(self, event: QEvent) -> bool:
        is_asking = event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent)
        if is_asking and _finishes(cast(QKeyEvent, event)):  # or the window's Cancel and Generate would take it
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = event.modifiers() & ~(Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.ShiftModifier)
        if _finishes(event):
            self.finished.emit()
        elif event.key() in _STEPS and plain == Qt.KeyboardModifier.NoModifier:
            shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.stepped.emit(_STEPS[Qt.Key(event.key())], shift)
        elif event.key() == Qt.Key.Key_Tab:
            self.insertPlainText("    ")
        else:
            super().keyPressEvent(event)


def _finishes(event: QKeyEvent) -> bool:
    """Whether the key is Escape or Ctrl+Enter, on the keypad too."""
    plain = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    is_done = event.key() in _ENTER and plain == Qt.KeyboardModifier.ControlModifier
    return is_done or event.key() == Qt.Key.Key_Escape
