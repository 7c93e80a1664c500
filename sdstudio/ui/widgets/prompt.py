"""The editor of a prompt: colours its signs, marks its mistakes, changes weights by keys, completes names.

Grows with what is written, and leaves Tab to the window. Must not know models or documents.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import accumulate

from PySide6.QtCore import QEvent, QMimeData, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QHelpEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QTextCursor,
)
from PySide6.QtWidgets import QPlainTextEdit, QSizePolicy, QToolTip

from sdstudio.errors import BadRequest
from sdstudio.prompting.compel import from_compel, is_compel
from sdstudio.prompting.parse import parse
from sdstudio.prompting.tree import Mistake, Prompt
from sdstudio.prompting.weighing import weigh
from sdstudio.ui import theme
from sdstudio.ui.widgets.prompt_colors import PromptColors, spans
from sdstudio.ui.widgets.prompt_completion import Completion, Names

_MARGIN = 3
_MOST_COLORED = 20_000  # characters; a longer prompt stays plain, so that typing stays quick
_COMMANDING = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
_STEP, _FINE_STEP = 0.1, 0.05
_WEIGHT_KEYS = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}


class PromptEdit(QPlainTextEdit):
    """`lines` at least, `most_lines` at most; scrolls beyond that. Takes text only, never a picture or a file.

    `read()`: the text has been looked at again, and `mistakes` are its present ones.
    """

    read = Signal()

    def __init__(self, name: str, placeholder: str, *, lines: int, most_lines: int) -> None:
        super().__init__()
        self._lines, self._most_lines = lines, most_lines
        self.mistakes: tuple[Mistake, ...] = ()
        self._cuts: tuple[int, ...] = ()
        self._completion = Completion(self)
        self._colors = PromptColors(self.document())
        self._read_text = ""
        self._look_up: Callable[[Prompt], tuple[Mistake, ...]] = lambda _prompt: ()
        self.setAccessibleName(name)
        self.setPlaceholderText(placeholder)
        self.setTabChangesFocus(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.document().setDocumentMargin(_MARGIN)
        self.document().documentLayout().documentSizeChanged.connect(lambda _size: self._fit())
        self._read_soon = QTimer(self, singleShot=True, interval=0)
        self._read_soon.timeout.connect(self._on_read_due)
        self.textChanged.connect(self._read_soon.start)
        self._fit()

    def text(self) -> str:
        return self.toPlainText()

    def set_text(self, text: str) -> None:
        """Show `text`; the cursor stays where it is when nothing changes."""
        if text != self.toPlainText():
            self.setPlainText(text)

    def set_names(self, names: Names) -> None:
        """What can be completed from now on."""
        self._completion.names = names

    def set_look_up(self, look_up: Callable[[Prompt], tuple[Mistake, ...]]) -> None:
        """What finds further mistakes from now on, such as names that mean nothing; the text is read again."""
        self._look_up = look_up
        self._read_text = ""
        self._read_soon.start()

    def show_cuts(self, cuts: tuple[int, ...]) -> None:
        """Mark the characters at which the text encoder begins a new piece."""
        if cuts != self._cuts:
            self._cuts = cuts
            self.viewport().update()

    # Colours and mistakes

    def _on_read_due(self) -> None:
        text = self.text()
        if text == self._read_text:
            return  # colours alone were changed
        self._read_text = text
        self.mistakes = ()
        found = []
        if 0 < len(text) <= _MOST_COLORED:
            prompt = parse(text)
            both = (*prompt.mistakes, *self._look_up(prompt))
            prompt = replace(prompt, mistakes=tuple(sorted(both, key=lambda mistake: mistake.start)))
            self.mistakes = prompt.mistakes
            places = list(accumulate((1 + (ord(character) > 0xFFFF) for character in text), initial=0))
            found = [(places[start], places[end], look) for start, end, look in spans(prompt)]
        self._colors.show_spans(found)
        self.read.emit()

    def _cursor(self, start: int, end: int) -> QTextCursor:
        """A cursor that selects characters; Qt counts those beyond 16 bits, such as emoji, twice."""
        text = self.text()
        wide = [sum(ord(character) > 0xFFFF for character in text[:place]) for place in (start, end)]
        cursor = QTextCursor(self.document())
        cursor.setPosition(start + wide[0])
        cursor.setPosition(end + wide[1], QTextCursor.MoveMode.KeepAnchor)
        return cursor

    def _character(self, position: int) -> int:
        """The character at a position of Qt's."""
        return len(self.text().encode("utf-16-le", "surrogatepass")[: 2 * position].decode("utf-16-le", "replace"))

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            at = self._character(self.cursorForPosition(event.pos()).position())
            near = [mistake for mistake in self.mistakes if mistake.start - 1 <= at <= mistake.end]
            if near:
                QToolTip.showText(event.globalPos(), near[0].message, self)
                return True
        return super().viewportEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._read_text = ""
            self._read_soon.start()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self.viewport())
        painter.setPen(QPen(theme.color("accent_text"), 1))
        for cut in self._cuts:
            if cut <= len(self.text()):
                area = self.cursorRect(self._cursor(cut, cut))
                painter.drawLine(area.left() + 1, area.top() + 1, area.left() + 1, area.bottom() - 1)
                painter.drawLine(area.left() - 1, area.bottom() - 1, area.left() + 3, area.bottom() - 1)

    # Keys

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent):
            is_override = event.type() == QEvent.Type.ShortcutOverride
            if event.modifiers() & _COMMANDING:
                self._completion.close()  # what is chosen by keys, such as Generate, is not for the list
            if is_override and (self._is_weighing(event) or self._completion.takes(event)):
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyPress and self._completion.takes(event):
                self._completion.take(event)  # before Tab moves the focus
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._is_weighing(event):
            is_fine = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            self._weigh(_WEIGHT_KEYS[Qt.Key(event.key())] * (_FINE_STEP if is_fine else _STEP))
            return
        before = self.text()
        super().keyPressEvent(event)
        if self.text() != before:
            self._completion.refresh()

    @staticmethod
    def _is_weighing(event: QKeyEvent) -> bool:
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        control, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
        return event.key() in _WEIGHT_KEYS and modifiers in (control, control | shift)

    def _weigh(self, by: float) -> None:
        """Change the weight of the selection, or of the word at the cursor, as one step of undo."""
        cursor = self.textCursor()
        start, end = (self._character(at) for at in (cursor.selectionStart(), cursor.selectionEnd()))
        text, start, end = weigh(self.text(), start, end, by)
        self._replace(text)
        self.setTextCursor(self._cursor(start, end))

    def _on_compel_wanted(self) -> None:
        try:
            self._replace(from_compel(self.text()))
        except BadRequest as problem:
            QToolTip.showText(self.mapToGlobal(self.cursorRect().bottomLeft()), problem.message, self)

    def _replace(self, text: str) -> None:
        """Put `text` in the place of all there is, so that it can be undone."""
        if text == self.text():
            return
        cursor = self.textCursor()
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.insertText(text)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = self.createStandardContextMenu()
        menu.addSeparator()
        up = menu.addAction(self.tr("Weigh more\tCtrl+Up"))
        up.triggered.connect(lambda: self._weigh(_STEP))
        down = menu.addAction(self.tr("Weigh less\tCtrl+Down"))
        down.triggered.connect(lambda: self._weigh(-_STEP))
        convert = menu.addAction(self.tr("Convert from compel (big++)"))
        convert.setEnabled(is_compel(self.text()))
        convert.triggered.connect(self._on_compel_wanted)
        menu.exec(event.globalPos())

    # Text only, and its height

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return source.hasText() and not source.hasUrls()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def sizeHint(self) -> QSize:
        return QSize(200, self.height())

    def _fit(self) -> None:
        needed = int(self.document().size().height())
        wanted = min(max(needed, self._lines), self._most_lines)
        policy = Qt.ScrollBarPolicy
        is_cut = needed > self._most_lines
        self.setVerticalScrollBarPolicy(policy.ScrollBarAsNeeded if is_cut else policy.ScrollBarAlwaysOff)
        frame = self.height() - self.viewport().height() if self.isVisible() else 2 * self.frameWidth() + 8
        self.setFixedHeight(wanted * self.fontMetrics().lineSpacing() + 2 * _MARGIN + frame)
