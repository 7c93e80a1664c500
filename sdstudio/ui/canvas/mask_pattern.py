"""The mask as a pattern of slanted lines: told from any picture by its form, so also without seeing its colour.

Where the mask is grey the pattern is fainter. Must not know how the mask is made.
"""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPen, QTransform

from sdstudio.raster.geometry import Extent
from sdstudio.raster.pixels import Pixels, blank, over
from sdstudio.ui.canvas.camera import Camera
from sdstudio.ui.canvas.picture import device_transform, seen_in
from sdstudio.ui.canvas.pyramid import Pyramid, covering, level_for

DEFAULT_COLOR = QColor(226, 0, 110)
STRONG, FAINT = 1.0, 0.3
_PERIOD = 12  # logical pixels from line to line
_TINT_ALPHA = 70
_LINE_ALPHA = 190


def paint_mask(
    painter: QPainter, camera: Camera, part: QRect, pyramid: Pyramid[Pixels], extent: Extent, color: QColor
) -> None:
    """Lay the pattern over `part` (device pixels) wherever the mask is above 0."""
    area = seen_in(camera, part, extent)
    if area.is_empty:
        return
    level = level_for(camera.zoom)
    reduced = covering(area, level)
    coverage = pyramid.image(reduced, level)
    if not coverage.any():
        return
    veil = blank(part.width(), part.height())
    brush = QPainter(veil)
    brush.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    brush.setTransform(
        QTransform.fromScale(1 << level, 1 << level)
        * device_transform(camera)
        * QTransform.fromTranslate(-part.x(), -part.y())
    )
    brush.drawImage(QPointF(reduced.x, reduced.y), over(coverage, QImage.Format.Format_Alpha8))
    brush.resetTransform()
    brush.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
    ratio = camera.device_pixel_ratio
    # Fixed to the document's corner, so that the pattern does not swim when the view is moved.
    brush.setBrushOrigin(QPointF(round(camera.pan_x * ratio) - part.x(), round(camera.pan_y * ratio) - part.y()))
    brush.fillRect(veil.rect(), QBrush(_stripes(color.rgb(), ratio)))
    brush.end()
    painter.drawImage(part.topLeft(), veil)


@cache
def _stripes(rgb: int, ratio: float) -> QImage:
    side = max(6, round(_PERIOD * ratio))
    tile = blank(side, side)
    color = QColor(rgb)
    tint, line, light = QColor(color), QColor(color), QColor(255, 255, 255, _LINE_ALPHA)
    tint.setAlpha(_TINT_ALPHA)
    line.setAlpha(_LINE_ALPHA)
    tile.fill(tint)
    painter = QPainter(tile)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    # A dark and a light line side by side: one of the two differs from whatever is below.
    for shift in (-side, 0, side):
        for ink, offset in ((line, 0.0), (light, 1.5 * ratio)):
            painter.setPen(QPen(ink, 1.4 * ratio, Qt.PenStyle.SolidLine, Qt.PenCapStyle.SquareCap))
            painter.drawLine(QPointF(shift + offset, side), QPointF(shift + side + offset, 0))
    painter.end()
    return tile
