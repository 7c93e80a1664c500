"""How the grid lies over the picture; what is changed here is seen at once."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QDialog, QPushButton, QWidget

from sdstudio.ui.canvas.aids import Grid
from sdstudio.ui.dialogs.color import ask_color
from sdstudio.ui.dialogs.frame import arrange, form, ok_and_cancel
from sdstudio.ui.widgets.number import NumberField

_MOST = 4096


class GridDialog(QDialog):
    """`changed(Grid)` with every change; Cancel tells the grid of the beginning once more."""

    changed = Signal(object)

    def __init__(self, grid: Grid, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Grid"))
        self._before = grid
        self._color = QColor(grid.color)
        self._fields = {
            "spacing_x": _field(1, grid.spacing_x, 64),
            "spacing_y": _field(1, grid.spacing_y, 64),
            "offset_x": _field(-_MOST, grid.offset_x, 0),
            "offset_y": _field(-_MOST, grid.offset_y, 0),
            "subdivisions": NumberField(1, 16, default=4),
        }
        self._fields["subdivisions"].setValue(grid.subdivisions)
        self._button = QPushButton()
        self._button.setAccessibleName(self.tr("Colour"))
        self._button.clicked.connect(self._ask_color)
        names = (
            self.tr("Distance across"),
            self.tr("Distance down"),
            self.tr("Offset across"),
            self.tr("Offset down"),
            self.tr("Finer lines between"),
        )
        rows = form(zip(names, self._fields.values(), strict=True))
        for name, field in zip(names, self._fields.values(), strict=True):
            field.setAccessibleName(name)
            field.valueChanged.connect(self._on_changed)
        rows.addRow(self.tr("Colour"), self._button)
        arrange(self, rows, ok_and_cancel(self), width=300)
        self._show_color()

    @property
    def grid(self) -> Grid:
        numbers = {name: int(field.value()) for name, field in self._fields.items()}
        return Grid(**numbers, color=self._color.name())

    def reject(self) -> None:
        self.changed.emit(self._before)
        super().reject()

    def _on_changed(self) -> None:
        self.changed.emit(self.grid)

    def _ask_color(self) -> None:
        color = ask_color(self._color, self.tr("Colour of the grid"), self)
        if color is not None:
            self._color = color
            self._show_color()
            self._on_changed()

    def _show_color(self) -> None:
        self._button.setText(self._color.name())
        self._button.setStyleSheet(f"border: 2px solid {self._color.name()}")


def _field(least: int, value: int, default: int) -> NumberField:
    field = NumberField(least, _MOST, default=default, step=8, unit="px")
    field.setValue(value)
    return field
