"""The document's layers as an item model: top layer first, groups with children.

Turns the document's events into the model's signals and the model's drops and edits into commands.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractItemModel,
    QByteArray,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from sdstudio.document.commands import SetLayer
from sdstudio.document.document import Document
from sdstudio.document.layers import GroupLayer, Layer
from sdstudio.document.structure import MoveLayers
from sdstudio.document.tree import outermost

LAYER_ROLE = Qt.ItemDataRole.UserRole
TARGET_ROLE = Qt.ItemDataRole.UserRole + 1
"""What tools work on: "pixels" or "mask" of the active layer when it has a mask, else nothing."""

_MIME = "application/x-sdstudio-layer"
AnyIndex = QModelIndex | QPersistentModelIndex


class LayerModel(QAbstractItemModel):
    """Indexes carry small numbers that stand for layer ids, so that an index never outlives what it points to."""

    move_wanted = Signal(object)  # a command, run by the owner after the drop is over

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._numbers: dict[str, int] = {}
        self._ids: dict[int, str] = {}
        self._document = document
        self._layers: dict[str, Layer] = {}
        self._shape: object = None
        self.set_document(document)

    @property
    def document(self) -> Document:
        return self._document

    def set_document(self, document: Document) -> None:
        self._document.layers_changed.disconnect(self._on_layers_changed)
        self.beginResetModel()
        self._document = document
        self._look()
        self.endResetModel()
        document.layers_changed.connect(self._on_layers_changed)

    def _on_layers_changed(self) -> None:
        if _shape(self._document.root) != self._shape:
            self.beginResetModel()
            self._look()
            self.endResetModel()
        else:
            self.tell_changed()

    def _look(self) -> None:
        self._shape = _shape(self._document.root)
        self._layers = {layer.id: layer for layer in self._document.walk()}

    def tell_changed(self) -> None:
        """Everything may look different; rows stay where they are."""
        self._tell_changed(QModelIndex())

    def _tell_changed(self, parent: QModelIndex) -> None:
        rows = self.rowCount(parent)
        if rows:
            self.dataChanged.emit(self.index(0, 0, parent), self.index(rows - 1, 0, parent))
        for row in range(rows):
            self._tell_changed(self.index(row, 0, parent))

    # Between layers and indexes

    def layer_at(self, index: AnyIndex) -> Layer | None:
        if not index.isValid():
            return None
        return self._layers.get(self._ids.get(int(index.internalId()), ""))

    def index_of(self, layer_id: str | None) -> QModelIndex:
        """An invalid index when there is no such layer."""
        if layer_id is None:
            return QModelIndex()
        try:
            siblings = self._document.parent_of(layer_id).children
        except KeyError:
            return QModelIndex()
        row = next(row for row, layer in enumerate(reversed(siblings)) if layer.id == layer_id)
        return self.createIndex(row, 0, self._number(layer_id))

    def _number(self, layer_id: str) -> int:
        if layer_id not in self._numbers:
            number = len(self._numbers) + 1
            self._numbers[layer_id], self._ids[number] = number, layer_id
        return self._numbers[layer_id]

    def _children(self, parent: AnyIndex) -> list[Layer]:
        group = self.layer_at(parent) if parent.isValid() else self._document.root
        return group.children if isinstance(group, GroupLayer) else []

    # What a view asks

    def index(self, row: int, column: int, parent: AnyIndex = QModelIndex()) -> QModelIndex:  # noqa: B008 - Qt's own
        children = self._children(parent)
        if column != 0 or not 0 <= row < len(children):
            return QModelIndex()
        return self.createIndex(row, 0, self._number(children[-1 - row].id))

    def parent(self, child: AnyIndex) -> QModelIndex:  # type: ignore[override]
        layer = self.layer_at(child)
        if layer is None:
            return QModelIndex()
        group = self._document.parent_of(layer.id)
        return QModelIndex() if group is self._document.root else self.index_of(group.id)

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own
        return len(self._children(parent))

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own
        return 1

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        layer = self.layer_at(index)
        if layer is None:
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return layer.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return layer.name if layer.visible else self.tr("{name}, hidden").format(name=layer.name)
        if role == TARGET_ROLE:
            is_active = layer.id == self._document.active_id and layer.mask is not None
            return ("mask" if self._document.paints_mask else "pixels") if is_active else ""
        return layer if role == LAYER_ROLE else None

    def setData(self, index: AnyIndex, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        layer = self.layer_at(index)
        name = str(value).strip()
        if layer is None or role != Qt.ItemDataRole.EditRole or not name:
            return False
        if name != layer.name:
            self._document.run(SetLayer(layer.id, name=name))
        return True

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        flag = Qt.ItemFlag
        if not index.isValid():
            return flag.ItemIsDropEnabled
        flags = flag.ItemIsEnabled | flag.ItemIsSelectable | flag.ItemIsEditable | flag.ItemIsDragEnabled
        if isinstance(self.layer_at(index), GroupLayer):
            flags |= flag.ItemIsDropEnabled
        return flags

    # Drag and drop

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:
        return [_MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        data = QMimeData()
        ids = [layer.id for index in indexes if (layer := self.layer_at(index)) is not None]
        if ids:
            data.setData(_MIME, QByteArray("\n".join(ids).encode()))
        return data

    def dropMimeData(self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: AnyIndex) -> bool:
        """`row` is the row in front of which the layers go; -1 means onto `parent`, so into it, on top."""
        ids = bytes(data.data(_MIME).data()).decode().split("\n")
        group = self.layer_at(parent) if parent.isValid() else self._document.root
        moved = [layer.id for layer in outermost(self._document, [id for id in ids if id in self._layers])]
        if not moved or not isinstance(group, GroupLayer):
            return False
        row = max(row, 0) if parent.isValid() or row >= 0 else self.rowCount(parent)
        before = [layer.id for layer in group.children]
        below = [id for id in before[: len(before) - row] if id not in moved]
        above = [id for id in before[len(before) - row :] if id not in moved]
        if [*below, *moved, *above] != before:
            self.move_wanted.emit(MoveLayers(moved, group.id, len(below)))
        return False  # the view must not remove the rows itself


def _shape(group: GroupLayer) -> list[Any]:
    return [(layer.id, _shape(layer)) if isinstance(layer, GroupLayer) else layer.id for layer in group.children]
