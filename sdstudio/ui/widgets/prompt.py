"""A text field of a few lines that grows with what is written, and leaves Tab to the window."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QPlainTextEdit, QSizePolicy

_MARGIN = 3


class PromptEdit(QPlainTextEdit):
    """`lines` at least, `most_lines` at most; scrolls beyond that. Takes text only, never a picture or a file."""

    def __init__(self, name: str, placeholder: str, *, lines: int, most_lines: int) -> None:
        super().__init__()
        self._lines, self._most_lines = lines, most_lines
        self.setAccessibleName(name)
        self.setPlaceholderText(placeholder)
        self.setTabChangesFocus(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.document().setDocumentMargin(_MARGIN)
        self.document().documentLayout().documentSizeChanged.connect(lambda _size: self._fit())
        self._fit()

    def text(self) -> str:
        return self.toPlainText()

    def set_text(self, text: str) -> None:
        """Show `text`; the cursor stays where it is when nothing changes."""
        if text != self.toPlainText():
            self.setPlainText(text)

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
