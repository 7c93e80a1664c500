"""Short messages over the corner of the canvas. They never take the focus and never block."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from sdstudio.ui.widgets.labels import IconLabel, icon_button, label

_WIDTH = 360
_MARGIN = 16
_GAP = 8
_MOST = 4
_MOVES = (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Show, QEvent.Type.Hide)
_INFO_MS = 6000
_ICON_SIZE = 18
_LONG_WORD = re.compile(r"\S{24}(?=\S)")  # a line holds about twice as many letters
_MAY_BREAK = "\u200b"  # a space of no width


@dataclass(frozen=True)
class Remedy:
    """A button that does something about it."""

    text: str
    act: Callable[[], object]


class Toast(QFrame):
    """One message. Errors stay until they are closed; others go after a few seconds unless the pointer is on them."""

    closed = Signal()
    details_wanted = Signal(str, str)  # message, detail

    def __init__(
        self,
        message: str,
        *,
        detail: str = "",
        is_error: bool = False,
        remedy: Remedy | None = None,
        other: Remedy | None = None,
    ) -> None:
        """`other` is what helps where `remedy` does not."""
        super().__init__()
        self.setObjectName("toast")
        self.message = message
        self.detail = detail
        self.setAccessibleName(message)
        self._timer = QTimer(self, singleShot=True, interval=_INFO_MS)
        self._timer.timeout.connect(self.closed)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 12, 10, 12)
        row.setSpacing(10)
        row.addWidget(
            IconLabel("triangle-alert" if is_error else "info", "accent_text", _ICON_SIZE), 0, Qt.AlignmentFlag.AlignTop
        )
        column = QVBoxLayout()
        column.setSpacing(4)
        row.addLayout(column, 1)
        self._text = label(_breakable(message))
        self._text.setWordWrap(True)
        self._text.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.MinimumExpanding)
        column.addWidget(self._text)
        if remedy is not None or detail:
            column.addLayout(self._buttons([one for one in (remedy, other) if one is not None]))
        close = icon_button("x", self.tr("Close"), self.tr("Closes this message"))
        close.setFixedSize(20, 20)
        close.setIconSize(QSize(14, 14))
        close.clicked.connect(self.closed)
        row.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        self._fades = not is_error and remedy is None
        if self._fades:
            self._timer.start()

    def retell(self, message: str) -> None:
        """The same matter has gone on: other words of about the same length."""
        self.message = message
        self._text.setText(_breakable(message))

    def _buttons(self, remedies: list[Remedy]) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(16)
        for remedy in remedies:
            button = _link(remedy.text)
            button.clicked.connect(self.closed)
            button.clicked.connect(lambda _checked=False, act=remedy.act: act())
            line.addWidget(button)
        if self.detail:
            details = _link(self.tr("Details"))
            details.clicked.connect(lambda: self.details_wanted.emit(self.message, self.detail))
            line.addWidget(details)
        line.addStretch(1)
        return line

    def enterEvent(self, event: QEvent) -> None:
        self._timer.stop()

    def leaveEvent(self, event: QEvent) -> None:
        if self._fades:
            self._timer.start()


class ToastStack(QObject):
    """Keeps the toasts in the bottom right corner of `canvas`, the newest lowest."""

    details_wanted = Signal(str, str)

    def __init__(self, canvas: QWidget) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._toasts: list[Toast] = []
        self._below: list[QWidget] = []
        canvas.installEventFilter(self)

    @property
    def messages(self) -> list[str]:
        """What is on the screen now, oldest first."""
        return [toast.message for toast in self._toasts]

    def show(
        self,
        message: str,
        *,
        detail: str = "",
        is_error: bool = False,
        remedy: Remedy | None = None,
        other: Remedy | None = None,
    ) -> Toast:
        """Show a message; the same one again replaces the old one instead of piling up."""
        for old in [toast for toast in self._toasts if toast.message == message]:
            self._drop(old)
        while len(self._toasts) >= _MOST:
            self._drop(self._toasts[0])
        toast = Toast(message, detail=detail, is_error=is_error, remedy=remedy, other=other)
        toast.setParent(self._canvas)
        toast.closed.connect(lambda: self._drop(toast))
        toast.details_wanted.connect(self.details_wanted)
        self._toasts.append(toast)
        self._arrange()  # before it is shown, or the pointer would be on it for a moment and keep it
        toast.show()
        self._arrange()  # again, now that its style is known
        QAccessible.updateAccessibility(QAccessibleEvent(toast, QAccessible.Event.Alert))
        return toast

    def close(self, toast: Toast) -> None:
        """Take it away, if it is still there."""
        self._drop(toast)

    def keep_clear_of(self, widget: QWidget) -> None:
        """Stand above `widget`, a child of the canvas, whenever it is in sight and in the way."""
        self._below.append(widget)
        widget.installEventFilter(self)

    def clear(self) -> None:
        for toast in list(self._toasts):
            self._drop(toast)

    def _drop(self, toast: Toast) -> None:
        if toast in self._toasts:
            self._toasts.remove(toast)
            toast.hide()
            toast.deleteLater()
            self._arrange()

    def _arrange(self) -> None:
        width = min(_WIDTH, self._canvas.width() - 2 * _MARGIN)
        left = self._canvas.width() - _MARGIN - width
        in_the_way = [one.y() - _GAP for one in self._below if one.isVisible() and one.geometry().right() >= left]
        bottom = min([self._canvas.height() - _MARGIN, *in_the_way])
        for toast in reversed(self._toasts):
            height = toast.heightForWidth(width)
            toast.setGeometry(left, bottom - height, width, height)
            toast.raise_()
            bottom -= height + _GAP

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _MOVES:
            self._arrange()
        return False


def _breakable(message: str) -> str:
    """The same words, but the names of files and models in it may go on in another line."""
    return _LONG_WORD.sub(rf"\g<0>{_MAY_BREAK}", message)


def _link(text: str) -> QPushButton:
    button = QPushButton(text)
    button.setProperty("flat", True)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setCursor(Qt.CursorShape.PointingHandCursor)
    return button
