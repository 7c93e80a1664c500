"""Three beginnings that run with one click: a sketch, a place to fill, words alone. Drawn here, in the model's size.

Must not know widgets; whoever starts an example takes its document and its wishes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen

from sdstudio.document.document import Document
from sdstudio.document.layers import PaintLayer
from sdstudio.raster import masks
from sdstudio.raster.geometry import Bounds, Extent
from sdstudio.raster.pixels import blank

translate = QCoreApplication.translate

_INK, _RED, _LEAF = QColor("#3b2a20"), QColor("#d3222e"), QColor("#3f8f3a")
_MARK = QColor(224, 69, 123, 150)  # how a thumbnail shows what is selected


@dataclass(frozen=True)
class Example:
    """`make(side)` gives a document of `side` x `side` pixels to start from. `prompt` is for the model: English."""

    id: str
    title: str
    caption: str
    prompt: str
    strength: float
    make: Callable[[int], Document]

    def thumbnail(self, side: int) -> QImage:
        """What one starts from, in small, with the selection in colour."""
        document = self.make(side)
        image = QImage(side, side, QImage.Format.Format_RGB32)
        image.fill(QColor("white"))
        painter = QPainter(image)
        for layer in document.walk():
            if isinstance(layer, PaintLayer):
                painter.drawImage(0, 0, layer.surface.read(document.bounds))
        if not document.selection.is_empty:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setBrush(_MARK)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.drawEllipse(_scaled(_PLACE, side))
        if self.make is _empty:
            _write(painter, f"“{self.prompt.partition(',')[0]}…”", side)
        painter.end()
        return image


def examples() -> tuple[Example, ...]:
    """In the order in which they are offered, in the person's language."""
    return (
        Example(
            "sketch",
            translate("Examples", "From a sketch"),
            translate("Examples", "A few strokes and a word become an apple"),
            "a red apple",
            0.6,
            _sketched_apple,
        ),
        Example(
            "fill",
            translate("Examples", "Fill a place"),
            translate("Examples", "Only the marked part of a picture is painted"),
            "a sunflower",
            1.0,
            _place_to_fill,
        ),
        Example(
            "words",
            translate("Examples", "From words"),
            translate("Examples", "A description alone becomes a picture"),
            "a birthday cake, glossy style, on a blue background",
            1.0,
            _empty,
        ),
    )


_PLACE = QRectF(0.24, 0.2, 0.52, 0.52)  # what the second example fills, as shares of the side


def _empty(side: int) -> Document:
    return Document.new(Extent(side, side))


def _sketched_apple(side: int) -> Document:
    def draw(painter: QPainter) -> None:
        body = QPainterPath(QPointF(0.5, 0.36))
        body.cubicTo(0.62, 0.24, 0.86, 0.32, 0.82, 0.58)
        body.cubicTo(0.78, 0.8, 0.62, 0.88, 0.5, 0.82)
        body.cubicTo(0.38, 0.88, 0.22, 0.8, 0.18, 0.58)
        body.cubicTo(0.14, 0.32, 0.38, 0.24, 0.5, 0.36)
        painter.fillPath(body, _RED)
        painter.setPen(QPen(QColor(255, 160, 150), 0.05, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawLine(QPointF(0.32, 0.46), QPointF(0.28, 0.58))
        painter.setPen(QPen(_INK, 0.035, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawLine(QPointF(0.5, 0.36), QPointF(0.54, 0.18))
        leaf = QPainterPath(QPointF(0.54, 0.26))
        leaf.cubicTo(0.6, 0.14, 0.72, 0.14, 0.76, 0.18)
        leaf.cubicTo(0.7, 0.28, 0.62, 0.3, 0.54, 0.26)
        painter.fillPath(leaf, _LEAF)

    return _drawn(side, draw)


def _place_to_fill(side: int) -> Document:
    """A vase on a table, and the place above it selected."""

    def draw(painter: QPainter) -> None:
        painter.fillRect(QRectF(0, 0, 1, 0.8), QColor("#cfe6f5"))
        painter.fillRect(QRectF(0, 0.8, 1, 0.2), QColor("#b98a5b"))
        painter.setPen(QPen(_LEAF, 0.035, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawLine(QPointF(0.5, 0.5), QPointF(0.5, 0.72))
        vase = QPainterPath(QPointF(0.42, 0.68))
        vase.cubicTo(0.32, 0.76, 0.34, 0.92, 0.42, 0.93)
        vase.lineTo(0.58, 0.93)
        vase.cubicTo(0.66, 0.92, 0.68, 0.76, 0.58, 0.68)
        vase.closeSubpath()
        painter.fillPath(vase, QColor("#2f5f9e"))

    document = _drawn(side, draw)
    place = _scaled(_PLACE, side)
    document.selection = masks.ellipse(place.left(), place.top(), place.right(), place.bottom())
    return document


def _drawn(side: int, draw: Callable[[QPainter], None]) -> Document:
    """A document whose upper layer has what `draw` paints, in a square of side 1."""
    document = Document.new(Extent(side, side))
    image = blank(side, side)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(side, side)
    draw(painter)
    painter.end()
    layer = document.active
    assert isinstance(layer, PaintLayer)
    layer.surface.write(Bounds(0, 0, side, side), image)
    layer.surface.drop_empty()
    return document


def _write(painter: QPainter, text: str, side: int) -> None:
    font = painter.font()
    font.setItalic(True)
    font.setPixelSize(side // 8)
    painter.setFont(font)
    painter.setPen(QColor(70, 70, 70))
    flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
    painter.drawText(_scaled(QRectF(0.08, 0.08, 0.84, 0.84), side), flags, text)


def _scaled(area: QRectF, side: int) -> QRectF:
    return QRectF(area.x() * side, area.y() * side, area.width() * side, area.height() * side)
