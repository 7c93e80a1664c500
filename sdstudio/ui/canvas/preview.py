"""A picture that is still forming, shown at the place where it will be. Never touches the document."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from sdstudio.raster.geometry import Bounds, Extent
from sdstudio.raster.pixels import PREMULTIPLIED
from sdstudio.raster.resample import resize
from sdstudio.ui.canvas.camera import Camera

_LARGEST_SIDE = 1024  # pixels
_FRAME = ((QColor(0, 0, 0, 90), 3.0), (QColor(255, 255, 255, 130), 1.0))


class Preview:
    """One step of a generation: `image` of any size fills `area` of the document, inside the mask's alpha."""

    def __init__(self, image: QImage, area: Bounds, mask: QImage | None) -> None:
        self.area = area
        self._picture = _clipped(image, area, mask)

    def rect(self, camera: Camera) -> QRectF:
        return camera.rect_in_view(self.area).adjusted(-3, -3, 3, 3)

    def paint(self, painter: QPainter, camera: Camera) -> None:
        place = QRectF(self.area.x, self.area.y, self.area.width, self.area.height)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, not camera.is_upright)
        painter.setTransform(camera.transform, True)
        painter.drawImage(place, self._picture, QRectF(self._picture.rect()))
        painter.restore()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, not camera.is_upright)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for color, width in _FRAME:
            painter.setPen(QPen(color, width))
            painter.drawPolygon(camera.outline(self.area))
        painter.restore()


def _clipped(image: QImage, area: Bounds, mask: QImage | None) -> QImage:
    """`image` enlarged smoothly (a step may come at an eighth of its size), with the alpha of `mask`."""
    shrink = min(1.0, _LARGEST_SIDE / max(area.width, area.height))
    size = Extent(max(1, round(area.width * shrink)), max(1, round(area.height * shrink)))
    picture = resize(image, size) if image.width() < size.width else image.convertToFormat(PREMULTIPLIED)
    if mask is None:
        return picture
    painter = QPainter(picture)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationIn)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(picture.rect(), _as_alpha(mask))
    painter.end()
    return picture


def _as_alpha(mask: QImage) -> QImage:
    if mask.format() != QImage.Format.Format_Grayscale8:
        return mask
    alpha = mask.copy()
    alpha.reinterpretAsFormat(QImage.Format.Format_Alpha8)
    return alpha
