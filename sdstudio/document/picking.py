"""Colours taken from a document: of one pixel or the mean of a square, of what is seen or of one layer."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtGui import QColor, QImage

from sdstudio.document.composite import render
from sdstudio.document.document import Document
from sdstudio.document.flatten import flatten
from sdstudio.document.layers import GroupLayer, Layer, PaintLayer
from sdstudio.raster.geometry import Bounds, Point
from sdstudio.raster.pixels import view


def square_around(at: Point, side: int) -> Bounds:
    """The `side` x `side` pixels with the one at `at` in their middle; `side` is odd."""
    half = side // 2
    return Bounds(math.floor(at.x) - half, math.floor(at.y) - half, side, side)


def pixels_around(document: Document, at: Point, side: int, layer: Layer | None = None) -> QImage:
    """What is seen there, or what `layer` alone holds; transparent beyond the canvas."""
    area = square_around(at, side)
    if layer is None:
        return render(document, area)
    if isinstance(layer, PaintLayer):
        return layer.surface.read(area)
    return flatten(layer.children if isinstance(layer, GroupLayer) else [layer], area, document.bounds)


def mean_color(document: Document, at: Point, side: int = 1, layer: Layer | None = None) -> QColor:
    """The mean of the pixels of the canvas in the square, weighted by alpha. Invalid where all are transparent."""
    area = square_around(at, side)
    inside = area.intersected(document.bounds)
    if inside.is_empty:
        return QColor()
    pixels = view(pixels_around(document, at, side, layer))
    top, left = inside.y - area.y, inside.x - area.x
    part = pixels[top : top + inside.height, left : left + inside.width].reshape(-1, 4).astype(np.float64)
    alpha = part[:, 3].sum()
    if alpha == 0:
        return QColor()
    blue, green, red = np.rint(part[:, :3].sum(axis=0) / alpha * 255).astype(int).tolist()
    return QColor(min(red, 255), min(green, 255), min(blue, 255))
