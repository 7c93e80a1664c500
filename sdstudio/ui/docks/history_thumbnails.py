"""Small pictures of the document after each step, made beside the work and only of what has changed.

A picture belongs to its command and goes with it; the oldest go first. Steps that nobody looks at are drawn too, when
the hand rests, so that every row has its picture when the list is opened.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from PySide6.QtCore import QObject, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QPainter, QPixmap

from sdstudio.document.composite import render
from sdstudio.document.document import Document
from sdstudio.document.history import Command
from sdstudio.raster.geometry import EMPTY, Bounds
from sdstudio.raster.pixels import blank

_DELAY_MS = 150
_UNSEEN_DELAY_MS = 600
_MOST_WAITING = 12  # steps: each holds the tiles that the next ones replace
_KEPT = 400
_CHECKER = 0xFFD2D2D2


@dataclass
class _Waiting:
    """A state that is still to be drawn: the step that led to it, what it changed, and the document then."""

    command: Command | None
    area: Bounds
    snapshot: Document


class HistoryThumbnails(QObject):
    """`changed` when there is a new picture. While `is_seen` says that nobody looks, painting goes before."""

    changed = Signal()
    _drawn = Signal(object)

    def __init__(self, document: Document, side: int, is_seen: Callable[[], bool], parent: QObject) -> None:
        super().__init__(parent)
        self._side, self._is_seen = side, is_seen
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="history-thumbnail")
        self._is_busy = False
        self._waiting: list[_Waiting] = []
        self._dirty = EMPTY
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._draw)
        self._drawn.connect(self._on_drawn, Qt.ConnectionType.QueuedConnection)
        self._document = document
        self.set_document(document)

    def set_document(self, document: Document) -> None:
        self._document.pixels_changed.disconnect(self._on_pixels_changed)
        self._document.layers_changed.disconnect(self._forget_all)
        self._document.extent_changed.disconnect(self._forget_all)
        self._document.history.changed.disconnect(self._on_history_changed)
        self._document = document
        self._of_start: QPixmap | None = None
        self._pixmaps: weakref.WeakKeyDictionary[Command, QPixmap] = weakref.WeakKeyDictionary()
        self._running = QImage()  # the document as it was drawn last
        self._waiting.clear()
        self._forget_all()
        document.pixels_changed.connect(self._on_pixels_changed)
        document.layers_changed.connect(self._forget_all)
        document.extent_changed.connect(self._forget_all)
        document.history.changed.connect(self._on_history_changed)
        self._on_history_changed()

    def of(self, command: Command | None) -> QPixmap | None:
        """The picture after `command`; None is the start."""
        return self._of_start if command is None else self._pixmaps.get(command)

    def wake(self) -> None:
        """Somebody looks again."""
        self._timer.start(0)

    def _on_pixels_changed(self, layer_id: str, area: Bounds) -> None:
        self._dirty = self._dirty.united(area)

    def _forget_all(self) -> None:
        self._dirty = self._document.bounds

    def _on_history_changed(self) -> None:
        document, history = self._document, self._document.history
        command = history.timeline[history.position - 1] if history.position else None
        area, self._dirty = self._dirty.intersected(document.bounds), EMPTY
        if self._waiting and (self._waiting[-1].command is command or len(self._waiting) == _MOST_WAITING):
            area = area.united(self._waiting.pop().area)
        self._waiting.append(_Waiting(command, area, document.snapshot()))
        if len(self._waiting) == _MOST_WAITING:
            self._draw()
        self._timer.start(_DELAY_MS if self._is_seen() else _UNSEEN_DELAY_MS)

    def _draw(self) -> None:
        """The next one; the others follow."""
        if self._is_busy or not self._waiting:
            return
        one, document = self._waiting.pop(0), self._document
        running, side = self._running, self._side
        self._is_busy = True

        def work() -> None:
            self._drawn.emit((document, one.command, _updated(running, one.snapshot, one.area, side)))

        self._worker.submit(work)

    def _on_drawn(self, result: tuple[Document, Command | None, QImage]) -> None:
        document, command, image = result
        self._is_busy = False
        if document is self._document:
            self._running = image
            self._keep(command, QPixmap.fromImage(_on_checker(image)))
            self.changed.emit()
        if not self._timer.isActive():  # it would be, had the hand begun again
            self._draw()

    def _keep(self, command: Command | None, pixmap: QPixmap) -> None:
        if command is None:
            self._of_start = pixmap
        else:
            self._pixmaps[command] = pixmap
            for old in list(self._pixmaps)[:-_KEPT]:
                del self._pixmaps[old]


def _updated(running: QImage, document: Document, area: Bounds, side: int) -> QImage:
    """The small picture of `document`, which differs from `running` in `area` only."""
    extent = document.extent
    scale = side / max(extent.width, extent.height)
    width, height = max(1, round(extent.width * scale)), max(1, round(extent.height * scale))
    if running.width() != width or running.height() != height:
        running, area = blank(width, height), document.bounds
    if area.is_empty:
        return running
    part = render(document, area, scale=min(scale, 1.0))
    image = QImage(running)
    painter = QPainter(image)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.scale(width / extent.width, height / extent.height)
    painter.drawImage(_rect(area), part)
    painter.end()
    return image


def _rect(area: Bounds) -> QRectF:
    return QRectF(area.x, area.y, area.width, area.height)


def _on_checker(image: QImage) -> QImage:
    ground = QImage(image.size(), QImage.Format.Format_RGB32)
    ground.fill(_CHECKER)
    painter = QPainter(ground)
    painter.drawImage(0, 0, image)
    painter.end()
    return ground
