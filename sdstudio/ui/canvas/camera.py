"""Where the document is on the screen: the one place in which view and document coordinates meet.

A camera is a value: moving it makes another one. View coordinates are Qt's logical pixels in the canvas widget; a zoom
of 1 shows one pixel of the picture on one pixel of the device, whatever the device pixel ratio is. Knows no widget.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtGui import QPolygonF, QTransform

from sdstudio.raster.geometry import Bounds, Extent, Point

ZOOM_RANGE = (0.02, 64.0)
_NEARLY = 0.005
# The stops of "zoom in" and "zoom out": the ones at which pixels fall evenly come first in a person's mind.
ZOOM_STOPS = (
    0.02, 0.03, 0.05, 0.0625, 0.0833, 0.125, 0.167, 0.25, 0.333, 0.5, 0.667,
    1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 32.0, 48.0, 64.0,
)  # fmt: skip


@dataclass(frozen=True)
class Camera:
    """`pan_x`, `pan_y`: where the document's corner (0, 0) is in the view; `rotation` in degrees, clockwise."""

    zoom: float = 1.0
    rotation: float = 0.0
    mirrored: bool = False
    pan_x: float = 0.0
    pan_y: float = 0.0
    device_pixel_ratio: float = 1.0

    @property
    def scale(self) -> float:
        """Logical view pixels for one pixel of the document."""
        return self.zoom / self.device_pixel_ratio

    @property
    def is_upright(self) -> bool:
        """Rows of the picture are rows of the screen, so that pixels can be shown exactly."""
        return self.rotation == 0.0

    @cached_property
    def transform(self) -> QTransform:
        """Document to view."""
        transform = QTransform.fromTranslate(self.pan_x, self.pan_y)
        transform.rotate(self.rotation)
        return transform.scale(-self.scale if self.mirrored else self.scale, self.scale)

    @cached_property
    def inverse(self) -> QTransform:
        """View to document."""
        return self.transform.inverted()[0]

    def to_view(self, point: Point) -> QPointF:
        return self.transform.map(QPointF(point.x, point.y))

    def to_document(self, position: QPointF) -> Point:
        mapped = self.inverse.map(position)
        return Point(mapped.x(), mapped.y())

    def outline(self, area: Bounds) -> QPolygonF:
        """The four corners of `area` in the view, in order."""
        corners = ((area.x, area.y), (area.right, area.y), (area.right, area.bottom), (area.x, area.bottom))
        return self.transform.map(QPolygonF([QPointF(x, y) for x, y in corners]))

    def rect_in_view(self, area: Bounds) -> QRectF:
        """The smallest upright rectangle of the view that holds `area`."""
        return self.transform.mapRect(QRectF(area.x, area.y, area.width, area.height))

    def area_seen(self, rect: QRectF) -> Bounds:
        """The smallest whole-pixel part of the document plane that holds `rect` of the view."""
        seen = self.inverse.mapRect(rect)
        return Bounds.around(seen.left(), seen.top(), seen.right(), seen.bottom())

    # Other cameras

    def panned(self, dx: float, dy: float) -> Camera:
        """The picture moves by this many view pixels."""
        return replace(self, pan_x=self.pan_x + dx, pan_y=self.pan_y + dy)._settled()

    def with_zoom(self, zoom: float, at: QPointF) -> Camera:
        """Another zoom, kept in range, with the point at `at` of the view staying there. Nearly 1 becomes 1."""
        low, high = ZOOM_RANGE
        if abs(zoom - 1) < _NEARLY:
            zoom = 1.0
        return replace(self, zoom=min(max(zoom, low), high))._showing(self.to_document(at), at)

    def rotated_by(self, degrees: float, at: QPointF) -> Camera:
        """Turned clockwise around `at` of the view; the rotation is kept in (-180, 180]."""
        turned = (self.rotation + degrees) % 360.0
        rotation = turned - 360.0 if turned > 180.0 else turned
        return replace(self, rotation=rotation)._showing(self.to_document(at), at)

    def flipped(self, middle_x: float) -> Camera:
        """Mirrored left to right around a vertical line of the view."""
        pan_x = 2 * middle_x - self.pan_x
        return replace(self, mirrored=not self.mirrored, rotation=-self.rotation, pan_x=pan_x)._settled()

    def with_ratio(self, device_pixel_ratio: float) -> Camera:
        """The same view on a screen with another device pixel ratio; the zoom keeps its meaning."""
        return replace(self, device_pixel_ratio=device_pixel_ratio)._settled()

    def fitted(self, extent: Extent, view: QSizeF, margin: float) -> Camera:
        """The whole document in the middle of the view, as large as `margin` view pixels around it allow."""
        upright = replace(self, zoom=1.0, pan_x=0.0, pan_y=0.0).rect_in_view(Bounds.of(extent))
        room = QSizeF(max(view.width() - 2 * margin, 1.0), max(view.height() - 2 * margin, 1.0))
        zoom = min(room.width() / upright.width(), room.height() / upright.height())
        low, high = ZOOM_RANGE
        return replace(self, zoom=min(max(zoom, low), high)).centred(extent, view)

    def centred(self, extent: Extent, view: QSizeF) -> Camera:
        """The middle of the document in the middle of the view."""
        middle = self.to_view(Point(extent.width / 2, extent.height / 2))
        return self.panned(view.width() / 2 - middle.x(), view.height() / 2 - middle.y())

    def kept_near(self, extent: Extent, view: QSizeF, margin: float) -> Camera:
        """Moved as little as needed for `margin` view pixels of the document to be in the view: it cannot get lost."""
        shown = self.rect_in_view(Bounds.of(extent))
        dx = max(0.0, margin - shown.right()) + min(0.0, view.width() - margin - shown.left())
        dy = max(0.0, margin - shown.bottom()) + min(0.0, view.height() - margin - shown.top())
        return self.panned(dx, dy) if dx or dy else self

    def next_stop(self, direction: int) -> float:
        """The next zoom above (1) or below (-1) this one at which "zoom in" and "zoom out" stop."""
        if direction > 0:
            return next((stop for stop in ZOOM_STOPS if stop > self.zoom * 1.01), ZOOM_RANGE[1])
        return next((stop for stop in reversed(ZOOM_STOPS) if stop < self.zoom * 0.99), ZOOM_RANGE[0])

    def _showing(self, point: Point, at: QPointF) -> Camera:
        now = self.to_view(point)
        return self.panned(at.x() - now.x(), at.y() - now.y())

    def _settled(self) -> Camera:
        """On whole device pixels: without this a zoom of 1 would be blurred."""
        ratio = self.device_pixel_ratio
        return replace(
            self, pan_x=math.floor(self.pan_x * ratio + 0.5) / ratio, pan_y=math.floor(self.pan_y * ratio + 0.5) / ratio
        )
