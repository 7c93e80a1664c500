"""The contract between the canvas and what lives on it without being a tool: guides, the divider that compares."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QCursor, QPainter

from sdstudio.ui.canvas.camera import Camera


class Guest(Protocol):
    """Everything is in view coordinates. A press where a guest has a cursor is its own, before any tool."""

    def paint(self, painter: QPainter, camera: Camera, view: QRectF) -> None:
        """Paint over the picture, inside of `view`."""

    def cursor_at(self, at: QPointF, camera: Camera) -> QCursor | None:
        """What the pointer looks like there; None when a press there is for the tool."""

    def press(self, at: QPointF) -> None: ...

    def move(self, at: QPointF) -> None:
        """Only between press and release."""

    def release(self, at: QPointF) -> None: ...
