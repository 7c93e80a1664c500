"""Small fields of colour: the pair of foreground and background, and the row of recent ones."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from sdstudio.ui import theme
from sdstudio.ui.editor import Editor

_RADIUS = 4.0
_CELL = 20
_CELL_GAP = 4


class ColorPair(QWidget):
    """The two colours of the editor. A click on the one behind exchanges them."""

    clicked = Signal()  # on the foreground

    def __init__(self, editor: Editor) -> None:
        super().__init__()
        self._editor = editor
        self.setFixedSize(36, 36)
        self.setAccessibleName(self.tr("Foreground and background colour"))
        self.setToolTip(
            self.tr("The colour you paint with, and the one behind it. Click the one behind to swap them (X)")
        )
        editor.colors_changed.connect(self.update)

    def _front(self) -> QRectF:
        return QRectF(1, 1, 23, 23)

    def _back(self) -> QRectF:
        return QRectF(12, 12, 23, 23)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if self._front().contains(event.position()):
            self.clicked.emit()
        elif self._back().contains(event.position()):
            self._editor.swap()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for rect, color in ((self._back(), self._editor.background), (self._front(), self._editor.foreground)):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("panel"))
            painter.drawRoundedRect(rect.adjusted(-2, -2, 2, 2), _RADIUS + 2, _RADIUS + 2)
            draw_swatch(painter, rect, color)


class RecentColors(QWidget):
    """The colours used last, newest first, as many as fit in one row."""

    picked = Signal(QColor)

    def __init__(self) -> None:
        super().__init__()
        self._colors: list[QColor] = []
        self.setFixedHeight(_CELL)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Recent colours"))
        self.setToolTip(self.tr("Colours that you painted with. Click one to use it again"))

    def sizeHint(self) -> QSize:
        return QSize(8 * (_CELL + _CELL_GAP), _CELL)

    @property
    def colors(self) -> list[QColor]:
        return list(self._colors)

    def add(self, color: QColor) -> None:
        """Put `color` in front; it is never in the row twice."""
        self._colors = [color, *(old for old in self._colors if old.rgb() != color.rgb())][:32]
        self.update()

    def _cell(self, index: int) -> QRectF:
        return QRectF(index * (_CELL + _CELL_GAP), 0, _CELL, _CELL)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        for index, color in enumerate(self._colors):
            if self._cell(index).contains(event.position()):
                self.picked.emit(color)
                return

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fitting = (self.width() + _CELL_GAP) // (_CELL + _CELL_GAP)
        for index in range(fitting):
            if index < len(self._colors):
                draw_swatch(painter, self._cell(index), self._colors[index])
            else:
                painter.setPen(QPen(theme.color("raised"), 1))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(self._cell(index).adjusted(0.5, 0.5, -0.5, -0.5), _RADIUS, _RADIUS)


def draw_swatch(painter: QPainter, rect: QRectF, color: QColor) -> None:
    """A rounded field with a hairline that is seen on any colour."""
    painter.setPen(QPen(theme.color("outline"), 1))
    painter.setBrush(color)
    painter.drawRoundedRect(rect.translated(QPointF(0.5, 0.5)).adjusted(0, 0, -1, -1), _RADIUS, _RADIUS)
