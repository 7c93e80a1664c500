"""The gradient in the options bar: shows its colours; a click opens its editor, the arrow keys step through presets."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from sdstudio.raster.gradient import Ramp
from sdstudio.ui import theme
from sdstudio.ui.editor import Editor
from sdstudio.ui.widgets.ramp_bar import paint_ramp

_SIZE = QSize(132, 24)


class RampButton(QAbstractButton):
    """Shows the ramp that the editor has under `key`."""

    def __init__(self, editor: Editor, key: str, name: str) -> None:
        super().__init__()
        self._editor, self._key = editor, key
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFixedSize(_SIZE)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.clicked.connect(self._on_clicked)
        editor.colors_changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return _SIZE

    def paintEvent(self, event: QPaintEvent) -> None:
        ramp: Ramp = self._editor.value(self._key)
        painter = QPainter(self)
        inner = QRect(1, 1, self.width() - 2, self.height() - 2)
        paint_ramp(painter, inner, ramp.resolved(self._editor.foreground, self._editor.background))
        is_marked = self.hasFocus() or self.underMouse()
        painter.setPen(QPen(theme.color("accent") if is_marked else QColor(0, 0, 0, 120), 1))
        painter.drawRect(0, 0, self.width() - 1, self.height() - 1)

    def _on_clicked(self) -> None:
        from sdstudio.ui.dialogs.gradient import GradientDialog  # it is not needed before somebody asks

        GradientDialog.show_for(self._editor, self._key, self.window())
