"""What a tool has lifted to transform it: seen at once, put down as one undo step. Shared by Move and Transform."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QPointF, QRectF
from PySide6.QtGui import QPainter, QPainterPath, QPolygonF, QTransform

from sdstudio.document.commands import tiled_px
from sdstudio.document.document import Document
from sdstudio.document.rehearsal import Rehearsal
from sdstudio.document.transforms import Subject, transformed
from sdstudio.raster.geometry import Bounds
from sdstudio.raster.transform import IDENTITY
from sdstudio.raster.warp import Filter
from sdstudio.ui.canvas.camera import Camera
from sdstudio.ui.canvas.picture import SMOOTH_BELOW, device_transform, paint_edge, paint_ground
from sdstudio.ui.canvas.pyramid import level_for
from sdstudio.ui.long_edits import QUICK_PX, run_long

translate = QCoreApplication.translate

_MOST_REHEARSED = 2 * 1024 * 1024  # pixels; a larger view of the document is rehearsed as far as it is seen
_AT_ONCE = 512 * 1024  # pixels that are transformed faster than a person can notice


class Floating:
    """The chosen layers, or what is selected of them, under a transform that is not applied yet."""

    def __init__(self, document: Document) -> None:
        """Raises StudioError when they may not be moved, or when there is nothing."""
        self.document = document
        self.subject = Subject.of(document, [layer.id for layer in document.chosen])
        self.area = self.subject.area(document)
        self.transform = IDENTITY
        self._rehearsal: Rehearsal | None = None
        self._seen = Bounds(0, 0, 0, 0)

    def follows(self) -> bool:
        """The document has changed below it: whether its layers are still there."""
        self._rehearsal = None
        there = {layer.id for layer in self.document.walk()}
        return there.issuperset(self.subject.layer_ids)

    def apply(self, kind: Filter) -> None:
        """Put it down. Raises StudioError when it is refused; then the document is as before."""
        document, transform = self.document, self.transform
        if transform.is_identity:
            return
        area = transform.bounds(self.area)
        is_quick = area.width * area.height <= _AT_ONCE
        if transform.is_exact:
            is_quick = tiled_px(self.subject.layers(document)) <= QUICK_PX
        run_long(
            document,
            translate("Tool", "Transforming…"),
            lambda snapshot, tell: transformed(snapshot, self.subject, transform, kind, tell),
            is_quick=is_quick,
        )

    def drop(self) -> None:
        """Let go of it. Nothing in the document was changed, so there is nothing to put back."""

    def paint(self, painter: QPainter, camera: Camera, middle: QPointF) -> None:
        """The document as it would be, over the canvas, in view coordinates; `middle` is the middle of the view."""
        rehearsal = self._rehearsed(camera, QRectF(0, 0, 2 * middle.x(), 2 * middle.y()))
        picture = rehearsal.picture(self.transform)
        if picture.isNull():
            return
        extent, ratio = self.document.extent, camera.device_pixel_ratio
        painter.save()
        painter.scale(1 / ratio, 1 / ratio)
        canvas = QPainterPath()
        outline = QPolygonF(QRectF(0, 0, extent.width, extent.height))
        canvas.addPolygon(device_transform(camera).map(outline))
        painter.setClipPath(canvas)
        paint_ground(painter, camera, extent)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, camera.zoom < SMOOTH_BELOW)
        size = 1 << rehearsal.level
        painter.setTransform(QTransform.fromScale(size, size) * device_transform(camera), True)
        painter.drawImage(QPointF(rehearsal.area.x, rehearsal.area.y), picture)
        painter.restore()
        painter.save()
        painter.scale(1 / ratio, 1 / ratio)
        paint_edge(painter, camera, extent)
        painter.restore()

    def _rehearsed(self, camera: Camera, view: QRectF) -> Rehearsal:
        level = level_for(camera.zoom)
        canvas = self.document.bounds
        seen = camera.area_seen(view).intersected(canvas)
        known = self._rehearsal
        if known is None or known.level != level or not self._seen.contains(seen):
            whole = canvas.extent.area >> (2 * level) <= _MOST_REHEARSED
            margin = max(seen.width, seen.height) // 8
            self._seen = canvas if whole else seen.padded(margin).intersected(canvas)
            known = self._rehearsal = Rehearsal(self.document, self.subject, self._seen, level)
        return known

    def corners(self) -> QPolygonF:
        """The box around it, in document coordinates."""
        return QPolygonF([QPointF(point.x, point.y) for point in self.transform.quad(self.area)])
