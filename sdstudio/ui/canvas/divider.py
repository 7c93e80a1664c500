"""Another state of the document beside the present one, with a line between them that can be dragged."""

from __future__ import annotations

import math

from PySide6.QtCore import QCoreApplication, QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QCursor, QPainter, QPen, QPolygonF, QRegion
from PySide6.QtWidgets import QWidget

from sdstudio.document.composite import shown_area
from sdstudio.document.document import Document
from sdstudio.raster.geometry import Bounds
from sdstudio.ui.canvas.camera import Camera
from sdstudio.ui.canvas.frame import Frame
from sdstudio.ui.canvas.label import label_size, paint_label

translate = QCoreApplication.translate

_GRAB = 7.0  # view pixels
_HANDLE = 13.0
_INSIDE = 0.02  # of the canvas's width that always stays on each side
_LABEL_GAP = 10.0
_SOFT = 3  # pixels around a change that scaling carries it to


class Divider:
    """A guest of the canvas. `show` what lies left of the line; while it `covers` there is no line."""

    def __init__(self, canvas: QWidget) -> None:
        self._canvas = canvas
        self._frame: Frame | None = None
        self._document: Document | None = None
        self._camera: Camera | None = None  # of the last painting
        self._share = 0.5  # of the canvas's width that is left of the line
        self.covers = False

    @property
    def share(self) -> float:
        return self._share

    @property
    def is_shown(self) -> bool:
        return self._frame is not None

    def show(self, document: Document, surround: QColor) -> None:
        """Let `document` be seen left of the line; who changes its pixels later calls `follow`."""
        self._frame, self._document = Frame(document), document
        self._frame.set_surround(surround)
        self._canvas.update()

    def follow(self, layer_id: str, area: Bounds) -> None:
        """The pixels of a layer of the other document have been changed in `area`."""
        if self._frame is None or self._document is None:
            return
        self._document.pixels_changed.emit(layer_id, area)
        shown = shown_area(self._document, layer_id, area)
        self._frame.forget_pixels(shown)
        if self._camera is None:
            self._frame.mark_all()
            return
        rect, ratio = self._camera.rect_in_view(shown), self._camera.device_pixel_ratio
        region = QRectF(rect.x() * ratio, rect.y() * ratio, rect.width() * ratio, rect.height() * ratio)
        self._frame.mark(QRegion(region.toAlignedRect().adjusted(-_SOFT, -_SOFT, _SOFT, _SOFT)))
        self._canvas.update(rect.toAlignedRect().adjusted(-_SOFT, -_SOFT, _SOFT, _SOFT))

    def hide(self) -> None:
        self._frame, self._document, self.covers = None, None, False
        self._canvas.update()

    # The guest

    def paint(self, painter: QPainter, camera: Camera, view: QRectF) -> None:
        if self._frame is None:
            return
        x = view.right() if self.covers else self._x
        left = QRectF(view.left(), view.top(), x - view.left(), view.height())
        self._paint_other(painter, camera, left)
        if not self.covers:
            self._paint_line(painter, view)
        self._paint_name(painter, translate("Divider", "Before"), left, at_right=False)
        if not self.covers:
            right = QRectF(x, view.top(), view.right() - x, view.height())
            self._paint_name(painter, translate("Divider", "After"), right, at_right=True)

    def cursor_at(self, at: QPointF, camera: Camera) -> QCursor | None:
        if self._frame is None or self.covers or abs(at.x() - self._x) > _GRAB:
            return None
        return QCursor(Qt.CursorShape.SplitHCursor)

    def press(self, at: QPointF) -> None:
        self.move(at)

    def move(self, at: QPointF) -> None:
        self._share = min(max(at.x() / max(self._canvas.width(), 1), _INSIDE), 1 - _INSIDE)
        self._canvas.update()

    def release(self, at: QPointF) -> None:
        self.move(at)

    @property
    def _x(self) -> float:
        return round(self._share * self._canvas.width())

    # Painting

    def _paint_other(self, painter: QPainter, camera: Camera, left: QRectF) -> None:
        assert self._frame is not None
        self._camera = camera
        ratio = camera.device_pixel_ratio
        size = QSize(math.ceil(self._canvas.width() * ratio), math.ceil(self._canvas.height() * ratio))
        self._frame.resize(size)
        self._frame.look_through(camera)
        wanted = QRectF(left.x() * ratio, left.y() * ratio, left.width() * ratio, left.height() * ratio)
        image = self._frame.image(QRegion(wanted.toAlignedRect()))
        painter.save()
        painter.setClipRect(left, Qt.ClipOperation.IntersectClip)
        painter.scale(1 / ratio, 1 / ratio)
        painter.drawImage(0, 0, image)
        painter.restore()

    def _paint_line(self, painter: QPainter, view: QRectF) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        x = self._x + 0.5
        middle = QPointF(x, view.center().y())
        for color, width in ((QColor(0, 0, 0, 150), 4.0), (QColor("white"), 2.0)):
            painter.setPen(QPen(color, width))
            painter.drawLine(QLineF(x, view.top(), x, view.bottom()))
        painter.setBrush(QColor(24, 24, 24, 215))
        painter.drawEllipse(middle, _HANDLE, _HANDLE)
        painter.setBrush(QColor("white"))
        painter.setPen(Qt.PenStyle.NoPen)
        for way in (-1, 1):
            tip = middle + QPointF(way * 8, 0)
            painter.drawPolygon(QPolygonF([tip, tip + QPointF(-way * 5, -4), tip + QPointF(-way * 5, 4)]))

    @staticmethod
    def _paint_name(painter: QPainter, text: str, side: QRectF, *, at_right: bool) -> None:
        size = label_size(painter, text)
        if size.width() + 2 * _LABEL_GAP <= side.width():
            x = side.right() - size.width() - _LABEL_GAP if at_right else side.left() + _LABEL_GAP
            paint_label(painter, QPointF(x, side.top() + _LABEL_GAP), text)
