"""A small plot of the noise that each step starts from. Shows numbers; must not know where they come from."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from sdstudio.ui import theme

_HEIGHT = 84
_INSET = 6.0
_LEAST = 0.02  # the lowest sigma that is drawn; below it is the ground line
_DOT = 2.0


class SchedulePlot(QWidget):
    """Sigma by step, on a logarithmic scale. `pointed(step)`: the pointer is at a step, -1 when it has left."""

    pointed = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._sigmas: tuple[float, ...] = ()
        self._start = 0
        self._guided = (0.0, 1.0)
        self._at = -1
        self.setFixedHeight(_HEIGHT)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Noise by step"))

    def show_curve(self, sigmas: Sequence[float], start: int, guided: tuple[float, float]) -> None:
        """`sigmas` before each step, 0 at the end; steps before `start` are not run, `guided` are parts of the rest."""
        shown = (tuple(sigmas), start, guided)
        if shown != (self._sigmas, self._start, self._guided):
            self._sigmas, self._start, self._guided = shown
            self.setAccessibleDescription(
                self.tr("{run} steps from sigma {first} to 0").format(
                    run=len(self._sigmas) - 1 - start, first=f"{self._sigmas[start]:.2f}"
                )
            )
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = QRectF(self.rect())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("base"))
        painter.drawRoundedRect(ground, 4, 4)
        if len(self._sigmas) < 2:
            return
        self._paint_interval(painter)
        points = [self._place(step) for step in range(len(self._sigmas))]
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.color("disabled"), 1.5))
        painter.drawPolyline(QPolygonF(points[: self._start + 1]))
        painter.setPen(QPen(theme.color("accent_text"), 1.5))
        painter.drawPolyline(QPolygonF(points[self._start :]))
        if len(points) <= 80:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("accent_text"))
            for point in points[self._start :]:
                painter.drawEllipse(point, _DOT, _DOT)
        self._paint_start(painter, points[self._start].x())
        self._paint_words(painter)
        if 0 <= self._at < len(points):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("text"))
            painter.drawEllipse(points[self._at], _DOT * 2, _DOT * 2)

    def _paint_interval(self, painter: QPainter) -> None:
        """Where there is guidance the ground is lighter, unless that is everywhere."""
        if self._guided == (0.0, 1.0):
            return
        run = len(self._sigmas) - 1 - self._start
        left, right = (self._place(self._start + share * run).x() for share in self._guided)
        painter.setBrush(theme.color("raised"))
        painter.drawRect(QRectF(left, 0, right - left, self.height()))

    def _paint_start(self, painter: QPainter, x: float) -> None:
        if self._start:
            painter.setPen(QPen(theme.color("muted"), 1, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(x, 2), QPointF(x, self.height() - 2))

    def _paint_words(self, painter: QPainter) -> None:
        """In the empty corner above the curve: the noise at the step that is pointed at, or at both ends."""
        steps = len(self._sigmas) - 1
        if self._start <= self._at < steps:
            words = self.tr("Step {step} of {steps} · σ {sigma}").format(
                step=self._at - self._start, steps=steps - self._start, sigma=f"{self._sigmas[self._at]:.3g}"
            )
        else:
            last = self._sigmas[max(steps - 1, self._start)]
            words = self.tr("σ {first} to {last}").format(first=f"{self._sigmas[self._start]:.3g}", last=f"{last:.3g}")
        font = QFont(self.font())
        font.setPointSizeF(max(font.pointSizeF() * 0.9, 8.0))
        painter.setFont(font)
        painter.setPen(theme.color("muted"))
        corner = QRectF(self.rect()).adjusted(_INSET, 4, -_INSET, 0)
        painter.drawText(corner, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop, words)

    def _place(self, step: float) -> QPointF:
        """Where a step lies; steps between whole ones only across."""
        steps = len(self._sigmas) - 1
        sigma = self._sigmas[min(round(step), steps)]
        low, high = math.log(_LEAST), math.log(max(max(self._sigmas), _LEAST * 10))
        share = (math.log(max(sigma, _LEAST)) - low) / (high - low)
        width, height = self.width() - 2 * _INSET, self.height() - 2 * _INSET
        return QPointF(_INSET + step / steps * width, _INSET + (1 - share) * height)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        steps = len(self._sigmas) - 1
        if steps < 1:
            return
        share = (event.position().x() - _INSET) / max(1.0, self.width() - 2 * _INSET)
        at = min(max(round(share * steps), 0), steps)
        if at != self._at:
            self._at = at
            self.update()
            self.pointed.emit(at)
        words = self.tr("Step {step} of {steps}: sigma {sigma}")
        if at < self._start:
            words = self.tr("Step {step} of {steps}: sigma {sigma}, left out at this strength")
        text = words.format(step=at - self._start, steps=steps - self._start, sigma=f"{self._sigmas[at]:.3g}")
        QToolTip.showText(event.globalPosition().toPoint(), text, self)

    def leaveEvent(self, event: object) -> None:
        self._at = -1
        self.update()
        self.pointed.emit(-1)
