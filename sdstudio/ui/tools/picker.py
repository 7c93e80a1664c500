"""Take a colour from the picture as it is seen, or from the active layer alone."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen

from sdstudio.document.layers import Layer
from sdstudio.document.picking import mean_color, pixels_around, square_around
from sdstudio.raster.dabs import Sample
from sdstudio.raster.geometry import Point
from sdstudio.ui.canvas.camera import Camera
from sdstudio.ui.canvas.label import label_size, paint_label
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.option import Option
from sdstudio.ui.tools.tool import Modifiers, Tool

translate = QCoreApplication.translate

_RING_RADIUS = 50.0  # view pixels
_RING_WIDTH = 12.0
_LEAST_SEEN = 9  # pixels of the picture across the loupe
_SEEN_AROUND = 1.6  # across the loupe, for each pixel across the square whose mean is taken
_SIDES = (1, 3, 5, 11, 31, 51)


class PickerTool(Tool):
    """While the button is down a loupe shows the pixels, and a ring around it the new colour above the one before."""

    id = "picker"
    icon = "pipette"
    shortcut = "I"

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self.label = translate("Tool", "Colour picker")
        self.hint = translate("Tool", "Click to pick the colour of the brush. Ctrl+click: the second colour.")
        self.options = (_source_option(), _side_option())
        self._at: Point | None = None
        self._is_second = False
        self._before = QColor()
        self._picked = QColor()

    @property
    def is_active(self) -> bool:
        return self._at is not None

    def press(self, sample: Sample, modifiers: Modifiers) -> None:
        self._is_second = bool(modifiers & Modifiers.ControlModifier)
        self._before = self.editor.background if self._is_second else self.editor.foreground
        self._picked = self._before
        self._pick(sample)

    def move(self, sample: Sample, modifiers: Modifiers) -> None:
        self._pick(sample)

    def release(self, sample: Sample, modifiers: Modifiers) -> None:
        self._at = None
        self.update_overlay()

    def cancel(self) -> None:
        self._at = None
        self._take(self._before)
        self.update_overlay()

    # What is picked

    @property
    def _side(self) -> int:
        side = str(self.editor.value("picker_side"))
        return next((known for known in _SIDES if str(known) == side), 1)

    @property
    def _layer(self) -> Layer | None:
        return self.editor.document.active if self.editor.value("picker_source") == "layer" else None

    def _pick(self, sample: Sample) -> None:
        self._at = sample.position
        self.update_overlay()
        only_here = square_around(sample.position, 1).intersected(self.editor.document.bounds)
        if only_here.is_empty:
            return
        color = mean_color(self.editor.document, sample.position, self._side, self._layer)
        if not color.isValid():
            return  # nothing is painted here: there is no colour to take
        self._picked = color
        self._take(color)

    def _take(self, color: QColor) -> None:
        if self._is_second:
            self.editor.background = color
        else:
            self.editor.foreground = color

    # The loupe

    def paint_overlay(self, painter: QPainter, camera: Camera) -> None:
        if self._at is None:
            return
        middle = camera.to_view(self._at)
        ring = QRectF(-_RING_RADIUS, -_RING_RADIUS, 2 * _RING_RADIUS, 2 * _RING_RADIUS).translated(middle)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_pixels(painter, middle)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for color, width in ((QColor(0, 0, 0, 160), _RING_WIDTH + 4), (QColor(255, 255, 255, 220), _RING_WIDTH + 2)):
            painter.setPen(QPen(color, width))
            painter.drawEllipse(ring)
        for color, start in ((self._picked, 0), (self._before, 180)):
            pen = QPen(color, _RING_WIDTH)
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            painter.setPen(pen)
            painter.drawArc(ring, start * 16, 180 * 16)
        name = self._picked.name()
        half = label_size(painter, name).width() / 2
        paint_label(painter, QPointF(middle.x() - half, ring.bottom() + _RING_WIDTH), name)

    def _paint_pixels(self, painter: QPainter, middle: QPointF) -> None:
        assert self._at is not None
        across = max(_LEAST_SEEN, round(self._side * _SEEN_AROUND)) | 1
        image: QImage = pixels_around(self.editor.document, self._at, across, self._layer)
        radius = _RING_RADIUS - _RING_WIDTH / 2
        place = QRectF(middle.x() - radius, middle.y() - radius, 2 * radius, 2 * radius)
        clip = QPainterPath()
        clip.addEllipse(place)
        painter.save()
        painter.setClipPath(clip)
        painter.fillRect(place, QColor(128, 128, 128))
        painter.drawImage(place, image)
        cell = place.width() / across
        square = QRectF(0, 0, self._side * cell, self._side * cell)
        square.moveCenter(middle)
        for color, width in ((QColor(0, 0, 0, 200), 3.0), (QColor("white"), 1.0)):
            painter.setPen(QPen(color, width))
            painter.drawRect(square)
        painter.restore()


def _source_option() -> Option:
    choices = (
        ("merged", translate("Option", "What is seen")),
        ("layer", translate("Option", "Active layer")),
    )
    help_text = translate("Option", "Where the colour comes from: all layers together, or one of them alone")
    return Option("choice", "picker_source", translate("Option", "From"), choices=choices, help=help_text)


def _side_option() -> Option:
    names = [translate("Option", "One pixel")]
    names += [translate("Option", "Mean of {side} × {side}").format(side=side) for side in _SIDES[1:]]
    choices = tuple((str(side), name) for side, name in zip(_SIDES, names, strict=True))
    help_text = translate("Option", "How many pixels are mixed; more of them even out noise and grain")
    return Option("choice", "picker_side", translate("Option", "Area"), choices=choices, help=help_text)
