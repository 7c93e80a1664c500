"""A new size for the whole picture, in pixels or per cent, and how new pixels are made."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QComboBox, QDialog, QDialogButtonBox, QWidget

from sdstudio.document.document import MAX_SIDE, check_extent
from sdstudio.errors import BadRequest
from sdstudio.raster.geometry import Extent
from sdstudio.raster.warp import Filter
from sdstudio.ui.dialogs.frame import arrange, form, ok_and_cancel
from sdstudio.ui.widgets.labels import label
from sdstudio.ui.widgets.number import NumberField


class ImageSizeDialog(QDialog):
    """After `exec`: `extent` and `filter`."""

    def __init__(self, present: Extent, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Image size"))
        self._present = present
        self._width = NumberField(1, MAX_SIDE, default=present.width, step=8, unit="px")
        self._height = NumberField(1, MAX_SIDE, default=present.height, step=8, unit="px")
        self._percent = NumberField(0.1, 10000, default=100, decimals=1, unit="%")
        self._keeps = QCheckBox(self.tr("Keep the proportions"))
        self._keeps.setChecked(True)
        self._filter = QComboBox()
        for kind, name in (
            (Filter.SMOOTH, self.tr("Smooth (for pictures)")),
            (Filter.BICUBIC, self.tr("Bicubic")),
            (Filter.BILINEAR, self.tr("Bilinear")),
            (Filter.NEAREST, self.tr("Hard pixels (for pixel art)")),
        ):
            self._filter.addItem(name, kind)
        self._note = label("", "small")
        self._note.setWordWrap(True)
        self._buttons = ok_and_cancel(self)
        self._arrange()
        self._width.valueChanged.connect(lambda: self._on_side_changed(self._width))
        self._height.valueChanged.connect(lambda: self._on_side_changed(self._height))
        self._percent.valueChanged.connect(self._on_percent_changed)
        self._keeps.toggled.connect(lambda: self._on_side_changed(self._width))
        self._show_note()
        self._width.setFocus()
        self._width.selectAll()

    @property
    def extent(self) -> Extent:
        return Extent(int(self._width.value()), int(self._height.value()))

    @property
    def filter(self) -> Filter:
        return Filter(self._filter.currentData())

    def _arrange(self) -> None:
        rows = (
            (self.tr("Width"), self._width),
            (self.tr("Height"), self._height),
            (self.tr("Scale"), self._percent),
            ("", self._keeps),
            (self.tr("New pixels"), self._filter),
        )
        for field, name in ((self._width, "Width"), (self._height, "Height"), (self._percent, "Scale")):
            field.setAccessibleName(self.tr(name))
        arrange(self, form(rows), self._note, self._buttons, width=360)

    def _on_side_changed(self, changed: NumberField) -> None:
        if self._keeps.isChecked():
            if changed is self._width:
                share = self._width.value() / self._present.width
                _set(self._height, max(1, round(self._present.height * share)))
            else:
                share = self._height.value() / self._present.height
                _set(self._width, max(1, round(self._present.width * share)))
        _set(self._percent, 100 * self._width.value() / self._present.width)
        self._show_note()

    def _on_percent_changed(self, percent: float) -> None:
        _set(self._width, max(1, round(self._present.width * percent / 100)))
        _set(self._height, max(1, round(self._present.height * percent / 100)))
        self._show_note()

    def _show_note(self) -> None:
        try:
            check_extent(self.extent)
        except BadRequest as error:
            self._note.setText(error.message)
            is_possible = False
        else:
            megapixels = self.extent.area / 2**20
            text = self.tr(
                "Now {now}, then {then} ({size:.1f} megapixels). All layers, masks and the selection follow."
            )
            self._note.setText(text.format(now=self._present, then=self.extent, size=megapixels))
            is_possible = True
        self._buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(is_possible)


def _set(field: NumberField, value: float) -> None:
    was_blocked = field.blockSignals(True)
    field.setValue(value)
    field.blockSignals(was_blocked)
