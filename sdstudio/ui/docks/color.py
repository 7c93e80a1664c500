"""The Colour panel: square and hue, hex field, recent colours. Changes the editor's foreground colour."""

from __future__ import annotations

from PySide6.QtCore import QRegularExpression
from PySide6.QtGui import QColor, QRegularExpressionValidator
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from sdstudio.ui.editor import Editor
from sdstudio.ui.widgets.color_square import ColorSquare
from sdstudio.ui.widgets.labels import label
from sdstudio.ui.widgets.swatch import ColorPair, RecentColors


class ColorPanel(QWidget):
    """A colour becomes recent when the document is changed while it is the foreground colour."""

    def __init__(self, editor: Editor) -> None:
        super().__init__()
        self._editor = editor
        self._square = ColorSquare()
        self._hex = QLineEdit()
        self._hex.setValidator(QRegularExpressionValidator(QRegularExpression("#?[0-9a-fA-F]{3,6}"), self))
        self._hex.setFixedWidth(88)
        self._hex.setToolTip(self.tr("The colour as in web pages: red, green and blue as two digits each"))
        self.recent = RecentColors()
        self._square.picked.connect(self._on_picked)
        self.recent.picked.connect(self._on_picked)
        self._hex.editingFinished.connect(self._on_hex_entered)
        editor.colors_changed.connect(self._on_colors_changed)
        editor.document_replaced.connect(self._on_document_replaced)
        self._arrange()
        self._on_document_replaced()
        self._on_colors_changed()

    def _arrange(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(ColorPair(self._editor))
        line.addStretch(1)
        line.addWidget(label(self.tr("Hex"), "muted", buddy=self._hex))
        line.addWidget(self._hex)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 4, 12, 12)
        column.setSpacing(8)
        column.addWidget(self._square, 1)
        column.addLayout(line)
        column.addWidget(self.recent)

    def _on_picked(self, color: QColor) -> None:
        self._editor.foreground = color

    def _on_hex_entered(self) -> None:
        text = self._hex.text().removeprefix("#")
        color = QColor("#" + text)
        if color.isValid() and len(text) in (3, 6):
            self._editor.foreground = color
        self._on_colors_changed()

    def _on_colors_changed(self) -> None:
        color = self._editor.foreground
        self._square.set_color(color)
        self._hex.setText(color.name())

    def _on_document_replaced(self) -> None:
        self._editor.document.history.changed.connect(self._on_history_changed)

    def _on_history_changed(self) -> None:
        self.recent.add(self._editor.foreground)
