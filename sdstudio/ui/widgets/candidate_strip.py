"""A small bar over the canvas with the pictures to choose from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QSizePolicy, QToolButton, QWidget

from sdstudio.ui import theme
from sdstudio.ui.widgets.labels import icon_button, label

_CELL = 64
_GAP = 6
_RADIUS = 5.0
_MARGIN = 16  # from the canvas's lower edge
_MOST_CELLS = 8  # seen at once; more are reached by scrolling


class Thumbnails(QWidget):
    """`pointed(index)` while the pointer (or the keys) is on a picture, -1 when it has left; `chosen(index)`."""

    pointed = Signal(int)
    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._pictures: list[QImage | None] = []
        self._awaited = 0
        self._shown = self._pointed = -1
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFixedHeight(_CELL)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(self.tr("Pictures to choose from: left and right look at them, Enter takes one"))
        self.setToolTip(self.tr("Point at a picture to see it in its place, click to take it"))

    def show_pictures(self, pictures: Sequence[QImage | None], shown: int, awaited: int) -> None:
        """`shown` is the one on the canvas; `awaited` more are still being made."""
        self._pictures, self._shown, self._awaited = list(pictures), shown, awaited
        self._pointed = min(self._pointed, len(self._pictures) - 1)
        count = len(self._pictures) + awaited
        self.setFixedWidth(max(count * (_CELL + _GAP) - _GAP, 1))
        self.update()

    def cell(self, index: int) -> QRectF:
        return QRectF(index * (_CELL + _GAP), 0, _CELL, _CELL)

    # Input

    def _at(self, x: float) -> int:
        index = int(x // (_CELL + _GAP))
        return index if 0 <= index < len(self._pictures) and x - index * (_CELL + _GAP) <= _CELL else -1

    def _point(self, index: int) -> None:
        if index != self._pointed:
            self._pointed = index
            self.update()
            self.pointed.emit(index)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point(self._at(event.position().x()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self._at(event.position().x())
        if event.button() == Qt.MouseButton.LeftButton and index >= 0:
            self._point(-1)
            self.chosen.emit(index)

    def leaveEvent(self, event: QEvent) -> None:
        self._point(-1)

    def focusOutEvent(self, event: QEvent) -> None:
        self._point(-1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        start = self._pointed if self._pointed >= 0 else self._shown
        last = len(self._pictures) - 1
        match event.key():
            case Qt.Key.Key_Left:
                self._point(max(start - 1, 0))
            case Qt.Key.Key_Right:
                self._point(min(start + 1, last))
            case Qt.Key.Key_Return | Qt.Key.Key_Enter | Qt.Key.Key_Space if self._pointed >= 0:
                index = self._pointed
                self._point(-1)
                self.chosen.emit(index)
            case _:
                super().keyPressEvent(event)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        for index, picture in enumerate(self._pictures):
            self._paint_picture(painter, self.cell(index), picture)
            if index in (self._shown, self._pointed):
                role = "accent" if index == self._shown else "accent_text"
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(theme.color(role), 3 if index == self._shown else 2))
                painter.drawRoundedRect(self.cell(index).adjusted(1.5, 1.5, -1.5, -1.5), _RADIUS, _RADIUS)
        for index in range(len(self._pictures), len(self._pictures) + self._awaited):
            painter.setPen(QPen(theme.color("disabled"), 1, Qt.PenStyle.DashLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(self.cell(index).adjusted(1, 1, -1, -1), _RADIUS, _RADIUS)
            painter.setPen(theme.color("muted"))
            painter.drawText(self.cell(index), Qt.AlignmentFlag.AlignCenter, "…")

    @staticmethod
    def _paint_picture(painter: QPainter, cell: QRectF, picture: QImage | None) -> None:
        painter.save()
        clip = QPainterPath()
        clip.addRoundedRect(cell, _RADIUS, _RADIUS)
        painter.setClipPath(clip)
        painter.fillRect(cell, QColor(128, 128, 128))
        if picture is not None:
            scale = max(cell.width() / picture.width(), cell.height() / picture.height())
            place = QRectF(0, 0, picture.width() * scale, picture.height() * scale)
            place.moveCenter(cell.center())
            painter.drawImage(place, picture)
        painter.restore()


class CandidateStrip(QFrame):
    """Keeps itself at the lower edge of `canvas`. Esc and Keep end the choice as it stands."""

    keep_wanted = Signal()
    keep_all_wanted = Signal()
    discard_wanted = Signal()
    another_wanted = Signal()

    def __init__(self, canvas: QWidget) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self.setObjectName("toast")  # the same ground as everything that floats over the canvas
        self.thumbnails = Thumbnails()
        self._count = label("", "muted")
        self._pictures = 0  # there, or still being made
        self._area = QScrollArea()
        self._area.setWidget(self.thumbnails)
        self._area.setFrameShape(QScrollArea.Shape.NoFrame)
        self._area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.viewport().setAutoFillBackground(False)
        self.thumbnails.setAutoFillBackground(False)
        row = self._row = QHBoxLayout(self)
        row.setContentsMargins(10, 8, 8, 8)
        row.setSpacing(8)
        row.addWidget(self._area)
        row.addWidget(self._count)
        buttons = (
            (
                "plus",
                self.tr("One more"),
                self.tr("Makes one more picture for this place, with the same settings and another seed"),
                self.another_wanted,
            ),
            ("check", self.tr("Keep"), self.tr("Keeps the picture on the canvas (Esc)"), self.keep_wanted),
            (
                "layers",
                self.tr("Keep all as layers"),
                self.tr("Keeps this one, and puts the others below it as hidden layers"),
                self.keep_all_wanted,
            ),
            (
                "trash-2",
                self.tr("Discard"),
                self.tr("Takes the picture off the canvas; all of them stay in the job list"),
                self.discard_wanted,
            ),
        )
        for icon, name, tip, signal in buttons:
            button = icon_button(icon, name, tip)
            button.clicked.connect(signal)
            row.addWidget(button)
        self.hide()
        canvas.installEventFilter(self)

    def show_pictures(self, pictures: Sequence[QImage | None], shown: int, awaited: int) -> None:
        self.thumbnails.show_pictures(pictures, shown, awaited)
        count = len(pictures) + awaited
        self._count.setText(self.tr("{number} of {count}").format(number=shown + 1, count=count))
        self._pictures = count
        self.show()
        self._arrange()

    def _arrange(self) -> None:
        """As many pictures side by side as the canvas has room for beside the buttons."""
        others = [self._count, *self.findChildren(QToolButton)]
        margins = self._row.contentsMargins()
        rest = margins.left() + margins.right() + sum(one.sizeHint().width() + self._row.spacing() for one in others)
        room = self._canvas.width() - 2 * _MARGIN - rest
        cells = min(self._pictures, _MOST_CELLS, max(room // (_CELL + _GAP), 1))
        bar = self._area.horizontalScrollBar().sizeHint().height() if self._pictures > cells else 0
        self._area.setFixedSize(QSize(cells * (_CELL + _GAP) - _GAP, _CELL + bar))
        self.adjustSize()
        x = max((self._canvas.width() - self.width()) // 2, 0)
        self.move(x, self._canvas.height() - self.height() - _MARGIN)
        self.raise_()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.keep_wanted.emit()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        is_claim = isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride
        if is_claim and cast(QKeyEvent, event).key() == Qt.Key.Key_Escape:
            event.accept()  # with the focus here it ends the choice, not the picture being made
            return True
        return super().event(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._arrange()
        return False
