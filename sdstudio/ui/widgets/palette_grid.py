"""The swatches of a palette in rows, for mouse and keys."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QApplication, QSizePolicy, QToolTip, QWidget

from sdstudio.formats.palette import Palette, Rgb
from sdstudio.ui import theme

_CELL, _LEAST_CELL = 22, 12
_GAP = 2
_RADIUS = 3.0
_OWN_KEYS = (Qt.Key.Key_F2, Qt.Key.Key_Delete)


class PaletteGrid(QWidget):
    """`picked(QColor, is_second)` by click or Enter; Ctrl means the second colour. `moved(from, to)` after a drag."""

    picked = Signal(QColor, bool)
    current_changed = Signal()
    moved = Signal(int, int)
    rename_wanted = Signal()  # these three are about `current`
    remove_wanted = Signal()
    menu_wanted = Signal(QPoint)  # on the screen

    def __init__(self) -> None:
        super().__init__()
        self._palette = Palette("")
        self._current = -1
        self._dragged_to = -1
        self._pressed_at: QPoint | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.MinimumExpanding)
        self.setAccessibleName(self.tr("Palette: arrow keys choose, Enter takes the colour"))

    @property
    def current(self) -> int:
        """The index of the chosen swatch; -1 when there is none."""
        return self._current

    def show_palette(self, palette: Palette) -> None:
        self._palette = palette
        self._current = min(self._current, len(palette.swatches) - 1)
        self.updateGeometry()
        self.setMinimumHeight(self.heightForWidth(self.width()))
        self.update()
        self.current_changed.emit()

    def choose(self, index: int) -> None:
        if index != self._current and -1 <= index < len(self._palette.swatches):
            self._current = index
            self.update()
            self.current_changed.emit()

    def mark(self, rgb: Rgb) -> None:
        """Choose the swatch that has this colour, if one has."""
        if self._current >= 0 and self._palette.swatches[self._current].rgb == rgb:
            return
        places = [index for index, swatch in enumerate(self._palette.swatches) if swatch.rgb == rgb]
        self.choose(places[0] if places else -1)

    # Size

    @property
    def _columns(self) -> int:
        return max(1, min((self.width() + _GAP) // (self._cell + _GAP), self._palette.columns or self.width()))

    @property
    def _cell(self) -> int:
        """The side of a swatch: smaller where the palette's own rows fit by that."""
        fitting = (self.width() + _GAP) // (self._palette.columns or 1) - _GAP
        return fitting if self._palette.columns and _LEAST_CELL <= fitting < _CELL else _CELL

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        rows = -(-len(self._palette.swatches) // self._columns)
        return max(rows * (self._cell + _GAP), self._cell)

    def sizeHint(self) -> QSize:
        return QSize(12 * (self._cell + _GAP), self.heightForWidth(self.width()))

    def resizeEvent(self, event: QEvent) -> None:
        self.setMinimumHeight(self.heightForWidth(self.width()))

    def cell(self, index: int) -> QRect:
        """Where a swatch is."""
        row, column = divmod(index, self._columns)
        return QRect(column * (self._cell + _GAP), row * (self._cell + _GAP), self._cell, self._cell)

    def _at(self, place: QPoint) -> int:
        column, row = place.x() // (self._cell + _GAP), place.y() // (self._cell + _GAP)
        index = row * self._columns + column
        inside = 0 <= column < self._columns and 0 <= index < len(self._palette.swatches)
        return index if inside and row >= 0 else -1

    # Input

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self._at(event.position().toPoint())
        self.choose(index)
        if event.button() == Qt.MouseButton.LeftButton and index >= 0:
            self._pressed_at = event.position().toPoint()
            self._pick(event.modifiers())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        if (
            self._pressed_at is not None
            and (at - self._pressed_at).manhattanLength() >= QApplication.startDragDistance()
        ):
            self._dragged_to = self._at(at)
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        to, self._dragged_to, self._pressed_at = self._dragged_to, -1, None
        if to >= 0 and to != self._current:
            self.moved.emit(self._current, to)
        self.update()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self._current >= 0:
            at = event.globalPos()
            if event.reason() == QContextMenuEvent.Reason.Keyboard:
                at = self.mapToGlobal(self.cell(self._current).center())
            self.menu_wanted.emit(at)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        ways = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -self._columns,
            Qt.Key.Key_Down: self._columns,
        }
        if event.key() in ways and self._palette.swatches:
            wanted = self._current + ways[Qt.Key(event.key())]
            self.choose(min(max(wanted, 0), len(self._palette.swatches) - 1))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self._current >= 0:
            self._pick(event.modifiers())
        elif event.key() in _OWN_KEYS:
            (self.rename_wanted if event.key() == Qt.Key.Key_F2 else self.remove_wanted).emit()
        else:
            super().keyPressEvent(event)

    def _pick(self, modifiers: Qt.KeyboardModifier) -> None:
        color = QColor(*self._palette.swatches[self._current].rgb)
        self.picked.emit(color, bool(modifiers & Qt.KeyboardModifier.ControlModifier))

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride and event.key() in _OWN_KEYS:
            event.accept()  # with the focus here they are about the swatch, not about the layer
            return True
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            index = self._at(event.pos())
            if index >= 0:
                swatch = self._palette.swatches[index]
                name = f"{swatch.name}\n" if swatch.name else ""
                QToolTip.showText(event.globalPos(), name + QColor(*swatch.rgb).name(), self, self.cell(index))
            return True
        return super().event(event)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for index, swatch in enumerate(self._palette.swatches):
            cell = QRectF(self.cell(index))
            painter.setPen(QPen(theme.color("outline"), 1))
            painter.setBrush(QColor(*swatch.rgb))
            painter.drawRoundedRect(cell.adjusted(0.5, 0.5, -0.5, -0.5), _RADIUS, _RADIUS)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for index, width in ((self._current, 2), (self._dragged_to, 1)):
            if index >= 0:
                ring = QRectF(self.cell(index)).adjusted(1, 1, -1, -1)
                painter.setPen(QPen(QColor("black"), width + 2))
                painter.drawRoundedRect(ring, _RADIUS, _RADIUS)
                painter.setPen(QPen(theme.color("accent_text") if self.hasFocus() else QColor("white"), width))
                painter.drawRoundedRect(ring, _RADIUS, _RADIUS)
