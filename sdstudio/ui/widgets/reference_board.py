"""A board of pictures to look at while painting: zoom, pan, arrange, take colours. Nothing of it leaves the machine."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDropEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from sdstudio.ui import theme

_GAP = 16.0  # board units between pictures
_SIDE = 512.0  # board units of the longer side of a picture that was just put here
_MARGIN = 8.0
_MOST_SIDE = 4096  # pixels
_ZOOM_RANGE = (0.02, 32.0)
_WHEEL_STEP = 1.2
_PIXELS_FROM = 3.0  # device pixels for one of the picture from which on pixels are squares


@dataclass(eq=False)
class Reference:
    """A picture and its place on the board; `source` is its file, empty when it came from the clipboard."""

    image: QImage
    place: QRectF
    source: str = ""


class ReferenceBoard(QWidget):
    """Click: take the colour. Drag: pan. Shift+drag: move a picture. Wheel: zoom. Delete: remove the chosen one."""

    color_picked = Signal(QColor, bool)  # True: as the second colour
    changed = Signal()  # pictures came, went or were chosen
    dropped = Signal(object)  # QMimeData

    def __init__(self, empty_text: str) -> None:
        super().__init__()
        self._references: list[Reference] = []
        self._chosen: Reference | None = None
        self._empty_text = empty_text
        self._zoom, self._pan = 1.0, QPointF(0, 0)
        self._pressed_at: QPointF | None = None
        self._moves: Reference | None = None
        self._dragged = False
        self.setAcceptDrops(True)
        self.setMinimumHeight(96)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Reference pictures"))
        self.setToolTip(
            self.tr("Click takes the colour, Ctrl+click as the second one. Drag pans, Shift+drag moves a picture")
        )
        self.setCursor(Qt.CursorShape.CrossCursor)

    def sizeHint(self) -> QSize:
        return QSize(260, 240)

    @property
    def references(self) -> list[Reference]:
        return list(self._references)

    @property
    def chosen(self) -> Reference | None:
        return self._chosen

    # Pictures

    def add(self, image: QImage, source: str = "") -> None:
        """Put a picture beside the others and show all of them. A very large one is kept smaller than it is."""
        if max(image.width(), image.height()) > _MOST_SIDE:
            side = QSize(_MOST_SIDE, _MOST_SIDE)
            mode = Qt.TransformationMode.SmoothTransformation
            image = image.scaled(side, Qt.AspectRatioMode.KeepAspectRatio, mode)
        scale = _SIDE / max(image.width(), image.height(), 1)
        right = max((one.place.right() + _GAP for one in self._references), default=0.0)
        place = QRectF(right, 0, image.width() * scale, image.height() * scale)
        self._chosen = Reference(image, place, source)
        self._references.append(self._chosen)
        self.fit()
        self.changed.emit()

    def remove_chosen(self) -> None:
        if self._chosen is not None:
            self._references.remove(self._chosen)
            self._chosen = None
            self.update()
            self.changed.emit()

    def clear(self) -> None:
        self._references.clear()
        self._chosen = None
        self.update()
        self.changed.emit()

    def fit(self) -> None:
        """Show all of them, as large as possible."""
        whole = QRectF()
        for one in self._references:
            whole = whole.united(one.place)
        if not whole.isEmpty():
            room = QRectF(self.rect()).adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
            wanted = min(room.width() / whole.width(), room.height() / whole.height())
            self._zoom = min(max(wanted, _ZOOM_RANGE[0]), _ZOOM_RANGE[1])
            self._pan = room.center() - whole.center() * self._zoom
        self.update()

    def color_at(self, at: QPointF) -> QColor | None:
        """The colour of the picture at a place of the widget; None where there is none."""
        found = self._reference_at(at)
        if found is None:
            return None
        on_board = self._transform.inverted()[0].map(at)
        x = int((on_board.x() - found.place.left()) / found.place.width() * found.image.width())
        y = int((on_board.y() - found.place.top()) / found.place.height() * found.image.height())
        x, y = min(max(x, 0), found.image.width() - 1), min(max(y, 0), found.image.height() - 1)
        color = found.image.pixelColor(x, y)
        return QColor(color.rgb()) if color.alpha() > 0 else None

    @property
    def _transform(self) -> QTransform:
        """Board to widget."""
        return QTransform.fromTranslate(self._pan.x(), self._pan.y()).scale(self._zoom, self._zoom)

    def _reference_at(self, at: QPointF) -> Reference | None:
        on_board = self._transform.inverted()[0].map(at)
        return next((one for one in reversed(self._references) if one.place.contains(on_board)), None)

    # Input

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed_at, self._dragged = event.position(), False
        found = self._reference_at(event.position())
        self._moves = found if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else None
        if found is not self._chosen:
            self._chosen = found
            self.update()
            self.changed.emit()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed_at is None:
            return
        way = event.position() - self._pressed_at
        if not self._dragged and way.manhattanLength() < 4:
            return
        self._dragged = True
        self._pressed_at = event.position()
        if self._moves is not None:
            self._moves.place.translate(way / self._zoom)
        else:
            self._pan += way
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        was_click = self._pressed_at is not None and not self._dragged and self._moves is None
        self._pressed_at = self._moves = None
        if was_click and event.button() == Qt.MouseButton.LeftButton:
            color = self.color_at(event.position())
            if color is not None:
                self.color_picked.emit(color, bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier))

    def wheelEvent(self, event: QWheelEvent) -> None:
        wanted = self._zoom * math.pow(_WHEEL_STEP, event.angleDelta().y() / 120)
        zoom = min(max(wanted, _ZOOM_RANGE[0]), _ZOOM_RANGE[1])
        at = event.position()
        self._pan = at - (at - self._pan) * (zoom / self._zoom)
        self._zoom = zoom
        self.update()
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.remove_chosen()
        else:
            super().keyPressEvent(event)

    def event(self, event: object) -> bool:
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QKeyEvent.Type.ShortcutOverride
            and event.key() == Qt.Key.Key_Delete
        ):
            event.accept()  # with the focus here it is about the picture on the board, not about the layer
            return True
        return super().event(event)  # type: ignore[arg-type]

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        data = event.mimeData()
        if data.hasImage() or any(url.isLocalFile() for url in data.urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self.dropped.emit(event.mimeData())

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.color("surround"))
        if not self._references:
            painter.setPen(theme.color("muted"))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect().adjusted(24, 8, -24, -8), flags, self._empty_text)
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        transform = self._transform
        for one in self._references:
            place = transform.mapRect(one.place)
            shown = place.width() * self.devicePixelRatioF() / max(one.image.width(), 1)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, shown < _PIXELS_FROM)
            painter.drawImage(place, one.image)
            if one is self._chosen:
                painter.setPen(QPen(theme.color("accent_text"), 1))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(place.adjusted(-1, -1, 1, 1))
