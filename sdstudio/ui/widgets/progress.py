"""The bar that stands where the Generate button was while a picture is being made."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from sdstudio.ui import theme

_RADIUS = 5.0


class ProgressBar(QWidget):
    """`set_progress(fraction, text)`; a fraction below 0 means that nobody knows how far it is."""

    def __init__(self, height: int = 40) -> None:
        super().__init__()
        self._fraction = 0.0
        self._text = ""
        self.setFixedHeight(height)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def text(self) -> str:
        return self._text

    @property
    def fraction(self) -> float:
        return self._fraction

    def set_progress(self, fraction: float, text: str) -> None:
        self._fraction = min(fraction, 1.0)
        self._text = text
        self.setAccessibleName(text)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(160, self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shape = QPainterPath()
        whole = QRectF(self.rect())
        shape.addRoundedRect(whole, _RADIUS, _RADIUS)
        painter.fillPath(shape, theme.color("raised"))
        done = QRectF(whole)
        done.setWidth(whole.width() * max(self._fraction, 0.0))
        text_area = whole.adjusted(12, 0, -self.height(), 0)
        self._write(painter, text_area, "text")
        if done.width() > 0:
            painter.setClipRect(done)
            painter.fillPath(shape, theme.color("accent"))
            self._write(painter, text_area, "on_accent")

    def _write(self, painter: QPainter, area: QRectF, role: str) -> None:
        painter.setPen(theme.color(role))
        text = self.fontMetrics().elidedText(self._text, Qt.TextElideMode.ElideRight, int(area.width()))
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
