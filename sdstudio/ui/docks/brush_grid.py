"""The grid of brushes, as the panel and the pop-up at the pointer show it."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QListView

from sdstudio.ui.docks.brush_model import CELL, BrushDelegate, BrushFilter, Previews


class BrushGrid(QListView):
    menu_wanted = Signal(QPoint)  # on the screen; the brush under it is chosen
    remove_wanted = Signal()

    def __init__(self, model: BrushFilter) -> None:
        super().__init__()
        self.setModel(model)
        self.setItemDelegate(BrushDelegate(Previews(self.viewport()), self))
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)  # or the rows would jump when it comes
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setSelectionMode(QListView.SelectionMode.SingleSelection)
        self.setAccessibleName(self.tr("Brushes"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As many in a row as there is room for, and no room left."""
        width = self.viewport().width() - 2  # with none to spare, the last of a row would be wrapped
        self.setGridSize(QSize(width // max(width // CELL.width(), 1), CELL.height()))
        super().resizeEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        index = self.indexAt(event.pos())
        self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self.menu_wanted.emit(event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Delete:
            self.remove_wanted.emit()
        else:
            super().keyPressEvent(event)
