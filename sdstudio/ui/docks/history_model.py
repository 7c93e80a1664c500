"""The states that a document can go back and forth between, as a list: the start first, then one row for each step."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPixmap
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from sdstudio.document.document import Document
from sdstudio.document.history import Command
from sdstudio.ui import theme
from sdstudio.ui.docks.history_thumbnails import HistoryThumbnails
from sdstudio.ui.docks.list_row import paint_background

SAVED_ROLE = Qt.ItemDataRole.UserRole  # whether the file holds this state
UNDONE_ROLE = Qt.ItemDataRole.UserRole + 1
THUMBNAIL_SIDE = 36
_ROW_HEIGHT = 44
_MARGIN = 12
_ICON = 14
AnyIndex = QModelIndex | QPersistentModelIndex


class HistoryModel(QAbstractListModel):
    """Row n is the state after n steps."""

    def __init__(self, document: Document, thumbnails: HistoryThumbnails, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails
        thumbnails.changed.connect(self._on_looks_changed)
        self._document = document
        self._steps: tuple[Command, ...] = ()
        self.set_document(document)

    def set_document(self, document: Document) -> None:
        self._document.history.changed.disconnect(self._on_history_changed)
        self.beginResetModel()
        self._document, self._steps = document, document.history.timeline
        self.endResetModel()
        document.history.changed.connect(self._on_history_changed)

    def _on_history_changed(self) -> None:
        steps = self._document.history.timeline
        same = _common(self._steps, steps)
        if same == 0 and self._steps and steps:  # the oldest were forgotten: every row is another one
            self.beginResetModel()
            self._steps = steps
            self.endResetModel()
            return
        if same < len(self._steps):
            self.beginRemoveRows(QModelIndex(), same + 1, len(self._steps))
            self._steps = self._steps[:same]
            self.endRemoveRows()
        if same < len(steps):
            self.beginInsertRows(QModelIndex(), same + 1, len(steps))
            self._steps = steps
            self.endInsertRows()
        self._on_looks_changed()

    def _on_looks_changed(self) -> None:
        self.dataChanged.emit(self.index(0), self.index(len(self._steps)))

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own
        return 0 if parent.isValid() else len(self._steps) + 1

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = index.row()
        if not index.isValid() or row > len(self._steps):
            return None
        history = self._document.history
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._steps[row - 1].label if row else self._name_of_start()
            case Qt.ItemDataRole.DecorationRole:
                return self._thumbnails.of(self._steps[row - 1] if row else None)
            case Qt.ItemDataRole.AccessibleTextRole | Qt.ItemDataRole.ToolTipRole:
                return self._in_words(row)
        if role == SAVED_ROLE:
            return row == history.saved_at
        if role == UNDONE_ROLE:
            return row > history.position
        return None

    def _name_of_start(self) -> str:
        return self.tr("Older steps were forgotten") if self._document.history.forgotten else self.tr("Start")

    def _in_words(self, row: int) -> str:
        history = self._document.history
        words = self._steps[row - 1].label if row else self._name_of_start()
        if row > history.position:
            words = self.tr("{step}, undone").format(step=words)
        return self.tr("{step}, saved").format(step=words) if row == history.saved_at else words


class HistoryDelegate(QStyledItemDelegate):
    """A small picture, the step's name, and a mark where the state is the saved one. Undone steps are faint."""

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        return QSize(0, _ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        row = paint_background(painter, option)
        is_undone = bool(index.data(UNDONE_ROLE))
        painter.save()
        frame = QRect(
            row.left() + _MARGIN, row.top() + (row.height() - THUMBNAIL_SIDE) // 2, THUMBNAIL_SIDE, THUMBNAIL_SIDE
        )
        picture = index.data(Qt.ItemDataRole.DecorationRole)
        painter.setOpacity(0.4 if is_undone else 1.0)
        if isinstance(picture, QPixmap):
            size = picture.deviceIndependentSize().toSize()
            painter.drawPixmap(frame.center().x() - size.width() // 2, frame.center().y() - size.height() // 2, picture)
        else:  # the steps came too fast for a picture of each
            painter.fillRect(frame, theme.color("raised"))
        painter.setOpacity(1.0)
        right = row.right() - _MARGIN
        if index.data(SAVED_ROLE):
            right -= _ICON + 4
            theme.icon("save", "muted").paint(painter, QRect(right + 4, row.center().y() - _ICON // 2, _ICON, _ICON))
        text_area = QRect(frame.right() + 10, row.top(), right - frame.right() - 14, row.height())
        painter.setPen(theme.color("muted" if is_undone else "text"))
        font = option.font
        font.setItalic(is_undone)
        painter.setFont(font)
        words = QFontMetrics(font).elidedText(str(index.data()), Qt.TextElideMode.ElideRight, text_area.width())
        painter.drawText(text_area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, words)
        painter.restore()


def _common(some: tuple[Command, ...], others: tuple[Command, ...]) -> int:
    """How many steps are the same from the start."""
    count = 0
    for one, other in zip(some, others, strict=False):
        if one is not other:
            break
        count += 1
    return count
