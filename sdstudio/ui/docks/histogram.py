"""How often each brightness occurs in a picture, drawn small. Must not know where the picture comes from."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from sdstudio.raster.pixels import Pixels
from sdstudio.ui import theme

_HEIGHT = 56
_TINTS = {"red": QColor(224, 96, 96), "green": QColor(96, 184, 104), "blue": QColor(104, 144, 240)}
_PLANES = {"blue": 0, "green": 1, "red": 2}


class Histogram(QWidget):
    """Counts of 256 values for one channel, or for all together."""

    def __init__(self) -> None:
        super().__init__()
        self._counts: dict[str, NDArray[np.float64]] = {}
        self._channel = "rgb"
        self.setFixedHeight(_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Histogram"))
        self.setToolTip(self.tr("How often each brightness occurs below this layer; dark at the left"))

    def sizeHint(self) -> QSize:
        return QSize(200, _HEIGHT)

    def show_channel(self, channel: str) -> None:
        """ "rgb", "red", "green" or "blue"."""
        self._channel = channel
        self.update()

    def show_pixels(self, pixels: Pixels) -> None:
        """Count straight B, G, R, A of (n, 4); clear pixels do not count."""
        seen = pixels[pixels[:, 3] > 0]
        counts = {name: np.bincount(seen[:, plane], minlength=256) for name, plane in _PLANES.items()}
        self._counts = {name: count.astype(np.float64) for name, count in counts.items()}
        self._counts["rgb"] = np.sum(list(counts.values()), axis=0).astype(np.float64)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(8, 1, -8, -1)  # as wide as the curve below it
        painter.fillRect(area, theme.color("base"))
        counts = self._counts.get(self._channel)
        if counts is None or not counts.any():
            return
        # The root shows rare values too, and a single high column does not flatten all others.
        heights = np.sqrt(counts)
        heights = np.minimum(heights / max(np.percentile(heights, 99), 1e-9), 1.0) * (area.height() - 2)
        step = area.width() / 256
        outline = [QPointF(area.left(), area.bottom())]
        outline += [QPointF(area.left() + (i + 0.5) * step, area.bottom() - float(h)) for i, h in enumerate(heights)]
        outline.append(QPointF(area.right(), area.bottom()))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_TINTS.get(self._channel, theme.color("muted")))
        painter.drawPolygon(QPolygonF(outline))
