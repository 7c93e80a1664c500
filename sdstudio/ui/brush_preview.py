"""What a brush looks like: a stroke of the real engine on a small document of its own.

Must not know presets or widgets.
"""

from __future__ import annotations

import math
from dataclasses import replace

from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QImage, QPainter

from sdstudio.document.document import Document
from sdstudio.document.drag import TipDrag
from sdstudio.document.layers import PaintLayer
from sdstudio.document.retouch import BlurStroke, CloneStroke
from sdstudio.document.smudge import SmudgeStroke
from sdstudio.document.stroke import Stroke
from sdstudio.raster.dabs import Brush, Sample
from sdstudio.raster.geometry import Extent, Point
from sdstudio.raster.pixels import blank
from sdstudio.raster.tiles import Surface

_SAMPLES = 48
_STROKE_MS = 600.0
_LARGEST = 0.62  # of the preview's height, that a brush may take
_MARGIN = 0.1
_BELOW = ("#d9774f", "#3f7fb0", "#8bb35a")  # what there is to smudge, blur and clone
_BLUR_PX = 4.0


def brush_preview(brush: Brush, kind: str, width: int, height: int, ink: QColor) -> QImage:
    """A wave of the brush as used by the tool `kind`, pressed hardest in its middle: transparent but for the paint.

    A brush too large for the picture is shown smaller.
    """
    document = Document(Extent(width, height))
    shown = replace(brush, size=min(brush.size, height * _LARGEST), smoothing="none", build_up=0.0)
    shows_paint_below = kind not in ("paint", "mask")
    surface = (
        Surface.from_image(_stripes(width, height, ink if kind == "eraser" else None)) if shows_paint_below else None
    )
    layer = PaintLayer(surface=surface) if surface is not None else PaintLayer()
    document.root.children = [layer]
    document.active_id = layer.id
    stroke = _stroke(document, layer.id, shown, kind, ink)
    for sample in _wave(width, height):
        stroke.add(sample)
    stroke.commit()
    return layer.surface.read(document.bounds)


def _stroke(document: Document, layer_id: str, brush: Brush, kind: str, ink: QColor) -> TipDrag:
    match kind:
        case "eraser":
            return Stroke(document, layer_id, brush, ink, erase=True)
        case "smudge":
            return SmudgeStroke(document, layer_id, brush, ink)
        case "blur":
            return BlurStroke(document, layer_id, brush, _BLUR_PX)
        case "clone":
            return CloneStroke(document, layer_id, brush, document.extent.width // 3, 0, merged=False)
        case _:
            return Stroke(document, layer_id, brush, ink)


def _wave(width: int, height: int) -> list[Sample]:
    samples = []
    for step in range(_SAMPLES + 1):
        t = step / _SAMPLES
        x = width * (_MARGIN + (1 - 2 * _MARGIN) * t)
        y = height * (0.5 - 0.2 * math.sin(math.tau * t))
        samples.append(Sample(Point(x, y), math.sin(math.pi * t) ** 0.8, time_ms=_STROKE_MS * t))
    return samples


def _stripes(width: int, height: int, ink: QColor | None) -> QImage:
    image = blank(width, height)
    painter = QPainter(image)
    if ink is not None:
        painter.fillRect(image.rect(), QColor(ink.red(), ink.green(), ink.blue(), 150))
    else:
        for index, color in enumerate(_BELOW):
            left = width * index // len(_BELOW)
            painter.fillRect(QRect(left, 0, width * (index + 1) // len(_BELOW) - left, height), QColor(color))
    painter.end()
    return image
