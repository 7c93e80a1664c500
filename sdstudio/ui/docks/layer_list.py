"""The list of the Layers panel, whose dragged rows leave in sight where they would go. Must not know layers."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QDrag, QPainter, QPixmap
from PySide6.QtWidgets import QTreeView

_SHARE_SEEN = 0.6  # of the dragged rows; what lies below shows through
_LEAST_HEIGHT = 52  # pixels: one row, so that mode, opacity and buttons stay in sight in the lowest windows
_BESIDE = QPoint(16, 10)  # pixels from the pointer to the dragged rows: the line between two rows stays visible


class LayerList(QTreeView):
    """Qt's own picture of a drag is opaque and lies under the pointer, right on the line that says where it goes."""

    def minimumSizeHint(self) -> QSize:
        return QSize(super().minimumSizeHint().width(), _LEAST_HEIGHT)

    def startDrag(self, actions: Qt.DropAction) -> None:
        rows = [index for index in self.selectedIndexes() if index.flags() & Qt.ItemFlag.ItemIsDragEnabled]
        if not rows:
            return
        drag = QDrag(self)
        drag.setMimeData(self.model().mimeData(rows))
        drag.setPixmap(self.picture_of([self.visualRect(index) for index in rows]))
        drag.setHotSpot(-_BESIDE)
        drag.exec(actions, Qt.DropAction.MoveAction)

    def picture_of(self, rows: list[QRect]) -> QPixmap:
        """The rows at these places of the viewport as they are dragged, half transparent; only what is in sight."""
        seen = [rect & self.viewport().rect() for rect in rows]
        whole = QRect()
        for rect in seen:
            whole |= rect
        ratio = self.devicePixelRatioF()
        picture = QPixmap((whole.size().toSizeF() * ratio).toSize())
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setOpacity(_SHARE_SEEN)
        for rect in seen:
            if not rect.isEmpty():
                painter.drawPixmap(rect.topLeft() - whole.topLeft(), self.viewport().grab(rect))
        painter.end()
        return picture
