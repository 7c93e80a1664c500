"""Documents for tests: strokes in one line, and a value that two equal documents share."""

from __future__ import annotations

import hashlib
import math

import numpy as np
from PySide6.QtGui import QColor, QImage

from sdstudio.document.composite import render
from sdstudio.document.document import Document
from sdstudio.document.history import Command
from sdstudio.document.layers import GroupLayer, Layer, PaintLayer
from sdstudio.document.stroke import Stroke
from sdstudio.raster.dabs import Brush, Sample
from sdstudio.raster.geometry import Bounds, Extent, Point
from sdstudio.raster.pixels import view
from sdstudio.raster.tiles import Mask, Surface

ROUND = Brush(size=20, hardness=0.8)


def blank_document(width: int = 400, height: int = 300) -> Document:
    """A document with a white background and an empty, active layer."""
    return Document.new(Extent(width, height))


def samples(*places: tuple[float, float], pressure: float = 1.0) -> list[Sample]:
    return [Sample(Point(x, y), pressure) for x, y in places]


def draw(
    document: Document,
    *places: tuple[float, float],
    color: str = "red",
    brush: Brush = ROUND,
    layer_id: str | None = None,
    erase: bool = False,
) -> None:
    """One committed stroke."""
    stroke = Stroke(document, layer_id or document.active_id or "", brush, QColor(color), erase)
    for sample in samples(*places):
        stroke.add(sample)
    stroke.commit()


def active_surface(document: Document) -> Surface:
    layer = document.active
    assert isinstance(layer, PaintLayer)
    return layer.surface


def pick(document: Document, at: Point) -> QColor:
    """The colour that is seen at `at`, straight, with its alpha."""
    return render(document, Bounds(math.floor(at.x), math.floor(at.y), 1, 1)).pixelColor(0, 0)


def fingerprint(document: Document) -> str:
    """Equal for equal pixels, properties, order, selection and size; knows nothing of the active layer."""
    digest = hashlib.sha256()
    digest.update(repr((document.extent, document.metadata)).encode())
    _add_tiles(digest, document.selection)
    for name, mask in document.channels.items():
        digest.update(name.encode())
        _add_tiles(digest, mask)
    for layer in document.root.children:
        _add_layer(digest, layer)
    return digest.hexdigest()


def run_and_check(document: Document, command: Command) -> None:
    """Run it; undo gives the start and redo the end, exactly."""
    before = fingerprint(document)
    document.run(command)
    after = fingerprint(document)
    document.history.undo()
    assert fingerprint(document) == before
    document.history.redo()
    assert fingerprint(document) == after


def _add_layer(digest: hashlib._Hash, layer: Layer) -> None:
    plain = {name: value for name, value in vars(layer).items() if name not in ("surface", "mask", "children")}
    digest.update(repr(sorted(plain.items())).encode())
    if isinstance(layer, GroupLayer):
        for child in layer.children:
            _add_layer(digest, child)
        digest.update(b"end of group")
    elif isinstance(layer, PaintLayer):
        _add_tiles(digest, layer.surface)
    digest.update(b"no mask" if layer.mask is None else b"mask %d" % layer.mask.outside)
    if layer.mask is not None:
        _add_tiles(digest, layer.mask)


def _add_tiles(digest: hashlib._Hash, tiles: Surface | Mask) -> None:
    for key in sorted(tiles.keys()):
        tile = tiles.tile(key)
        assert tile is not None
        outside = 0 if isinstance(tiles, Surface) else tiles.outside
        values = view(tile) if isinstance(tile, QImage) else tile
        data = (values ^ np.uint8(outside)).tobytes()
        if any(data):
            digest.update(repr(key).encode() + data)
