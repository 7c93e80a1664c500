"""What a right click brings to the pointer: the brushes for the tool in the hand, and its size and opacity."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPoint, QSize, Qt, Signal
from PySide6.QtWidgets import QFormLayout, QFrame, QVBoxLayout, QWidget

from sdstudio.ui.docks.brush_grid import BrushGrid
from sdstudio.ui.docks.brush_model import CELL, ENTRY_ROLE, BrushFilter, BrushModel
from sdstudio.ui.editor import Editor
from sdstudio.ui.option_fields import OptionFields
from sdstudio.ui.tools.option import opacity_option, size_option

_COLUMNS = 3
_ROWS = 3.5  # half a row says that there are more
_SCROLL_BAR = 16
_AWAY = 12  # pixels from the pointer, so that it points at nothing yet


class BrushPopup(QFrame):
    """`chosen(entry)` when a brush is clicked, which also closes it."""

    chosen = Signal(object)

    def __init__(self, editor: Editor, model: BrushModel, kind: str, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self._filter = BrushFilter(model, self)
        self._filter.set_kind(kind)
        self.grid = BrushGrid(self._filter)
        width = _COLUMNS * CELL.width() + _SCROLL_BAR
        self.grid.setFixedSize(QSize(width, round(min(_ROWS, -(-self._filter.rowCount() // _COLUMNS)) * CELL.height())))
        fields = OptionFields(editor, self)
        form = QFormLayout()
        form.setContentsMargins(8, 4, 8, 8)
        for option in (size_option(kind), opacity_option(kind)):
            name, field = fields.make(option)
            assert name is not None
            form.addRow(name, field)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 4, 4, 4)
        column.addWidget(self.grid)
        column.addLayout(form)
        self.grid.clicked.connect(self._on_chosen)
        self.grid.activated.connect(self._on_chosen)

    def show_at(self, place: QPoint) -> None:
        """Beside `place` of the screen, wholly on the screen."""
        self.adjustSize()
        screen = self.screen().availableGeometry()
        left = min(max(place.x() + _AWAY, screen.left()), screen.right() - self.width())
        top = min(max(place.y() + _AWAY, screen.top()), screen.bottom() - self.height())
        self.move(left, top)
        self.show()
        self.grid.setFocus()

    def _on_chosen(self, index: QModelIndex) -> None:
        entry = index.data(ENTRY_ROLE)
        self.close()
        self.chosen.emit(entry)
