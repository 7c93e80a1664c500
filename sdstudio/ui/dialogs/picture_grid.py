"""The axes of an X/Y/Z grid. Reads what is written; must not know how the pictures are made."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from PySide6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QGridLayout, QLineEdit, QVBoxLayout, QWidget

from sdstudio.errors import BadRequest
from sdstudio.generation.grid import Axis, axis, cells
from sdstudio.generation.grid_axes import AXES
from sdstudio.generation.parameters import Parameters
from sdstudio.ui.widgets.labels import label

_TIP_WIDTH = 70  # letters in a line of a tool tip
# Where neither names nor whole numbers are meant; figures and words of the program's own, the same in all languages.
_EXAMPLES = {
    **dict.fromkeys(("exact_strength", "zero_snr", "freeu"), "on, off"),
    **dict.fromkeys(
        ("strength", "cfg_rescale", "cfg_start", "cfg_end", "eta", "hires_strength", "refiner_switch"), "0.2, 0.5, 0.8"
    ),
    **dict.fromkeys(("lora_weight", "control_weight", "control_start", "control_end"), "0.2, 0.5, 0.8"),
    "cfg_scale": "2, 4, 7",
    "clip_skip": "1, 2",
    "hires": "1, 1.5, 2",
    "native_size": "256, 512",
    "s_noise": "1, 1.01",
    "seamless": "x, y, both",
    "seed": "1..4",
}
_START = ("steps", "cfg_scale", "")  # what the three axes are at first


class PictureGridDialog(QDialog):
    """After `exec`: `axes`, those that have values."""

    def __init__(
        self,
        parameters: Parameters,
        parent: QWidget | None = None,
        names: Mapping[str, Sequence[str]] = MappingProxyType({}),
    ) -> None:
        """`names` are those on this machine that an axis can be made of, such as models, by the axis' field."""
        super().__init__(parent)
        self._names = names
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
        kind.currentIndexChanged.connect(lambda: self._show_example(kind, values))
        kind.currentIndexChanged.connect(self._on_changed)
        self._show_example(kind, values)
        values.textChanged.connect(self._on_changed)
        for place, part in enumerate((label(name, buddy=kind), kind, values)):
            grid.addWidget(part, row, place)
        self.kinds.append(kind)
        self.values.append(values)

    def _show_example(self, kind: QComboBox, values: QLineEdit) -> None:
        """What could be written for this axis; the tool tip has all names that there are."""
        axis_kind = AXES.get(kind.currentData())
        values.setEnabled(axis_kind is not None)
        values.setToolTip("")
        if axis_kind is None:
            values.setPlaceholderText("")
            return
        known = list(self._names.get(axis_kind.field, ())) or [
            name for name in (axis_kind.names or {}).values() if name
        ]
        if axis_kind.field in ("prompt", "negative_prompt"):
            example = self.tr("red, green: red becomes green")
        elif known:
            example = self.tr("e.g. {names}").format(names=", ".join(known[:2]))
            values.setToolTip(textwrap.fill(self.tr("Any of: {names}").format(names=", ".join(known)), _TIP_WIDTH))
        else:
            example = _EXAMPLES.get(axis_kind.field, "") or self.tr("e.g. 10, 20, 30")
        values.setPlaceholderText(example)

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
