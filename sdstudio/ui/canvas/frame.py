"""The last painted view of the document, repaired only where something changed.

Overlays that move (ants, outlines, previews) are painted on top of it by the canvas and never touch it, so that moving
them costs a copy of what is below. Works in device pixels.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtGui import QColor, QImage, QPainter, QRegion

from sdstudio.document.composite import Projection
from sdstudio.document.document import Document
from sdstudio.raster.geometry import Bounds
from sdstudio.raster.pixels import Pixels
from sdstudio.raster.tiles import Mask, Surface
from sdstudio.ui.canvas import picture
from sdstudio.ui.canvas.camera import Camera
from sdstudio.ui.canvas.mask_pattern import paint_mask
from sdstudio.ui.canvas.pyramid import Pyramid, covering, level_for
from sdstudio.ui.canvas.sheet import Sheet


class Frame:
    """`mark` what has changed, then `image()` is up to date again."""

    def __init__(self, document: Document) -> None:
        self._camera = Camera()
        self._image = QImage()
        self._dirty = QRegion()
        self._surround = QColor(58, 58, 58)
        self._mask_color = QColor()
        self._mask_strength = 0.0
        self._shows_grid = True
        self.use(document)

    def use(self, document: Document) -> None:
        """Show another document, or the same one after its extent has changed."""
        self._document = document
        self._extent = document.extent
        projection = Projection(document)
        self._pyramid: Pyramid[QImage] = Pyramid(projection.image, document.extent, Surface)
        self._sheet = Sheet(self._pyramid, document.extent)
        self._masks: Pyramid[Pixels] = Pyramid(lambda area: document.selection.read(area), document.extent, Mask)
        self.mark_all()

    @property
    def masks(self) -> Pyramid[Pixels]:
        """The selection at every level."""
        return self._masks

    def resize(self, size: QSize) -> None:
        """`size` in device pixels."""
        if size != self._image.size():
            self._image = QImage(size, QImage.Format.Format_RGB32)
            self.mark_all()

    def set_surround(self, color: QColor) -> None:
        self._surround = QColor(color)
        self.mark_all()

    def show_pixel_grid(self, is_on: bool) -> None:
        """Lines between the pixels of the document, where they are large."""
        if is_on != self._shows_grid:
            self._shows_grid = is_on
            self.mark_all()

    def show_mask(self, color: QColor, strength: float) -> None:
        """Lay the mask's pattern over the document; a strength of 0 hides it, 1 is as strong as it gets."""
        if (color, strength) != (self._mask_color, self._mask_strength):
            self._mask_color, self._mask_strength = QColor(color), strength
            self.mark_all()

    @property
    def shows_mask(self) -> bool:
        return self._mask_strength > 0

    def look_through(self, camera: Camera) -> None:
        """What both cameras see is moved, the rest is painted anew."""
        before, self._camera = self._camera, camera
        ratio = camera.device_pixel_ratio
        dx, dy = (camera.pan_x - before.pan_x) * ratio, (camera.pan_y - before.pan_y) * ratio
        way = QPoint(round(dx), round(dy))
        if before.panned(camera.pan_x - before.pan_x, camera.pan_y - before.pan_y) == camera:
            self._shift(way)
        else:
            self.mark_all()

    def mark_all(self) -> None:
        self._dirty = QRegion(self._image.rect())

    def mark(self, region: QRegion) -> None:
        """These device pixels must be painted again."""
        self._dirty += region.intersected(self._image.rect())

    def forget_pixels(self, area: Bounds) -> None:
        """The document has changed in `area`."""
        self._pyramid.forget(area)
        self._sheet.forget(area)

    def forget_mask(self, area: Bounds) -> None:
        """The selection has changed in `area`."""
        self._masks.forget(area)

    def small_picture(self, side: int) -> QImage:
        """The whole document with as few pixels as `side` along its longer side allows; costs what has changed."""
        level = level_for(min(1.0, side / max(self._extent.width, self._extent.height)))
        return self._pyramid.image(covering(Bounds.of(self._extent), level), level)

    def image(self, wanted: QRegion) -> QImage:
        """The view, up to date in `wanted` (device pixels)."""
        todo = self._dirty.intersected(wanted)
        if not todo.isEmpty():
            painter = QPainter(self._image)
            for part in cast(Iterable[QRect], todo):
                self._paint(painter, part)
            painter.end()
            self._dirty -= todo
        return self._image

    def _paint(self, painter: QPainter, part: QRect) -> None:
        camera, extent = self._camera, self._extent
        painter.setClipRect(part)
        painter.fillRect(part, self._surround)
        picture.paint_document(painter, camera, part, self._sheet, extent)
        if self._shows_grid:
            picture.paint_grid(painter, camera, part, extent)
        if self.shows_mask:
            painter.setOpacity(self._mask_strength)
            paint_mask(painter, camera, part, self._masks, extent, self._mask_color)
            painter.setOpacity(1)
        picture.paint_edge(painter, camera, extent)

    def _shift(self, way: QPoint) -> None:
        if way.isNull() or self._image.isNull():
            return
        moved = QImage(self._image.size(), self._image.format())
        painter = QPainter(moved)
        painter.drawImage(way, self._image)
        painter.end()
        self._image = moved
        rect = moved.rect()
        self._dirty = (self._dirty.translated(way) + (QRegion(rect) - QRegion(rect.translated(way)))) & QRegion(rect)
