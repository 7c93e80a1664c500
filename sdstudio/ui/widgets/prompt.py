"""A text field of a few lines that grows with what is written, and leaves Tab to the window."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QPlainTextEdit, QSizePolicy


class PromptEdit(QPlainTextEdit):
    """`lines` at least, `most_lines` at most; scrolls beyond that. Takes text only, never a picture or a file."""

    def __init__(self, name: str, placeholder: str, *, lines: int, most_lines: int) -> None:
        super().__init__()
        self._lines, self._most_lines = lines, most_lines
        self.setAccessibleName(name)
        self.setPlaceholderText(placeholder)
        self.setTabChangesFocus(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.document().setDocumentMargin(3)
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
        wanted = min(max(int(self.document().size().height()), self._lines), self._most_lines)
        margins = self.contentsMargins()
        self.setFixedHeight(
            wanted * self.fontMetrics().lineSpacing() + 6 + margins.top() + margins.bottom() + 2 * self.frameWidth() + 8
        )
