"""The brushes as an item model, with a stroke of each as its picture, and how one brush looks in the grid."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QCoreApplication,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    QSortFilterProxyModel,
    Qt,
    QTimer,
)
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from sdstudio.brushes.library import Entry, Library
from sdstudio.raster.dabs import Brush
from sdstudio.ui import theme, tokens
from sdstudio.ui.brush_preview import brush_preview
from sdstudio.ui.docks.list_row import small_font

ENTRY_ROLE = Qt.ItemDataRole.UserRole
PREVIEW = QSize(122, 46)
CELL = QSize(130, 74)
AnyIndex = QModelIndex | QPersistentModelIndex

translate = QCoreApplication.translate


class BrushModel(QAbstractListModel):
    """The library's entries in its order."""

    def __init__(self, library: Library, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._library = library
        self._entries = library.entries
        library.changed.connect(self._on_changed)

    @property
    def groups(self) -> list[str]:
        """The headings in their order, each once."""
        return list(dict.fromkeys(entry.preset.group for entry in self._entries))

    def row_of(self, id: str) -> int:
        """-1 when there is no such brush."""
        return next((row for row, entry in enumerate(self._entries) if entry.id == id), -1)

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own
        return 0 if parent.isValid() else len(self._entries)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._entries):
            return None
        entry = self._entries[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return entry.preset.name
            case Qt.ItemDataRole.ToolTipRole:
                return _explain(entry)
            case Qt.ItemDataRole.AccessibleTextRole:
                return _explain(entry).replace("\n", ", ")
        return entry if role == ENTRY_ROLE else None

    def _on_changed(self) -> None:
        self.beginResetModel()
        self._entries = self._library.entries
        self.endResetModel()


class BrushFilter(QSortFilterProxyModel):
    """Those of one group and for one kind of tool (empty: all) whose name has the words that were typed."""

    def __init__(self, model: BrushModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._group = self._kind = ""
        self._words: list[str] = []
        self.setSourceModel(model)

    def set_group(self, group: str) -> None:
        self.beginFilterChange()
        self._group = group
        self.endFilterChange()

    def set_kind(self, kind: str) -> None:
        self.beginFilterChange()
        self._kind = kind
        self.endFilterChange()

    def set_words(self, text: str) -> None:
        self.beginFilterChange()
        self._words = text.casefold().split()
        self.endFilterChange()

    def filterAcceptsRow(self, row: int, parent: AnyIndex) -> bool:
        entry = self.sourceModel().index(row, 0).data(ENTRY_ROLE)
        text = f"{entry.preset.name} {entry.preset.group}".casefold()
        if self._group not in ("", entry.preset.group) or self._kind not in ("", entry.preset.kind):
            return False
        return all(word in text for word in self._words)


class Previews(QObject):
    """The pictures of brushes, one made at a time when the window has nothing else to do."""

    def __init__(self, view: QWidget) -> None:
        super().__init__(view)
        self._view = view
        self._made: dict[tuple[str, Brush, float, int], QImage] = {}
        self._wanted: dict[tuple[str, Brush, float, int], None] = {}
        self._next = QTimer(self, singleShot=True, interval=0)
        self._next.timeout.connect(self._make_one)

    def picture(self, kind: str, brush: Brush) -> QImage | None:
        """None when it is still to be made; the view is painted again then."""
        key = (kind, brush, self._view.devicePixelRatioF(), tokens.current.generation)
        if key not in self._made:
            self._wanted[key] = None
            self._next.start()
        return self._made.get(key)

    def _make_one(self) -> None:
        if not self._wanted:
            return
        key = next(iter(self._wanted))
        del self._wanted[key]
        kind, brush, ratio, generation = key
        if generation == tokens.current.generation:
            size = PREVIEW * ratio
            image = brush_preview(brush, kind, size.width(), size.height(), theme.color("text"))
            image.setDevicePixelRatio(ratio)
            self._made[key] = image
            self._view.update()
        if self._wanted:
            self._next.start()


class BrushDelegate(QStyledItemDelegate):
    """A stroke on a card, the name below it."""

    def __init__(self, previews: Previews, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._previews = previews

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        grid = option.widget
        return grid.gridSize() if isinstance(grid, QListView) and grid.gridSize().isValid() else CELL

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        entry = index.data(ENTRY_ROLE)
        is_chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        is_under = bool(option.state & QStyle.StateFlag.State_MouseOver)
        cell: QRect = option.rect
        card = QRect(cell.left() + 4, cell.top() + 3, cell.width() - 8, PREVIEW.height())
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = QPainterPath()
        edge.addRoundedRect(QRectF(card), 4, 4)
        painter.fillPath(edge, theme.color("hover" if is_under else "base"))
        image = self._previews.picture(entry.preset.kind, entry.preset.brush)
        if image is not None:
            painter.save()
            painter.setClipPath(edge)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(QRectF(card), image)  # a little wider than it was made, so that cards fill the row
            painter.restore()
        if is_chosen:
            painter.setPen(QPen(theme.color("accent"), 2))
            painter.drawPath(edge)
        painter.setPen(theme.color("text" if is_chosen else "muted"))
        painter.setFont(small_font(option.font))
        name = QRect(card.left(), card.bottom() + 2, card.width(), cell.bottom() - card.bottom() - 3)
        text = painter.fontMetrics().elidedText(entry.preset.name, Qt.TextElideMode.ElideRight, name.width())
        painter.drawText(name, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, text)
        painter.restore()


def _explain(entry: Entry) -> str:
    preset = entry.preset
    tools = {
        "paint": translate("Brushes", "for the brush"),
        "eraser": translate("Brushes", "for the eraser"),
        "mask": translate("Brushes", "for the mask brush"),
        "smudge": translate("Brushes", "for smudging"),
        "blur": translate("Brushes", "for blurring"),
        "clone": translate("Brushes", "for cloning"),
    }
    return f"{preset.name}\n{preset.group}, {tools[preset.kind]}, {preset.brush.size:.0f} px"
