"""How one layer looks in the list (eye, thumbnails, name, notes, lock), and what a click at each of these does."""

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
from PySide6.QtGui import QColor, QFont, QHelpEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLineEdit,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
    QTreeView,
    QWidget,
)

from sdstudio.document.layers import AdjustmentLayer, FillLayer, GroupLayer, Layer
from sdstudio.document.text_layers import text_of
from sdstudio.generation.place import REQUEST_KEY
from sdstudio.raster.blend import BlendMode
from sdstudio.ui import theme
from sdstudio.ui.docks.layer_model import LAYER_ROLE, TARGET_ROLE
from sdstudio.ui.docks.layer_row import (
    ROW_HEIGHT,
    THUMBNAIL,
    clip_area,
    eye_area,
    lock_area,
    mask_area,
    text_area,
    thumbnail_area,
)
from sdstudio.ui.docks.layer_thumbnails import LayerThumbnails
from sdstudio.ui.docks.list_row import paint_background, small_font

__all__ = ["ROW_HEIGHT", "THUMBNAIL", "LayerDelegate", "eye_area", "lock_area", "mask_area", "thumbnail_area"]

_ICON = 16
_OFF = QColor(230, 72, 72)  # the cross over a mask that is switched off; seen on black and on white
_CHEVRON = 14
_Index = QModelIndex | QPersistentModelIndex


class LayerDelegate(QStyledItemDelegate):
    """Says what a person clicked at; what that does is the panel's business."""

    property_wanted = Signal(object, str, bool)  # layer, name, value: the eye, the lock, the mask with Shift held
    target_wanted = Signal(object, bool)  # layer, whether its mask is the target
    fold_wanted = Signal(object)  # the index of a group: a press at its folder
    selection_wanted = Signal(object, bool, str)  # layer, whether of its mask, how it meets the selection that is there
    properties_wanted = Signal(object)  # layer: a double click at the picture of one that can be set
    words_wanted = Signal(object)  # layer: the same at the picture of a text

    def __init__(self, thumbnails: LayerThumbnails, parent: QObject) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(120, ROW_HEIGHT)

    # Painting

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        layer = index.data(LAYER_ROLE)
        if layer is None:
            return
        painter.save()
        row = paint_background(painter, option)
        if option.state & QStyle.StateFlag.State_Selected and not _is_current(option, index):
            # Of several that are chosen, only the active one has the bar.
            painter.fillRect(QRect(row.left(), row.top(), 2, row.height()), theme.color("selected"))
        eye, role = ("eye", "muted") if layer.visible else ("eye-off", "disabled")
        _draw_icon(painter, eye, eye_area(row), role)
        if layer.clipped:
            _draw_icon(painter, "corner-left-down", clip_area(row), "muted", 12)
        target = index.data(TARGET_ROLE)
        self._draw_thumbnail(painter, row, layer, bool(option.state & QStyle.StateFlag.State_Open))
        self._draw_mask(painter, row, layer, target)
        self._draw_text(painter, option, row, layer)
        if layer.locked:
            _draw_icon(painter, "lock", lock_area(row), "muted")
        painter.restore()

    def _draw_thumbnail(self, painter: QPainter, row: QRect, layer: Layer, is_open: bool) -> None:
        place = thumbnail_area(row, layer)
        if isinstance(layer, GroupLayer):
            left, right = place.adjusted(0, 0, -20, 0), place.adjusted(14, 0, 0, 0)
            _draw_icon(painter, "chevron-down" if is_open else "chevron-right", left, "muted", _CHEVRON)
            _draw_icon(painter, "folder-open" if is_open else "folder", right, "muted")
        elif isinstance(layer, AdjustmentLayer):
            _draw_icon(painter, "sliders-horizontal", place, "text" if layer.visible else "disabled", 20)
        else:
            at = self._draw_picture(painter, place, layer, of_mask=False)
            painter.setPen(theme.color("outline"))
            painter.drawRect(at.adjusted(-1, -1, 0, 0))

    def _draw_mask(self, painter: QPainter, row: QRect, layer: Layer, target: str) -> None:
        if layer.mask is None:
            return
        at = self._draw_picture(painter, mask_area(row, layer), layer, of_mask=True)
        painter.setPen(theme.color("outline"))
        painter.drawRect(at.adjusted(-1, -1, 0, 0))
        if not layer.mask_enabled:
            painter.setPen(QPen(_OFF, 2))
            painter.drawLine(at.topLeft(), at.bottomRight())
            painter.drawLine(at.topRight(), at.bottomLeft())
        if target:  # what brush and eraser work on has a frame
            framed = at
            if target == "pixels":
                framed = self._size(painter, thumbnail_area(row, layer), layer, of_mask=False)
            painter.setPen(QPen(theme.color("accent_text"), 2))
            painter.drawRect(framed.adjusted(-2, -2, 2, 2))

    def _draw_picture(self, painter: QPainter, place: QRect, layer: Layer, *, of_mask: bool) -> QRect:
        at = self._size(painter, place, layer, of_mask=of_mask)
        painter.setOpacity(1.0 if layer.visible else 0.4)
        painter.drawPixmap(at.topLeft(), self._thumbnails.of(layer, painter.device().devicePixelRatioF(), of_mask))
        painter.setOpacity(1.0)
        return at

    def _size(self, painter: QPainter, place: QRect, layer: Layer, *, of_mask: bool) -> QRect:
        """Where a picture of the canvas's proportions is inside `place`."""
        pixmap = self._thumbnails.of(layer, painter.device().devicePixelRatioF(), of_mask)
        at = QRect(0, 0, 1, 1)
        at.setSize(pixmap.deviceIndependentSize().toSize())
        at.moveLeft(place.left() + (place.width() - at.width()) // 2)
        at.moveTop(place.top() + (place.height() - at.height()) // 2)
        return at

    def _draw_text(self, painter: QPainter, option: QStyleOptionViewItem, row: QRect, layer: Layer) -> None:
        area = text_area(row, layer)
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
        if isinstance(layer, GroupLayer) and not layer.isolated:
            parts.append(self.tr("Pass through"))
        elif layer.mode != BlendMode.NORMAL:
            parts.append(layer.mode.label)
        if layer.opacity < 1:
            parts.append(f"{round(layer.opacity * 100)} %")
        if layer.alpha_locked:
            parts.append(self.tr("transparency locked"))
        if layer.position_locked:
            parts.append(self.tr("position locked"))
        return " · ".join(parts)

    # Input

    def editorEvent(
        self, event: QEvent, model: QAbstractItemModel, option: QStyleOptionViewItem, index: _Index
    ) -> bool:
        layer = index.data(LAYER_ROLE)
        if not isinstance(event, QMouseEvent) or layer is None or event.button() != Qt.MouseButton.LeftButton:
            return super().editorEvent(event, model, option, index)
        row: QRect = option.rect
        at = event.position().toPoint()
        is_press = event.type() in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick)
        on_eye, on_lock = eye_area(row).contains(at), layer.locked and lock_area(row).contains(at)
        if on_eye or on_lock:
            if is_press:
                name = "visible" if on_eye else "locked"
                self.property_wanted.emit(layer, name, not getattr(layer, name))
            return True
        if isinstance(layer, GroupLayer) and thumbnail_area(row, layer).contains(at):
            if is_press:
                self.fold_wanted.emit(index)
            return True
        return self._pictures_event(event, row, layer)

    def _pictures_event(self, event: QMouseEvent, row: QRect, layer: Layer) -> bool:
        """A press at a picture chooses what is painted on; the row is chosen as by any press."""
        at = event.position().toPoint()
        on_mask = mask_area(row, layer).contains(at)
        on_picture = thumbnail_area(row, layer).contains(at)
        if event.type() == QEvent.Type.MouseButtonDblClick:
            if on_picture and isinstance(layer, AdjustmentLayer | FillLayer):
                self.properties_wanted.emit(layer)
            elif on_picture and text_of(layer) is not None:
                self.words_wanted.emit(layer)
            return on_mask or on_picture  # or the name would be opened for typing
        if event.type() != QEvent.Type.MouseButtonPress or not (on_mask or on_picture):
            return False
        if on_mask and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.property_wanted.emit(layer, "mask_enabled", not layer.mask_enabled)
            return True
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.selection_wanted.emit(layer, on_mask, _mode_for(event.modifiers()))
            return True
        if not event.modifiers():
            self.target_wanted.emit(layer, on_mask)
        return False

    def helpEvent(
        self, event: QHelpEvent, view: QAbstractItemView, option: QStyleOptionViewItem, index: _Index
    ) -> bool:
        layer = index.data(LAYER_ROLE)
        row: QRect = option.rect
        if layer is None:
            return False
        QToolTip.showText(event.globalPos(), self._tip(layer, row, event), view)
        return True

    def _tip(self, layer: Layer, row: QRect, event: QHelpEvent) -> str:
        if eye_area(row).contains(event.pos()):
            return self.tr("Hides this layer") if layer.visible else self.tr("Shows this layer")
        if mask_area(row, layer).contains(event.pos()):
            return self.tr(
                "Click to paint on the mask: white shows, black hides. Shift+click switches it off and on, Ctrl+click "
                "selects what it shows."
            )
        if isinstance(layer, AdjustmentLayer | FillLayer) and thumbnail_area(row, layer).contains(event.pos()):
            return self.tr("Double-click to change how this layer is set")
        if thumbnail_area(row, layer).contains(event.pos()) and text_of(layer) is not None:
            return self.tr("Double-click to change the words; Ctrl+click selects them")
        if thumbnail_area(row, layer).contains(event.pos()) and not isinstance(layer, GroupLayer):
            return self.tr("Ctrl+click selects what is painted here; with Shift it is added, with Alt taken away")
        return layer.name if not layer.locked else self.tr("{name} (locked)").format(name=layer.name)

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: _Index) -> QWidget:
        line = QLineEdit(parent)
        line.setAccessibleName(self.tr("Layer name"))
        return line

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: _Index) -> None:
        row: QRect = option.rect
        area = text_area(row, index.data(LAYER_ROLE), beside_lock=False)
        editor.setGeometry(area.left() - 8, row.center().y() - 14, area.width() + 8, 28)


def _is_current(option: QStyleOptionViewItem, index: _Index) -> bool:
    view = option.widget
    return isinstance(view, QTreeView) and view.currentIndex() == index


def _mode_for(keys: Qt.KeyboardModifier) -> str:
    """As the selection tools have it."""
    shift, alt = bool(keys & Qt.KeyboardModifier.ShiftModifier), bool(keys & Qt.KeyboardModifier.AltModifier)
    return "intersect" if shift and alt else "add" if shift else "subtract" if alt else "replace"


def _draw_icon(painter: QPainter, name: str, area: QRect, role: str, side: int = _ICON) -> None:
    place = QRect(0, 0, side, side)
    place.moveCenter(area.center())
    theme.icon(name, role).paint(painter, place)


def _elided(painter: QPainter, text: str, width: int) -> str:
    return painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, width)
