"""The axes of an X/Y/Z grid. Reads what is written; must not know how the pictures are made."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QGridLayout, QLineEdit, QVBoxLayout, QWidget

from sdstudio.errors import BadRequest
from sdstudio.generation.grid import Axis, axis, cells
from sdstudio.generation.grid_axes import AXES
from sdstudio.generation.parameters import Parameters
from sdstudio.ui.widgets.labels import label

_START = ("steps", "cfg_scale", "")  # what the three axes are at first


class PictureGridDialog(QDialog):
    """After `exec`: `axes`, those that have values."""

    def __init__(self, parameters: Parameters, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("X/Y/Z grid"))
        self._parameters = parameters
        self.axes: list[Axis] = []
        self.kinds: list[QComboBox] = []
        self.values: list[QLineEdit] = []
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(8)
        for row, (name, start) in enumerate(zip("XYZ", _START, strict=True)):
            self._add_row(grid, row, name, start)
        grid.setColumnStretch(2, 1)
        hint = label(self.tr("Values with commas, or ranges such as 1..4 and 10..30:10"), "small")
        self._words = label(role="small")
        self._words.setWordWrap(True)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self._ok = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        self._ok.setText(self.tr("Generate"))
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addLayout(grid)
        for part in (hint, self._words, self.buttons):
            column.addWidget(part)
        self.setMinimumWidth(460)
        self._on_changed()

    def _add_row(self, grid: QGridLayout, row: int, name: str, start: str) -> None:
        kind, values = QComboBox(), QLineEdit()
        kind.addItem(self.tr("Nothing"), "")
        for field, one in AXES.items():
            kind.addItem(one.title, field)
        kind.setCurrentIndex(kind.findData(start))
        values.setAccessibleName(self.tr("Values of {axis}").format(axis=name))
        values.setPlaceholderText(self.tr("e.g. 10, 20, 30"))
        kind.currentIndexChanged.connect(self._on_changed)
        values.textChanged.connect(self._on_changed)
        for place, part in enumerate((label(name, buddy=kind), kind, values)):
            grid.addWidget(part, row, place)
        self.kinds.append(kind)
        self.values.append(values)

    def _on_changed(self) -> None:
        """Say how many pictures it would be, or what is wrong."""
        try:
            rows = zip(self.kinds, self.values, strict=True)
            self.axes = [
                axis(kind.currentData(), text.text()) for kind, text in rows if kind.currentData() and text.text()
            ]
            count = len(cells(self._parameters, self.axes)) if self.axes else 0
            self._words.setText(
                self.tr("{count} pictures").format(count=count) if count else self.tr("Write the values of an axis.")
            )
        except BadRequest as problem:
            count = 0
            self._words.setText(problem.message)
        self._ok.setEnabled(count > 0)
