"""The small drawings on the cards: drawn, not loaded, in the colours of the theme. Each fills one cell of a row."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen, QRadialGradient

from sdstudio.raster.pixels import over
from sdstudio.ui import theme

_RED, _DEEP, _SHINE, _LEAF = QColor("#d3303a"), QColor("#8c1420"), QColor("#ffb0a8"), QColor("#4a9a44")
_NOISE_SIDE = 24
Draw = Callable[[QPainter, QRectF, int], None]


def draw(topic_id: str, painter: QPainter, cell: QRectF, index: int) -> None:
    """Paint the part `index` of the drawing for a topic into `cell`."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setClipRect(cell)
    _DRAWINGS[topic_id](painter, cell, index)
    painter.restore()


def _strength(painter: QPainter, cell: QRectF, index: int) -> None:
    """A sketch, polished, painted anew, and something that has nothing to do with it."""
    _paper(painter, cell)
    if index == 3:
        _flower(painter, cell)
    else:
        _apple(painter, cell, shading=(0.0, 0.45, 1.0)[index], wobble=0.05 if index == 0 else 0.0)


def _cfg(painter: QPainter, cell: QRectF, index: int) -> None:
    """Shots at a target: wide of it, on it, and through it."""
    _paper(painter, cell)
    middle = cell.center()
    for share, color in ((0.42, QColor("#d8d8d8")), (0.28, QColor("#b0b0b0")), (0.14, QColor("#808080"))):
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawEllipse(middle, share * cell.width(), share * cell.height())
    random = np.random.default_rng(4)
    spread, colour = ((0.34, QColor("#e08a8a")), (0.07, _RED), (0.02, QColor("#ff0018")))[index]
    painter.setBrush(colour)
    for x, y in random.normal(0, spread, (9, 2)).tolist():
        place = middle + QPointF(_within(x) * cell.width(), _within(y) * cell.height())
        painter.drawEllipse(place, *((5, 5) if index == 2 else (3, 3)))
    if index == 2:
        painter.setPen(QPen(colour, 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(middle, 0.3 * cell.width(), 0.3 * cell.height())


def _steps(painter: QPainter, cell: QRectF, index: int) -> None:
    _paper(painter, cell)
    _apple(painter, cell, shading=1.0)
    _noise(painter, cell, seed=7, amount=(0.92, 0.6, 0.3, 0.0)[index])


def _sampler(painter: QPainter, cell: QRectF, index: int) -> None:
    """Ways along a curve: straight pieces that miss it, few good ones, and one that is jostled."""
    _paper(painter, cell)

    def curve(t: float) -> QPointF:
        return QPointF(
            cell.left() + (0.12 + 0.76 * t) * cell.width(), cell.top() + (0.16 + 0.68 * t**2.2) * cell.height()
        )

    path = QPainterPath(curve(0))
    for number in range(1, 25):
        path.lineTo(curve(number / 24))
    painter.setPen(QPen(QColor("#bcbcbc"), 2, Qt.PenStyle.DotLine))
    painter.drawPath(path)
    counts, off = (6, 4, 7), (0.09, 0.0, 0.07)
    random = np.random.default_rng(3)
    points = []
    for number in range(counts[index] + 1):
        t = number / counts[index]
        away = {0: -off[0] * math.sin(math.pi * t), 1: 0.0, 2: float(random.normal(0, off[2])) * (t > 0)}[index]
        points.append(curve(t) + QPointF(0, away * cell.height()))
    painter.setPen(QPen(theme.color("accent"), 2))
    painter.drawPolyline(points)
    painter.setBrush(theme.color("accent"))
    for point in points:
        painter.drawEllipse(point, 2.5, 2.5)


def _schedule(painter: QPainter, cell: QRectF, index: int) -> None:
    """Bars: the noise that is left after each of eight steps."""
    _paper(painter, cell)
    count, gap = 8, 0.06 * cell.width()
    width = (cell.width() - 2 * gap) / count
    painter.setPen(Qt.PenStyle.NoPen)
    for number in range(count):
        t = number / (count - 1)
        left = 1 - t if index == 0 else ((1 - t) + t * 0.03 ** (1 / 7)) ** 7
        height = max(left, 0.02) * 0.84 * cell.height()
        painter.setBrush(theme.color("accent"))
        bar = QRectF(
            cell.left() + gap + number * width, cell.bottom() - 0.08 * cell.height() - height, width - 2, height
        )
        painter.drawRect(bar)


def _seed(painter: QPainter, cell: QRectF, index: int) -> None:
    _paper(painter, cell)
    _noise(painter, QRectF(cell.left(), cell.top(), cell.width(), cell.height() / 2), seed=(1, 1, 9)[index], amount=1.0)
    lower = QRectF(cell.left(), cell.center().y(), cell.width(), cell.height() / 2)
    if index == 2:
        _flower(painter, lower)
    else:
        _apple(painter, lower, shading=1.0)


def _mask(painter: QPainter, cell: QRectF, index: int) -> None:
    """A red place in a blue picture."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.fillRect(cell, QColor("#7fa6c9"))
    radius = 0.36 * cell.width()
    glow = QRadialGradient(cell.center(), radius)
    inner, clear = QColor(_RED), QColor(_RED)
    clear.setAlpha(0)
    if index == 2:
        inner.setAlpha(115)
    glow.setColorAt(0, inner)
    glow.setColorAt(0.5 if index == 1 else 0.97, inner)
    glow.setColorAt(1, clear)
    painter.setBrush(glow)
    painter.drawEllipse(cell.center(), radius, radius)


def _paper(painter: QPainter, cell: QRectF) -> None:
    painter.fillRect(cell, QColor("#fafafa"))


def _apple(painter: QPainter, cell: QRectF, *, shading: float, wobble: float = 0.0) -> None:
    """From a flat blob (0) to a round, shining apple (1)."""
    side = min(cell.width(), cell.height())
    middle = cell.center() + QPointF(0, 0.06 * side)
    body = QPainterPath()
    for number in range(73):
        turn = number / 72 * 2 * math.pi
        radius = side * (0.3 + 0.03 * math.cos(2 * turn) + wobble * math.sin(5 * turn + 1))
        place = middle + QPointF(radius * math.cos(turn), radius * math.sin(turn))
        if number == 0:
            body.moveTo(place)
        else:
            body.lineTo(place)
    light = QRadialGradient(middle - QPointF(0.1 * side, 0.12 * side), 0.5 * side)
    light.setColorAt(0, _mixed(_RED, _SHINE, shading))
    light.setColorAt(0.4, _RED)
    light.setColorAt(1, _mixed(_RED, _DEEP, shading))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(light)
    painter.drawPath(body)
    painter.setPen(QPen(QColor("#5a3a24"), 0.045 * side, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.drawLine(middle - QPointF(0, 0.26 * side), middle - QPointF(-0.04 * side, 0.38 * side))
    if shading > 0:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_LEAF)
        painter.drawEllipse(middle + QPointF(0.14 * side, -0.33 * side), 0.1 * side, 0.05 * side)


def _flower(painter: QPainter, cell: QRectF) -> None:
    side = min(cell.width(), cell.height())
    middle = cell.center()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor("#e9b32f"))
    for number in range(9):
        turn = number / 9 * 2 * math.pi
        painter.drawEllipse(
            middle + QPointF(0.22 * side * math.cos(turn), 0.22 * side * math.sin(turn)), 0.11 * side, 0.11 * side
        )
    painter.setBrush(QColor("#6b4423"))
    painter.drawEllipse(middle, 0.15 * side, 0.15 * side)


def _noise(painter: QPainter, cell: QRectF, *, seed: int, amount: float) -> None:
    if amount <= 0:
        return
    random = np.random.default_rng(seed)
    pixels = random.integers(0, 256, (_NOISE_SIDE, _NOISE_SIDE, 4), dtype=np.uint8)
    pixels[:, :, 3] = round(255 * amount)
    image = over(np.ascontiguousarray(pixels), QImage.Format.Format_ARGB32)
    painter.drawImage(cell, image)


def _mixed(first: QColor, second: QColor, share: float) -> QColor:
    parts = zip(first.getRgb()[:3], second.getRgb()[:3], strict=True)  # type: ignore[index]  # a tuple of four
    return QColor(*(round(one + (other - one) * share) for one, other in parts))


def _within(value: float) -> float:
    return min(max(value, -0.46), 0.46)


_DRAWINGS: dict[str, Draw] = {
    "strength": _strength,
    "cfg": _cfg,
    "steps": _steps,
    "sampler": _sampler,
    "schedule": _schedule,
    "seed": _seed,
    "mask": _mask,
}
