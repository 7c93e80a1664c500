"""The start page: a quiet page over the canvas. Shows what can be begun and tells what was chosen; decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QThreadPool, Signal
from PySide6.QtGui import QColor, QIcon, QImage, QKeyEvent, QPainter, QPen, QPixmap
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from sdstudio.formats.glance import glance
from sdstudio.raster.geometry import Extent
from sdstudio.ui import theme
from sdstudio.ui.start.examples import Example
from sdstudio.ui.widgets.flow import FlowLayout
from sdstudio.ui.widgets.labels import icon_button, label

_WIDTH = 720
_PICTURE = 96  # pixels of a thumbnail
_MOST_RECENT = 6
_NAME_LENGTH = 16


class StartPage(QFrame):
    """Covers `canvas`. Esc, the cross, or anything that is chosen closes it."""

    new_wanted = Signal(object)  # Extent, or None: ask for it
    open_wanted = Signal(object)  # Path, or None: ask for it
    example_wanted = Signal(object)  # Example
    show_at_start_changed = Signal(bool)
    closed = Signal()
    _pictured = Signal(str, QImage)  # from the thread that reads files

    def __init__(self, canvas: QWidget, sizes: Sequence[tuple[str, Extent]], examples: Sequence[Example]) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._recent = FlowLayout()
        self._recent_buttons: dict[str, QToolButton] = {}
        self._recent_title = label(self.tr("Recent"), "heading")
        self.show_at_start = QCheckBox(self.tr("Show this page at start"))
        self.show_at_start.toggled.connect(self.show_at_start_changed)
        self._pictured.connect(self._on_pictured)
        self.setObjectName("startPage")
        self.setAccessibleName(self.tr("Start"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._arrange(sizes, examples)
        self.hide()
        canvas.installEventFilter(self)

    # Building

    def _arrange(self, sizes: Sequence[tuple[str, Extent]], examples: Sequence[Example]) -> None:
        content = QWidget()
        content.setMaximumWidth(_WIDTH)
        column = QVBoxLayout(content)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(12)
        column.addLayout(self._header())
        column.addWidget(label(self.tr("New picture"), "heading"))
        column.addLayout(self._row([self._size_button(name, extent) for name, extent in sizes] + self._asking()))
        column.addSpacing(8)
        column.addWidget(label(self.tr("Try it: one click makes a picture"), "heading"))
        column.addLayout(self._row([self._example_button(example) for example in examples]))
        column.addSpacing(8)
        column.addWidget(self._recent_title)
        column.addLayout(self._recent)
        column.addStretch(1)
        column.addWidget(label(self.tr("Or drop a picture anywhere in the window."), "muted"))
        column.addWidget(self.show_at_start)
        middle = QWidget()
        row = QHBoxLayout(middle)
        row.setContentsMargins(0, 0, 0, 0)
        row.addStretch(1)
        row.addWidget(content, 100)
        row.addStretch(1)
        area = QScrollArea(self)
        area.setWidget(middle)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(area)

    def _header(self) -> QHBoxLayout:
        title = label(self.tr("What would you like to paint?"))
        font = title.font()
        font.setPointSizeF(font.pointSizeF() * 1.5)
        title.setFont(font)
        close = icon_button("x", self.tr("Close"), self.tr("Closes this page and shows the canvas (Esc)"))
        close.clicked.connect(self.closed)
        row = QHBoxLayout()
        row.addWidget(title, 1)
        row.addWidget(close)
        return row

    @staticmethod
    def _row(parts: Sequence[QWidget]) -> FlowLayout:
        row = FlowLayout()
        for part in parts:
            row.addWidget(part)
        return row

    def _size_button(self, name: str, extent: Extent) -> QToolButton:
        button = _card(f"{name}\n{extent}", _sheet(extent), QSize(64, 64))
        button.setToolTip(self.tr("Starts an empty picture of {extent} pixels").format(extent=extent))
        button.clicked.connect(lambda _checked=False: self.new_wanted.emit(extent))
        return button

    def _asking(self) -> list[QToolButton]:
        other = _card(self.tr("Other size\n…"), theme.icon("file-plus", "muted"), QSize(40, 64))
        other.setToolTip(self.tr("Asks for size and background"))
        other.clicked.connect(lambda _checked=False: self.new_wanted.emit(None))
        opening = _card(self.tr("Open\n…"), theme.icon("folder-open", "muted"), QSize(40, 64))
        opening.setToolTip(self.tr("Opens a picture or an .ora document"))
        opening.clicked.connect(lambda _checked=False: self.open_wanted.emit(None))
        return [other, opening]

    def _example_button(self, example: Example) -> QToolButton:
        picture = QIcon(QPixmap.fromImage(_framed(example.thumbnail(2 * _PICTURE))))
        button = _card(example.title, picture, QSize(_PICTURE, _PICTURE))
        button.setToolTip(f"{example.caption}\n“{example.prompt}”")
        button.clicked.connect(lambda _checked=False: self.example_wanted.emit(example))
        return button

    # Showing

    def show_recent(self, files: Sequence[Path]) -> None:
        """Their names at once, their pictures when they have been read."""
        for button in self._recent_buttons.values():
            self._recent.removeWidget(button)
            button.deleteLater()
        self._recent_buttons.clear()
        for path in files[:_MOST_RECENT]:
            button = _card(_short(path.name), theme.icon("file-image", "disabled"), QSize(_PICTURE, _PICTURE))
            button.setToolTip(str(path))
            button.clicked.connect(lambda _checked=False, path=path: self.open_wanted.emit(path))
            self._recent_buttons[str(path)] = button
            self._recent.addWidget(button)
            self._pool.start(lambda path=path: self._pictured.emit(str(path), glance(path, 2 * _PICTURE)))
        self._recent_title.setVisible(bool(files))

    def _on_pictured(self, name: str, picture: QImage) -> None:
        button = self._recent_buttons.get(name)
        if button is not None and not picture.isNull():
            button.setIcon(_centred(picture))

    def open_page(self) -> None:
        """Cover the canvas and take the keys."""
        self.setGeometry(self._canvas.rect())
        self.show()
        self.raise_()
        self.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.setGeometry(self._canvas.rect())
        return False

    def event(self, event: QEvent) -> bool:
        is_key = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape
        if is_key and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        if is_key and event.type() == QEvent.Type.KeyPress:
            self.closed.emit()
            return True
        return super().event(event)


def _card(text: str, icon: QIcon, size: QSize) -> QToolButton:
    """A button with a picture above its words."""
    button = QToolButton()
    button.setProperty("card", True)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
    button.setText(text)
    button.setIcon(icon)
    button.setIconSize(size)
    button.setMinimumWidth(_PICTURE + 12)
    button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setCursor(Qt.CursorShape.PointingHandCursor)
    return button


def _sheet(extent: Extent) -> QIcon:
    """A sheet of paper of this form."""
    side = 128
    pixmap = QPixmap(side, side)
    pixmap.fill(Qt.GlobalColor.transparent)
    scale = 0.8 * side / max(extent.width, extent.height)
    size = QSize(round(extent.width * scale), round(extent.height * scale))
    painter = QPainter(pixmap)
    painter.fillRect(
        (side - size.width()) // 2, (side - size.height()) // 2, size.width(), size.height(), QColor("white")
    )
    painter.end()
    return QIcon(pixmap)


def _centred(picture: QImage) -> QIcon:
    """In a square, so that all words stand on one line."""
    side = 2 * _PICTURE
    square = QPixmap(side, side)
    square.fill(Qt.GlobalColor.transparent)
    painter = QPainter(square)
    painter.drawImage((side - picture.width()) // 2, (side - picture.height()) // 2, picture)
    painter.end()
    return QIcon(square)


def _framed(image: QImage) -> QImage:
    painter = QPainter(image)
    painter.setPen(QPen(QColor(0, 0, 0, 60), 2))
    painter.drawRect(image.rect().adjusted(1, 1, -1, -1))
    painter.end()
    return image


def _short(name: str) -> str:
    return name if len(name) <= _NAME_LENGTH else name[: _NAME_LENGTH - 8] + "…" + name[-7:]
