"""Size and background of a new picture."""

from __future__ import annotations

from PySide6.QtGui import QColor
from PySide6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QWidget

from sdstudio.document.document import MAX_SIDE, check_extent
from sdstudio.errors import BadRequest
from sdstudio.raster.geometry import Extent
from sdstudio.ui.dialogs.frame import arrange, form, ok_and_cancel
from sdstudio.ui.widgets.labels import label
from sdstudio.ui.widgets.number import NumberField

_SIZES = ((512, 512), (1024, 1024), (768, 1024), (1024, 768), (1920, 1080), (3840, 2160))


class NewDocumentDialog(QDialog):
    """After `exec`: `extent`, and `background`, None for transparent."""

    def __init__(self, present: Extent, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("New picture"))
        self._preset, self._background = QComboBox(), QComboBox()
        names = (
            self.tr("Square"),
            self.tr("Large square"),
            self.tr("Portrait"),
            self.tr("Landscape"),
            self.tr("Full HD"),
            self.tr("4K"),
        )
        for name, size in zip(names, _SIZES, strict=True):
            self._preset.addItem(f"{name}, {Extent(*size)}", size)
        self._preset.addItem(self.tr("Custom"), None)
        self._background.addItem(self.tr("White"), QColor("white"))
        self._background.addItem(self.tr("Transparent"), None)
        self._width = NumberField(1, MAX_SIDE, default=512, step=8, unit="px")
        self._height = NumberField(1, MAX_SIDE, default=512, step=8, unit="px")
        self._problem = label("", "small")
        self._buttons = ok_and_cancel(self, self.tr("Create"))
        self._arrange()
        self._preset.activated.connect(self._on_preset_chosen)
        self._width.valueChanged.connect(self._on_size_changed)
        self._height.valueChanged.connect(self._on_size_changed)
        self._width.setValue(present.width)
        self._height.setValue(present.height)
        self._on_size_changed()

    def _arrange(self) -> None:
        rows = (
            (self.tr("Preset"), self._preset),
            (self.tr("Width"), self._width),
            (self.tr("Height"), self._height),
            (self.tr("Background"), self._background),
        )
        arrange(self, form(rows), self._problem, self._buttons, width=360)

    @property
    def extent(self) -> Extent:
        return Extent(int(self._width.value()), int(self._height.value()))

    @property
    def background(self) -> QColor | None:
        color: QColor | None = self._background.currentData()
        return color

    def _on_preset_chosen(self) -> None:
        size = self._preset.currentData()
        if size is not None:
            self._width.setValue(size[0])
            self._height.setValue(size[1])

    def _on_size_changed(self) -> None:
        present = (self.extent.width, self.extent.height)
        self._preset.setCurrentIndex(_SIZES.index(present) if present in _SIZES else len(_SIZES))
        try:
            check_extent(self.extent)
        except BadRequest as error:
            self._problem.setText(error.message)
            self._problem.setWordWrap(True)
        else:
            self._problem.setText("")
        self._buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(not self._problem.text())
