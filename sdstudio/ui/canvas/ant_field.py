"""Marching ants of a selection that is too ragged to be followed line by line, such as one by colour in a photograph.

Every pixel of the screen that lies on an edge is dark or light by its place, so the work depends on the size of the
view alone. Must not know widgets.
"""

from __future__ import annotations

import cv2
import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QImage, QPainter, QTransform

from sdstudio.raster.geometry import Bounds
from sdstudio.raster.pixels import Pixels, blank, over, view
from sdstudio.ui.canvas.camera import Camera

_DARK, _LIGHT = 0xFF000000, 0xFFFFFFFF
MOST_EDGES = 20_000  # between pixels of the picture, above which a selection is ragged
_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))


def is_ragged(inside: Pixels) -> bool:
    """Whether following the edges of `inside`, 0 or not 0, would take too long for a window that is alive."""
    across = np.count_nonzero(inside[:, 1:] != inside[:, :-1])
    down = np.count_nonzero(inside[1:] != inside[:-1])
    return bool(across + down > MOST_EDGES)


class AntField:
    def __init__(self, camera: Camera, seen: QRectF, inside: Pixels, area: Bounds, level: int) -> None:
        """`inside` (0 or 255) covers `area`, both 2^level times smaller than the document; `seen` is the view."""
        self.camera = camera
        self._corner = QPointF(seen.topLeft())
        picture = blank(max(1, round(seen.width())), max(1, round(seen.height())))
        painter = QPainter(picture)
        painter.setTransform(
            QTransform.fromScale(1 << level, 1 << level)
            * camera.transform
            * QTransform.fromTranslate(-seen.x(), -seen.y())
        )
        painter.drawImage(QPointF(area.x, area.y), over(np.ascontiguousarray(inside), QImage.Format.Format_Alpha8))
        painter.end()
        shown = np.ascontiguousarray(view(picture)[:, :, 3])
        edge = cv2.subtract(shown, cv2.erode(shown, _CROSS))
        self._rows, self._columns = np.nonzero(edge)
        self._places = self._rows + self._columns
        self._size = shown.shape

    def paint(self, painter: QPainter, camera: Camera, phase: int, dash: int) -> None:
        """Through another camera than its own it is only a stand-in, until it is made anew."""
        pixels = np.zeros(self._size, np.uint32)
        is_dark = (self._places - phase) % (2 * dash) < dash
        pixels[self._rows, self._columns] = np.where(is_dark, np.uint32(_DARK), np.uint32(_LIGHT))
        painter.save()
        if camera != self.camera:
            back, _ = self.camera.transform.inverted()
            painter.setTransform(back * camera.transform, combine=True)
        painter.drawImage(self._corner, over(pixels.view(np.uint8).reshape(*self._size, 4)))
        painter.restore()
