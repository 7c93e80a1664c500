"""The document on the screen: a camera, what lies over the picture, and which part must be painted again.

Listens to the document and repaints no more than what changed. Must not know input; that is the canvas view's.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import cast

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, QSizeF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QHideEvent, QImage, QPainter, QPaintEvent, QRegion, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from sdstudio.document.composite import shown_area
from sdstudio.raster.geometry import Bounds
from sdstudio.ui.canvas.ants import STEP_MS
from sdstudio.ui.canvas.camera import Camera
from sdstudio.ui.canvas.frame import Frame
from sdstudio.ui.canvas.guest import Guest
from sdstudio.ui.canvas.mask_pattern import DEFAULT_COLOR, FAINT, STRONG
from sdstudio.ui.canvas.overlays import Overlays
from sdstudio.ui.canvas.preview import Preview
from sdstudio.ui.canvas.pyramid import level_for
from sdstudio.ui.editor import Editor

_ALWAYS_SEEN = 32.0  # view pixels of the document that no pan can take out of sight
_FIT_MARGIN = 24.0  # view pixels around a document that is fitted


class Screen(QWidget):
    """Shows `editor.document`."""

    view_changed = Signal()  # another camera

    def __init__(self, editor: Editor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._editor = editor
        self._document = editor.document
        self._camera = Camera(device_pixel_ratio=self.devicePixelRatioF())
        self._is_fitted = True  # until the person chooses another view
        self._frame = Frame(self._document)
        self._overlays = Overlays()
        self._ants_clock = QTimer(self, interval=STEP_MS)
        self._ants_clock.timeout.connect(self._on_ants_step)
        self._mask_color = QColor(DEFAULT_COLOR)
        self._mask_always_shown = False
        self._mask_is_painted = False  # the mask brush is in the hand
        self._overlay_is_wanted = False  # the selection is shown as a pattern with every tool
        self._mask_rests = False  # shown by its outline until it is painted on again
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(160, 120)
        editor.document_replaced.connect(self._on_document_replaced)
        self._listen()

    def sizeHint(self) -> QSize:
        return QSize(900, 700)

    @property
    def camera(self) -> Camera:
        return self._camera

    @property
    def middle(self) -> QPointF:
        """The middle of the canvas in view coordinates."""
        return QPointF(self.width() / 2, self.height() / 2)

    def look_through(self, camera: Camera) -> None:
        """Show the document through `camera` from now on; some of it always stays in the view."""
        camera = camera.kept_near(self._document.extent, QSizeF(self.size()), _ALWAYS_SEEN)
        if camera != self._camera:
            self._is_fitted = False
            self._camera = camera
            self._frame.look_through(camera)
            self.update()
            self.view_changed.emit()

    def fit(self) -> None:
        """The whole document in the middle, as large as possible; it stays so when the window changes its size."""
        self.look_through(self._camera.fitted(self._document.extent, QSizeF(self.size()), _FIT_MARGIN))
        self._is_fitted = True

    def small_picture(self, side: int) -> QImage:
        """The whole document, its longer side at least `side` pixels unless the document itself has fewer."""
        return self._frame.small_picture(side)

    def show_preview(self, image: QImage, area: Bounds, mask: QImage | None = None) -> None:
        """Show `image` (any size) in `area` of the document, inside the alpha (or grey) of `mask`."""
        before = self._overlays.preview
        self._overlays.preview = Preview(image, area, mask)
        if before is None:
            self._on_mask_shown_changed()
        for preview in (before, self._overlays.preview):
            if preview is not None:
                self._update_rect(preview.rect(self._camera))

    def clear_preview(self) -> None:
        """The picture is finished or given up. The mask steps back to its outline: what came of it is to be seen."""
        self._overlays.preview = None
        self._mask_rests = True
        self._on_mask_shown_changed()

    def set_context_box(self, area: Bounds | None, label: str = "") -> None:
        """A dashed box around `area` of the document with `label` above it; None takes it away."""
        if self._overlays.set_box(area, label):
            self.update()

    def add_guest(self, guest: Guest) -> None:
        """Let it paint over the picture, above the guests that came before; `update` shows what has changed of it."""
        self._overlays.guests.append(guest)
        self.update()

    def show_pixel_grid(self, is_on: bool) -> None:
        """Lines between the pixels of the document, from 800 % on."""
        self._frame.show_pixel_grid(is_on)
        self.update()

    def set_surround(self, color: QColor) -> None:
        """The colour around the document; a neutral grey."""
        self._frame.set_surround(color)
        self.update()

    def set_mask_color(self, color: QColor, *, always: bool = False) -> None:
        """The colour of the mask's pattern; `always` shows it faintly while other tools than the mask brush work."""
        self._mask_color, self._mask_always_shown = QColor(color), always
        self._on_mask_shown_changed()

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        region = event.region()
        ratio = self._camera.device_pixel_ratio
        image = self._frame.image(_in_device_pixels(region, ratio))
        painter = QPainter(self)
        painter.save()
        painter.scale(1 / ratio, 1 / ratio)
        painter.drawImage(0, 0, image)
        painter.restore()
        self._overlays.paint(painter, self._camera, QRectF(self.rect()))
        painter.end()

    def _update_rect(self, rect: QRectF) -> None:
        self.update(rect.toAlignedRect().intersected(self.rect()))

    def _repaint_document(self, area: Bounds) -> None:
        """The document (or its mask) looks different in `area`."""
        reach = 2 << level_for(self._camera.zoom)  # smoothing carries a change a little farther
        rect = self._camera.rect_in_view(area.padded(reach)).toAlignedRect().adjusted(-1, -1, 1, 1)
        rect = rect.intersected(self.rect())
        self._frame.mark(_in_device_pixels(QRegion(rect), self._camera.device_pixel_ratio))
        self.update(rect)

    # The document

    def _listen(self) -> None:
        document = self._document
        document.pixels_changed.connect(self._on_pixels_changed)
        document.layers_changed.connect(self._on_layers_changed)
        document.selection_changed.connect(self._on_selection_changed)
        document.extent_changed.connect(self._on_extent_changed)

    def _on_document_replaced(self) -> None:
        before, self._document = self._document, self._editor.document
        before.pixels_changed.disconnect(self._on_pixels_changed)
        before.layers_changed.disconnect(self._on_layers_changed)
        before.selection_changed.disconnect(self._on_selection_changed)
        before.extent_changed.disconnect(self._on_extent_changed)
        self._listen()
        self._overlays.preview = None
        self._overlays.set_box(None, "")
        self._on_extent_changed()
        self.fit()

    def _on_pixels_changed(self, layer_id: str, area: Bounds) -> None:
        area = shown_area(self._document, layer_id, area)
        self._frame.forget_pixels(area)
        self._repaint_document(area)

    def _on_layers_changed(self) -> None:
        self._frame.forget_pixels(Bounds.of(self._document.extent))
        self._frame.mark_all()
        self.update()

    def _on_extent_changed(self) -> None:
        self._frame.use(self._document)
        self._overlays.ants.forget()
        if self._is_fitted:
            self.fit()
        else:
            self.look_through(self._camera)  # or it might be out of sight
        self._on_mask_shown_changed()

    def _on_selection_changed(self, area: Bounds) -> None:
        self._frame.forget_mask(area)
        if self._mask_rests:
            self._mask_rests = False
            self._on_mask_shown_changed()
        if self._frame.shows_mask:
            self._repaint_document(area)
        self._update_rect(self._overlays.ants.rect(self._camera))
        self._overlays.ants.forget()
        self._on_ants_changed()

    # Ants and mask: the mask tool shows how strong the selection is where, the others only its outline

    def show_mask_strongly(self, is_strong: bool) -> None:
        """Show the selection as a pattern instead of by its outline: the mask brush is in the hand."""
        self._mask_is_painted, self._mask_rests = is_strong, False
        self._on_mask_shown_changed()

    def show_selection_as_overlay(self, is_overlay: bool) -> None:
        """Show the selection as a pattern with every tool, or by its outline again."""
        self._overlay_is_wanted = is_overlay
        self._on_mask_shown_changed()

    def _on_mask_shown_changed(self) -> None:
        strength = STRONG if self._shows_strongly else FAINT if self._mask_always_shown else 0.0
        self._frame.show_mask(self._mask_color, 0.0 if self._overlays.preview is not None else strength)
        self._on_ants_changed()
        self.update()

    @property
    def _shows_strongly(self) -> bool:
        is_wanted = self._overlay_is_wanted or (self._mask_is_painted and not self._mask_rests)
        return is_wanted and self._overlays.preview is None

    def _on_ants_changed(self) -> None:
        """Let the ants march only while there is somebody to see it."""
        self._overlays.ants_shown = not self._shows_strongly and not self._document.selection.is_empty
        if self._overlays.ants_shown and self.isVisible():
            self._on_ants_step()
            self._ants_clock.start()
        else:
            self._ants_clock.stop()

    def _on_ants_step(self) -> None:
        """One step on, along a line that is brought up to date here: not during a pan or zoom, which must be smooth."""
        ants = self._overlays.ants
        ants.trace(self._camera, QRectF(self.rect()), self._frame.masks, self._document.extent)
        ants.march()
        self._update_rect(ants.rect(self._camera))

    # The widget

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._on_ratio_changed()
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._resize_frame()
        if self._is_fitted:
            self.fit()
        elif event.oldSize().isValid():
            grown = event.size() - event.oldSize()
            self.look_through(self._camera.panned(grown.width() / 2, grown.height() / 2))
        self._on_ants_changed()

    def showEvent(self, event: QShowEvent) -> None:
        self._on_ratio_changed()
        self._on_ants_changed()

    def hideEvent(self, event: QHideEvent) -> None:
        self._ants_clock.stop()

    def _on_ratio_changed(self) -> None:
        was_fitted = self._is_fitted
        self.look_through(self._camera.with_ratio(self.devicePixelRatioF()))
        self._resize_frame()
        if was_fitted:
            self.fit()

    def _resize_frame(self) -> None:
        ratio = self._camera.device_pixel_ratio
        self._frame.resize(QSize(math.ceil(self.width() * ratio), math.ceil(self.height() * ratio)))


def _in_device_pixels(region: QRegion, ratio: float) -> QRegion:
    scaled = QRegion()
    for rect in cast(Iterable[QRect], region):
        left, top = math.floor(rect.x() * ratio), math.floor(rect.y() * ratio)
        right = math.ceil((rect.x() + rect.width()) * ratio)
        bottom = math.ceil((rect.y() + rect.height()) * ratio)
        scaled += QRect(left, top, right - left, bottom - top)
    return scaled
