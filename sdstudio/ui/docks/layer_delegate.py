"""How one layer looks in the list: eye, thumbnail, name, what is special about it, lock."""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFont, QHelpEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLineEdit,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
    QWidget,
)

from sdstudio.document.layers import GroupLayer, Layer
from sdstudio.generation.place import REQUEST_KEY
from sdstudio.raster.blend import BlendMode
from sdstudio.ui import theme
from sdstudio.ui.docks.layer_model import LAYER_ROLE
from sdstudio.ui.docks.layer_thumbnails import LayerThumbnails
from sdstudio.ui.docks.list_row import paint_background, small_font

ROW_HEIGHT = 48
THUMBNAIL = 36
_EYE = 32
_ICON = 16


class LayerDelegate(QStyledItemDelegate):
    """`property_wanted(layer, name, value)` when a person clicks the eye or the lock."""

    property_wanted = Signal(object, str, bool)

    def __init__(self, thumbnails: LayerThumbnails, parent: QObject) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(120, ROW_HEIGHT)

    # Painting

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        layer = index.data(LAYER_ROLE)
        if layer is None:
            return
        painter.save()
        row = paint_background(painter, option)
        _draw_icon(
            painter, "eye" if layer.visible else "eye-off", eye_area(row), "muted" if layer.visible else "disabled"
        )
        self._draw_thumbnail(painter, row, layer)
        self._draw_text(painter, option, row, layer)
        if layer.locked:
            _draw_icon(painter, "lock", lock_area(row), "muted")
        painter.restore()

    def _draw_thumbnail(self, painter: QPainter, row: QRect, layer: Layer) -> None:
        place = thumbnail_area(row)
        if isinstance(layer, GroupLayer):
            _draw_icon(painter, "folder", place, "muted")
            return
        pixmap = self._thumbnails.of(layer, painter.device().devicePixelRatioF())
        size = pixmap.deviceIndependentSize().toSize()
        at = QRect(place.left() + (place.width() - size.width()) // 2, 0, size.width(), size.height())
        at.moveTop(place.top() + (place.height() - size.height()) // 2)
        painter.setOpacity(1.0 if layer.visible else 0.4)
        painter.drawPixmap(at.topLeft(), pixmap)
        painter.setOpacity(1.0)
        painter.setPen(theme.color("outline"))
        painter.drawRect(at.adjusted(-1, -1, 0, 0))

    def _draw_text(self, painter: QPainter, option: QStyleOptionViewItem, row: QRect, layer: Layer) -> None:
        area = text_area(row, layer.locked)
        note = self._note(layer)
        font: QFont = option.font
        small = small_font(font)
        upper = QRect(area.left(), area.top(), area.width(), area.height() // 2) if note else area
        align = Qt.AlignmentFlag.AlignLeft
        painter.setPen(theme.color("text" if layer.visible else "muted"))
        painter.setFont(font)
        bottom = Qt.AlignmentFlag.AlignBottom if note else Qt.AlignmentFlag.AlignVCenter
        painter.drawText(upper, align | bottom, _elided(painter, layer.name, upper.width()))
        if not note:
            return
        lower = QRect(area.left(), upper.bottom() + 2, area.width(), area.height() // 2)
        if REQUEST_KEY in layer.metadata:
            _draw_icon(painter, "sparkles", QRect(lower.left(), lower.top(), 12, lower.height()), "accent_text", 12)
            lower.setLeft(lower.left() + 17)
        painter.setPen(theme.color("muted"))
        painter.setFont(small)
        painter.drawText(lower, align | Qt.AlignmentFlag.AlignTop, _elided(painter, note, lower.width()))

    def _note(self, layer: Layer) -> str:
        parts = [self.tr("Generated")] if REQUEST_KEY in layer.metadata else []
        if layer.mode != BlendMode.NORMAL:
            parts.append(layer.mode.label)
        if layer.opacity < 1:
            parts.append(f"{round(layer.opacity * 100)} %")
        if layer.alpha_locked:
            parts.append(self.tr("transparency locked"))
        return " · ".join(parts)

    # Input

    def editorEvent(
        self,
        event: QEvent,
        model: QAbstractItemModel,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> bool:
        layer = index.data(LAYER_ROLE)
        if not isinstance(event, QMouseEvent) or layer is None or event.button() != Qt.MouseButton.LeftButton:
            return super().editorEvent(event, model, option, index)
        row: QRect = option.rect
        at = event.position().toPoint()
        on_eye, on_lock = eye_area(row).contains(at), layer.locked and lock_area(row).contains(at)
        if (on_eye or on_lock) and event.type() in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick):
            name = "visible" if on_eye else "locked"
            self.property_wanted.emit(layer, name, not getattr(layer, name))
        return bool(on_eye or on_lock)

    def helpEvent(
        self,
        event: QHelpEvent,
        view: QAbstractItemView,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> bool:
        layer = index.data(LAYER_ROLE)
        row: QRect = option.rect
        if layer is None:
            return False
        if eye_area(row).contains(event.pos()):
            tip = self.tr("Hides this layer") if layer.visible else self.tr("Shows this layer")
        else:
            tip = layer.name if not layer.locked else self.tr("{name} (locked)").format(name=layer.name)
        QToolTip.showText(event.globalPos(), tip, view)
        return True

    def createEditor(
        self, parent: QWidget, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QWidget:
        line = QLineEdit(parent)
        line.setAccessibleName(self.tr("Layer name"))
        return line

    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        row: QRect = option.rect
        area = text_area(row, is_locked=False)
        editor.setGeometry(area.left() - 8, row.center().y() - 14, area.width() + 8, 28)


def eye_area(row: QRect) -> QRect:
    """Where a click shows or hides the layer."""
    return QRect(row.left() + 4, row.top(), _EYE, row.height())


def thumbnail_area(row: QRect) -> QRect:
    return QRect(row.left() + 4 + _EYE, row.top() + (row.height() - THUMBNAIL) // 2, THUMBNAIL, THUMBNAIL)


def lock_area(row: QRect) -> QRect:
    return QRect(row.right() - 32, row.top(), 32, row.height())


def text_area(row: QRect, is_locked: bool) -> QRect:
    left = row.left() + 4 + _EYE + THUMBNAIL + 10
    return QRect(left, row.top() + 6, row.right() - left - (36 if is_locked else 8), row.height() - 12)


def _draw_icon(painter: QPainter, name: str, area: QRect, role: str, side: int = _ICON) -> None:
    place = QRect(0, 0, side, side)
    place.moveCenter(area.center())
    theme.icon(name, role).paint(painter, place)


def _elided(painter: QPainter, text: str, width: int) -> str:
    return painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, width)
