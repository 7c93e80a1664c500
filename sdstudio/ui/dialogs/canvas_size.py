"""A new size for the canvas, and which part of it the present picture keeps."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QGridLayout,
    QToolButton,
    QWidget,
)

from sdstudio.document.document import MAX_SIDE
from sdstudio.raster.geometry import Bounds, Extent
from sdstudio.ui.dialogs.frame import arrange, form, ok_and_cancel
from sdstudio.ui.widgets.number import NumberField


class CanvasSizeDialog(QDialog):
    """After `exec`: `area`, the new canvas in the present document's pixels."""

    def __init__(self, present: Extent, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Canvas size"))
        self._present = present
        self._width = NumberField(1, MAX_SIDE, default=present.width, step=8, unit="px")
        self._height = NumberField(1, MAX_SIDE, default=present.height, step=8, unit="px")
        self._anchor = QButtonGroup(self)
        rows = (
            (self.tr("Width"), self._width),
            (self.tr("Height"), self._height),
            (self.tr("Picture stays at"), self._anchors()),
        )
        arrange(self, form(rows), ok_and_cancel(self), width=320)
        self._width.setFocus()
        self._width.selectAll()

    def _anchors(self) -> QWidget:
        field = QWidget()
        grid = QGridLayout(field)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(2)
        names = (
            self.tr("top left"), self.tr("top"), self.tr("top right"),
            self.tr("left"), self.tr("middle"), self.tr("right"),
            self.tr("bottom left"), self.tr("bottom"), self.tr("bottom right"),
        )  # fmt: skip
        for place, name in enumerate(names):
            button = QToolButton()
            button.setCheckable(True)
            button.setFixedSize(QSize(28, 28))
            button.setText("●" if place == 4 else "·")
            button.setAccessibleName(name)
            button.setToolTip(name)
            self._anchor.addButton(button, place)
            grid.addWidget(button, place // 3, place % 3)
        grid.setColumnStretch(3, 1)
        self._anchor.button(4).setChecked(True)
        return field

    @property
    def area(self) -> Bounds:
        width, height = int(self._width.value()), int(self._height.value())
        row, column = divmod(self._anchor.checkedId(), 3)
        x = -((width - self._present.width) * column // 2)
        y = -((height - self._present.height) * row // 2)
        return Bounds(x, y, width, height)
